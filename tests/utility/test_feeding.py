"""What crosses to the consumer: only what was read, under an alias (R1, R49)."""

import os
from pathlib import Path

import pytest

from hubd.feed.frames import Frame, Mains, Prepayment, Reading, Supply, TopUp, decode
from hubd.feed.sender import FeedSender
from hubd.model.credit_status import CreditStatus
from hubd.model.device import Device, DeviceKind
from hubd.model.identity import Eui64
from hubd.model.metering import MeterReading
from hubd.model.stamp import Stamp, TimeTrust
from hubd.model.supply import SupplyState
from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import PrepaymentState
from hubd.utility.feeding import Feeding

ADDRESS = Eui64("00:0d:6f:00:0a:90:69:e7")
NOW = Stamp(1_795_000_000.0, TimeTrust.NETWORK)


@pytest.fixture
def feeding(tmp_path: Path) -> Feeding:
    made = Feeding(FeedSender(tmp_path / "feed.fifo"), "GBP")
    made.know(Device(ADDRESS, DeviceKind.ELECTRICITY_METER, "electricity-1"))
    return made


def of(kind: type, frames: list[Frame]) -> list[Frame]:
    return [frame for frame in frames if isinstance(frame, kind)]


def test_before_the_first_reading_no_value_is_sent_not_even_a_zero_r49(feeding: Feeding) -> None:
    frames = feeding.whole_state()
    assert not of(Reading, frames)
    assert not of(Prepayment, frames)
    assert not of(Supply, frames)


def test_a_value_that_a_report_did_not_name_keeps_what_it_was_r49(feeding: Feeding) -> None:
    feeding.measured(ADDRESS, MeterReading(NOW, import_wh=5, export_wh=7, supply=SupplyState.ON), None)
    feeding.measured(ADDRESS, MeterReading(NOW, import_wh=6), PrepaymentState(NOW, balance_e5=800_024))
    frames = feeding.whole_state()
    (reading,) = of(Reading, frames)
    assert isinstance(reading, Reading)
    assert (reading.import_wh, reading.export_wh, reading.power_w) == (6, 7, None)
    assert of(Supply, frames)
    assert of(Prepayment, frames)


def test_the_last_top_up_is_told_and_told_again_with_the_whole_state(feeding: Feeding) -> None:
    assert not of(TopUp, feeding.whole_state())
    feeding.topped_up(ADDRESS, TopUpCase.UNDER_WAY, NOW)
    feeding.topped_up(ADDRESS, TopUpCase.USED, NOW)
    (told,) = of(TopUp, feeding.whole_state())
    assert isinstance(told, TopUp)
    assert (told.alias, told.case, told.at.unix_s) == ("electricity-1", TopUpCase.USED, NOW.unix_s)
    feeding.topped_up(Eui64("00:0d:6f:00:0a:90:ff:ff"), TopUpCase.USED, NOW)
    assert len(of(TopUp, feeding.whole_state())) == 1


def test_a_report_that_names_a_part_of_the_account_keeps_the_rest_of_it(feeding: Feeding) -> None:
    feeding.measured(ADDRESS, None, PrepaymentState(NOW, 800_024, 500_000, 7, 0x01, 300_000))
    feeding.measured(ADDRESS, None, PrepaymentState(NOW, 700_000, credit_status=0x0A))
    latest = feeding.latest(ADDRESS)
    assert latest is not None
    assert latest.prepayment == PrepaymentState(NOW, 700_000, 500_000, 7, 0x0A, 300_000)
    (told,) = of(Prepayment, feeding.whole_state())
    assert isinstance(told, Prepayment)
    assert (told.emergency_credit_e5, told.credit_status) == (500_000, CreditStatus.EMERGENCY_CREDIT_AVAILABLE)
    assert told.low_credit_warning is None, "nobody has reckoned with its rate yet"


def test_that_credit_runs_low_is_told_as_long_as_it_does_r40(feeding: Feeding) -> None:
    feeding.measured(ADDRESS, None, PrepaymentState(NOW, 150_000))
    for until in (Stamp(NOW.unix_s + 5_400, NOW.trust), None):
        feeding.credit_lasts(ADDRESS, until)
        (told,) = of(Prepayment, feeding.whole_state())
        assert isinstance(told, Prepayment)
        assert told.low_credit_warning is (until is not None)
        assert (told.credit_until and told.credit_until.unix_s) == (until and until.unix_s)


def test_a_meter_without_an_export_register_is_announced_without_one_r19(feeding: Feeding) -> None:
    feeding.measured(ADDRESS, MeterReading(NOW, import_wh=5), None)
    meter = feeding.whole_state()[0]
    assert not getattr(meter, "has_export")  # noqa: B009
    feeding.measured(ADDRESS, MeterReading(NOW, export_wh=1), None)
    assert getattr(feeding.whole_state()[0], "has_export")  # noqa: B009


def test_the_device_s_address_never_crosses_r1(tmp_path: Path) -> None:
    fifo = tmp_path / "feed.fifo"
    feeding = Feeding(FeedSender(fifo), "GBP")
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        feeding.know(Device(ADDRESS, DeviceKind.ELECTRICITY_METER, "electricity-1"))
        feeding.measured(ADDRESS, MeterReading(NOW, import_wh=5), PrepaymentState(NOW, balance_e5=1))
        crossed = os.read(reader, 65_536)
    finally:
        os.close(reader)
    assert crossed
    assert b"0d:6f" not in crossed
    assert ADDRESS.replace(":", "").encode() not in crossed
    assert all(decode(line) for line in crossed.splitlines(keepends=True) if line.strip())


def test_a_device_that_was_removed_is_no_longer_part_of_the_whole_state_r3(feeding: Feeding) -> None:
    feeding.measured(ADDRESS, MeterReading(NOW, import_wh=5), None)
    feeding.forget(ADDRESS)
    assert feeding.whole_state() == []
    feeding.measured(ADDRESS, MeterReading(NOW, import_wh=6), None)
    assert feeding.whole_state() == []


def test_the_house_s_supply_is_a_fact_of_its_own_beside_each_meter_s_r22(feeding: Feeding) -> None:
    assert not of(Mains, feeding.whole_state())
    feeding.measured(ADDRESS, MeterReading(NOW, supply=SupplyState.ON), None)
    feeding.mains(False, Stamp(NOW.unix_s + 5, NOW.trust))
    (mains,), (supply,) = of(Mains, feeding.whole_state()), of(Supply, feeding.whole_state())
    assert isinstance(mains, Mains)
    assert isinstance(supply, Supply)
    assert (mains.state, mains.since.unix_s, supply.state, supply.measured_at.unix_s) == (
        "off",
        NOW.unix_s + 5,
        "on",
        NOW.unix_s,
    )
