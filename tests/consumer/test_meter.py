"""What a frame changes in what is known of a meter: nothing is invented, and no register falls (R19)."""

from hypothesis import given
from hypothesis import strategies as st

from hubd.consumer.meter import KnownMeter, recalled, remember
from hubd.feed.frames import Frame, Link, Meter, Prepayment, Reading, Supply, When
from hubd.model.stamp import TimeTrust

ALIAS = "electricity-1"
AT = When(1_700_000_000, TimeTrust.NETWORK)
LATER = When(1_700_000_060, TimeTrust.NETWORK)


def presented(*, has_export: bool = False, exchanges: int = 0) -> Meter:
    return Meter(ALIAS, "electricity_meter", "Electricity meter", has_export, exchanges)


def after(*frames: Frame) -> KnownMeter:
    meter = KnownMeter(ALIAS)
    for frame in frames:
        meter = remember(meter, frame).meter
    return meter


def test_what_a_frame_does_not_name_stays_as_it_was() -> None:
    meter = after(Reading(ALIAS, AT, 5_000, None, 300), Reading(ALIAS, LATER, None, None, 400))
    assert (meter.import_wh, meter.export_wh, meter.power_w, meter.measured_at) == (5_000, None, 400, LATER)
    assert meter.fresh == {"import_wh", "power_w", "measured_at"}


def test_a_zero_that_was_read_is_a_value_and_what_was_not_read_is_none() -> None:
    meter = after(Reading(ALIAS, AT, 0))
    assert meter.import_wh == 0
    assert meter.export_wh is None


def test_a_register_that_falls_is_refused_and_the_rest_of_the_frame_taken() -> None:
    change = remember(after(Reading(ALIAS, AT, 5_000, 70, 300)), Reading(ALIAS, LATER, 0, 71, 310))
    assert change.refused == ("import_wh",)
    assert (change.meter.import_wh, change.meter.export_wh, change.meter.power_w) == (5_000, 71, 310)


def test_a_reading_of_which_nothing_is_left_does_not_move_the_time_of_measurement() -> None:
    change = remember(after(Reading(ALIAS, AT, 5_000)), Reading(ALIAS, LATER, 4_999))
    assert change.refused == ("import_wh",)
    assert change.meter.measured_at == AT


def test_the_memory_of_an_earlier_run_still_keeps_a_register_from_falling() -> None:
    meter = recalled(after(presented(), Link(ALIAS, True), Reading(ALIAS, AT, 5_000)))
    assert meter.fresh == frozenset()
    assert not meter.available
    assert remember(meter, Reading(ALIAS, LATER, 4_000)).refused == ("import_wh",)


def test_an_exchanged_meter_starts_where_it_stands() -> None:
    meter = after(presented(), Reading(ALIAS, AT, 5_000, None, 300), presented(exchanges=1))
    assert (meter.import_wh, meter.power_w, meter.fresh) == (None, None, frozenset())
    assert remember(meter, Reading(ALIAS, LATER, 12)).meter.import_wh == 12
    assert remember(meter, presented(exchanges=0)).meter.exchanges == 1


def test_a_utility_that_has_just_started_and_read_nothing_takes_no_export_away() -> None:
    assert after(presented(has_export=True), presented(has_export=False)).has_export


def test_a_meter_is_available_while_it_is_heard_and_told_of() -> None:
    assert not after(presented()).available
    assert after(presented(), Link(ALIAS, True)).available
    assert not after(presented(), Link(ALIAS, True), Link(ALIAS, False)).available


def test_amounts_and_supply_are_taken_as_they_are_said() -> None:
    meter = after(Prepayment(ALIAS, AT, "GBP", balance_e5=-5), Supply(ALIAS, "armed", AT))
    assert (meter.balance_e5, meter.debt_e5, meter.currency, meter.supply) == (-5, None, "GBP", "armed")


readings = st.builds(
    Reading,
    alias=st.just(ALIAS),
    measured_at=st.just(AT),
    import_wh=st.none() | st.integers(0, 9),
    export_wh=st.none() | st.integers(0, 9),
    power_w=st.none() | st.integers(-9, 9),
)
frames = st.one_of(
    readings,
    st.builds(presented, has_export=st.booleans(), exchanges=st.integers(0, 2)),
    st.builds(Link, alias=st.just(ALIAS), reachable=st.booleans()),
)


@given(st.lists(frames, max_size=20))
def test_in_no_history_does_a_register_fall_without_an_exchange_or_appear_unread(history: list[Frame]) -> None:
    meter = KnownMeter(ALIAS)
    for frame in history:
        before, meter = meter, remember(meter, frame).meter
        for name in ("import_wh", "export_wh"):
            old, new = getattr(before, name), getattr(meter, name)
            if meter.exchanges == before.exchanges and old is not None:
                assert new is not None
                assert new >= old
            if new is not None and new != old:
                assert getattr(frame, name) == new


def test_a_gas_meters_litres_are_known_and_never_fall_r24() -> None:
    at = When(1_800_000_000.0, TimeTrust.NETWORK)
    meter = remember(KnownMeter("gas-1"), Reading("gas-1", at, volume_l=1_234_567)).meter
    assert (meter.volume_l, meter.import_wh) == (1_234_567, None)
    change = remember(meter, Reading("gas-1", at, volume_l=1_234_566))
    assert change.refused == ("volume_l",)
    assert change.meter.volume_l == 1_234_567
