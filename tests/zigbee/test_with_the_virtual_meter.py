"""R19, R30, R31: the whole way to a meter that validates tokens cryptographically and keeps its own account."""

from datetime import UTC, datetime, timedelta

import pytest

from hubd.bench.devices.electricity_meter import ElectricityMeter
from hubd.errors import LinkError
from hubd.model.han import Reported
from hubd.model.prepayment_settings import (
    PaymentMode,
    SetDebt,
    SetDebtCap,
    SetEmergencyCredit,
    SetLowCreditWarning,
    SetMaximumCredit,
    SetPaymentMode,
)
from hubd.model.secret import Secret
from hubd.model.supply import SupplyState
from hubd.model.topup import TopUpResult
from hubd.sts import MeterKey, encoded_e5, issue_currency, tid_at

METER = "00:0d:6f:00:0a:90:69:e7"
KEY = {"pan": "600727000000000009", "sgc": "123457", "krn": 1, "kt": 2, "ti": "01", "base": 2014}
VENDING_KEY = "abababababababab949494949494949401234567"


def token(amount_e5: int, later_by: int = 0, **other: str) -> Secret[str]:
    key = MeterKey(vending_key=Secret(bytes.fromhex(VENDING_KEY)), **{**KEY, **other})
    moment = datetime.now(UTC).replace(tzinfo=None) + timedelta(minutes=later_by)
    return Secret(issue_currency(key, 4, amount_e5, tid_at(moment, 2014)))


@pytest.fixture
async def meter_bench(make_bench):
    table = {
        "ieee": METER,
        "open": True,
        "reports_per_s": 20.0,
        "prepayment": {**KEY, "vending_key": VENDING_KEY, "balance": "5.00"},
        "load": {"curve": "flat", "base_w": 1_000, "solar_w": 500, "history_days": 1},
    }
    return make_bench([ElectricityMeter.from_table(table, 1)])


async def test_the_meter_is_read_reports_and_gives_its_profile(meter_bench):
    async with meter_bench.joined() as network:
        reading = await network.read_metering(METER)
        assert reading.import_wh == meter_bench.meter.view()["registers"]["import_wh"]
        assert reading.export_wh is not None
        assert reading.supply is SupplyState.ON
        block = await network.read_profile(METER, 0, 0, 4)
        assert (len(block.wh), block.interval_s) == (4, 1_800)
        assert all(wh is not None for wh in block.wh)
        await meter_bench.until(lambda: len(meter_bench.of(Reported)) >= 3)
        assert meter_bench.of(Reported)[-1].reading.import_wh >= reading.import_wh


async def test_a_token_is_credited_once_and_a_foreign_one_never(meter_bench):
    async with meter_bench.joined() as network:
        code = token(800_000)
        first = await network.top_up(METER, code)
        assert (first.result, first.top_up_value_e5) == (TopUpResult.ACCEPTED, encoded_e5(800_000))
        again = await network.top_up(METER, code)
        assert again.result is TopUpResult.REJECTED_DUPLICATE_TOP_UP
        foreign = await network.top_up(METER, token(800_000, later_by=1, sgc="123456"))
        assert foreign.result is TopUpResult.REJECTED_INVALID_TOP_UP
        account = await network.read_prepayment(METER)
        assert account.balance_e5 == meter_bench.meter.view()["balance_e5"]
        assert 1_290_000 < account.balance_e5 <= 500_000 + encoded_e5(800_000)
    assert len(meter_bench.meter.view()["accepted"]) == 1


async def test_the_answer_is_lost_and_the_token_is_sent_again(meter_bench):
    async with meter_bench.joined() as network:
        code = token(800_000)
        meter_bench.virtual.air.power(meter_bench.node(), False)
        assert type(await network.top_up(METER, code)).__name__ == "NoAnswer"
        meter_bench.virtual.air.power(meter_bench.node(), True)
        assert (await network.top_up(METER, code)).result is TopUpResult.ACCEPTED
    assert len(meter_bench.meter.view()["accepted"]) == 1


@pytest.mark.parametrize(
    ("setting", "seen"),
    [
        (SetEmergencyCredit(500_000, 100_000), {"limit_e5": 500_000, "threshold_e5": 100_000}),
        (SetLowCreditWarning(300_000), {"level_e5": 300_000}),
        (SetMaximumCredit(1_000_000, 400_000), {"balance_e5": 1_000_000, "top_up_e5": 400_000}),
        (SetDebt(2, 5_000_000, 2_000, "Meter"), {"debt": 2, "amount_e5": 5_000_000, "percent_e2": 2_000}),
        (SetDebtCap(100_000), {"cap_e5": 100_000}),
        (SetPaymentMode(PaymentMode.CREDIT), {"mode": "credit", "cut_off_e5": 0}),
        (SetPaymentMode(PaymentMode.PREPAYMENT, -10), {"mode": "prepayment", "cut_off_e5": -10}),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_each_setting_is_obeyed_and_reads_back_r34(meter_bench, setting, seen):
    async with meter_bench.joined() as network:
        assert await network.set_prepayment(METER, setting, 7) == seen
        assert await network.set_prepayment(METER, setting, 7) == seen, "twice is once"


async def test_the_limits_that_were_set_decide_on_the_next_token_r34(meter_bench):
    async with meter_bench.joined() as network:
        await network.set_prepayment(METER, SetMaximumCredit(1_000_000, 400_000), 7)
        too_large = await network.top_up(METER, token(500_000))
        assert too_large.result is TopUpResult.REJECTED_TOP_UP_VALUE_TOO_LARGE
        await network.set_prepayment(METER, SetMaximumCredit(600_000, 400_000), 8)
        too_much = await network.top_up(METER, token(300_000))
        assert too_much.result is TopUpResult.REJECTED_MAX_CREDIT_REACHED
        with pytest.raises(LinkError, match="refuses"):
            await network.set_prepayment(METER, SetMaximumCredit(1, 1), 3)


async def test_a_debt_takes_its_share_of_a_top_up_and_no_more_than_the_cap_r34(meter_bench):
    async with meter_bench.joined() as network:
        await network.set_prepayment(METER, SetDebt(1, 5_000_000, 2_000), 7)
        await network.set_prepayment(METER, SetDebtCap(30_000), 8)
        before = meter_bench.meter.view()["balance_e5"]
        answer = await network.top_up(METER, token(200_000))
        gained = answer.credit_remaining_e5 - before
        assert encoded_e5(200_000) - 30_000 - 100 < gained <= encoded_e5(200_000) - 30_000
