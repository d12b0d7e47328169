"""R30: the meter's account: every pennyworth is accounted for, and an exhausted account has no supply."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hubd.bench.devices.prepaid.account import Account, CreditStatus
from hubd.bench.devices.prepaid.settings import PrepaymentSettings, parse_e5
from hubd.bench.devices.prepaid.token_acceptance import Limits, MeterSecret
from hubd.model.secret import Secret
from hubd.model.supply import SupplyState

WMS_PER_KWH = 3_600_000_000
SETTINGS = PrepaymentSettings(
    secret=MeterSecret(Secret(bytes(16)), 2014),
    limits=Limits(99_999_000, 50_000_000, price_e5_per_unit=25_000),
    token_memory=50,
    currency="GBP",
    balance_e5=500_000,
    debt_e5=0,
    low_credit_e5=200_000,
    emergency_limit_e5=100_000,
    emergency_threshold_e5=100_000,
    arms_after_top_up=True,
)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("use"), st.integers(0, 10 * WMS_PER_KWH)),
            st.tuples(st.just("add"), st.integers(0, 1_000_000)),
            st.tuples(st.just("emergency"), st.just(0)),
            st.tuples(st.just("switch"), st.just(0)),
            st.tuples(st.just("friendly"), st.integers(0, 1)),
        ),
        max_size=30,
    )
)
def test_no_history_makes_or_loses_money_or_leaves_an_exhausted_account_supplied_but_in_friendly_hours(
    history: list[tuple[str, int]],
) -> None:
    account, used_wms, added_e5 = Account(SETTINGS), 0, 0
    for what, amount in history:
        before = account.supply
        if what == "use":
            account.use(amount)
            used_wms += amount
        elif what == "add":
            account.add(amount)
            added_e5 += amount
        elif what == "emergency":
            account.select_emergency()
        elif what == "friendly":
            account.see_friendly(bool(amount))
            assert account.supply in (before, SupplyState.OFF), "a period switches nothing on"
        else:
            account.switch_on()
        lent_e5 = SETTINGS.emergency_limit_e5 - account.emergency_e5
        cost_e5 = used_wms * SETTINGS.limits.price_e5_per_unit // WMS_PER_KWH
        assert account.balance_e5 - lent_e5 == SETTINGS.balance_e5 + added_e5 - cost_e5
        assert 0 <= lent_e5 <= SETTINGS.emergency_limit_e5
        if account.exhausted and account.friendly:
            assert account.supply in (before, SupplyState.OFF), "what is on stays on, what is off stays off"
        elif account.exhausted:
            assert account.supply is SupplyState.OFF
        else:
            assert account.supply in (SupplyState.ARMED, SupplyState.ON)


def test_small_draws_cost_what_one_large_draw_costs() -> None:
    small, large = Account(SETTINGS), Account(SETTINGS)
    for _ in range(1_000):
        small.use(WMS_PER_KWH // 1_000)
    large.use(WMS_PER_KWH)
    assert small.balance_e5 == large.balance_e5 == 475_000


def test_credit_status_tells_the_account() -> None:
    ok = CreditStatus.CREDIT_OK | CreditStatus.EMERGENCY_CREDIT_ENABLED
    account = Account(SETTINGS)
    assert account.status() == ok
    account.set_balance(50_000)
    low = CreditStatus.LOW_CREDIT | CreditStatus.EMERGENCY_CREDIT_ENABLED
    assert account.status() == low | CreditStatus.EMERGENCY_CREDIT_AVAILABLE
    account.set_balance(0)
    assert CreditStatus.CREDIT_EXHAUSTED in account.status()
    assert Account(replace(SETTINGS, emergency_limit_e5=0)).status() == CreditStatus.CREDIT_OK


def test_amounts_are_read_exactly() -> None:
    assert [parse_e5(text) for text in ("5", "5.00", "-0.00001", "999.99999")] == [500_000, 500_000, -1, 99_999_999]
