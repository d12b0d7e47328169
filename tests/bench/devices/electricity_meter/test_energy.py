"""R19, R20: registers and half-hours: nothing is lost, nothing runs back, and they agree with each other."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hubd.bench.devices.electricity_meter.energy import Energy
from hubd.bench.devices.electricity_meter.load_curve import LoadCurve
from hubd.bench.devices.prepaid.half_hours import INTERVAL_S, INVALID, KEPT, HalfHours

NOON = 1_764_072_000


def nobody(_: int) -> None:
    """Nobody pays."""


def curve(seed: int = 3) -> Callable[[float], int]:
    return LoadCurve(seed, 250, 4_000, flat=False).power_w


@given(st.lists(st.floats(0.001, 4_000), min_size=1, max_size=20), st.integers(0, 9))
def test_energy_does_not_depend_on_when_the_meter_is_looked_at(steps: list[float], seed: int) -> None:
    often, once = Energy(curve(seed)), Energy(curve(seed))
    often.advance(NOON, nobody)
    once.advance(NOON, nobody)
    at, seen = float(NOON), [(0, 0)]
    for step in steps:
        at += step
        often.advance(at, nobody)
        seen.append((often.imported.wh, often.exported.wh))
    once.advance(at, nobody)
    assert often.imported.total_wms == once.imported.total_wms
    assert often.exported.total_wms == once.exported.total_wms
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(seen))


def test_what_is_drawn_is_what_is_charged() -> None:
    energy, charged = Energy(curve()), []
    energy.advance(NOON, charged.append)
    energy.advance(NOON + 86_400, charged.append)
    assert sum(charged) == energy.imported.total_wms > 0


def test_half_hours_add_up_to_the_registers() -> None:
    energy = Energy(curve())
    for hour in range(25):
        energy.advance(NOON + hour * 3_600, nobody)
    for channel in (energy.imported, energy.exported):
        end, newest_first = channel.profile.newest_first(None, 100)
        assert (end, len(newest_first)) == (NOON + 86_400, 48)
        assert sum(wh for wh in newest_first if wh is not None) == channel.wh


def test_a_clock_that_is_set_by_years_measures_on_from_there() -> None:
    energy = Energy(lambda _: 1_000)
    energy.advance(0, nobody)
    energy.advance(3_600, nobody)
    energy.advance(NOON, nobody)
    energy.advance(NOON + 3_600, nobody)
    energy.advance(NOON - 86_400, nobody)
    energy.advance(NOON - 86_400 + 3_600, nobody)
    assert energy.imported.wh == 3_000
    assert energy.imported.profile.newest_first(None, 3) == (NOON - 86_400 + 3_600, [500, None, None])


def test_the_same_seed_is_the_same_day_and_a_home_is_believable() -> None:
    curves = [curve(seed) for seed in (1, 1, 2)]
    days = [[power_w(NOON + 60 * minute) for minute in range(1_440)] for power_w in curves]
    assert days[0] == days[1] != days[2]
    home = LoadCurve(1, 250, 0, flat=False)
    drawn_kwh = [sum(home.power_w(NOON + day * 86_400 + 60 * m) for m in range(1_440)) / 60_000 for day in range(14)]
    assert all(6 < kwh < 25 for kwh in drawn_kwh)


def test_panels_make_more_in_june_than_in_december_and_nothing_at_night() -> None:
    panels = LoadCurve(1, 0, 4_000, flat=True)

    def kwh(start: int) -> float:
        return -sum(panels.power_w(start + day * 86_400 + 60 * m) for day in range(10) for m in range(1_440)) / 60_000

    june, december = kwh(1_750_291_200), kwh(1_766_102_400)
    assert june > 3 * december > 0
    assert panels.power_w(1_766_102_400) == 0


@given(st.lists(st.tuples(st.integers(0, 300), st.none() | st.integers(0, 70_000)), max_size=40), st.integers(0, 400))
def test_the_profile_gives_back_what_closed_and_marks_what_is_missing(
    closed: list[tuple[int, int | None]], periods: int
) -> None:
    profile, expected, end = HalfHours(), {}, NOON
    for ahead, wh in closed:
        end += (ahead + 1) * INTERVAL_S
        profile.close(end, wh)
        expected[end] = wh if wh is None else min(wh, INVALID - 1)
    again = HalfHours()
    again.restore(profile.save())
    newest, values = again.newest_first(None, periods)
    if closed:
        assert newest == end
        assert values == [expected.get(end - n * INTERVAL_S) for n in range(len(values))]
        assert len(values) == min(periods, len(profile))


def test_a_clock_that_went_back_forgets_its_future_and_goes_on() -> None:
    profile = HalfHours()
    for n in range(1, 6):
        profile.close(NOON + n * INTERVAL_S, n)
    for n in (3, 4):
        profile.close(NOON + n * INTERVAL_S, 10 * n)
    assert profile.newest_first(None, 9) == (NOON + 4 * INTERVAL_S, [40, None, 2, 1])
    profile.close(NOON - 10**9, 7)
    assert profile.newest_first(None, 9) == (NOON - 10**9, [None])


def test_400_days_are_kept_and_no_more() -> None:
    profile = HalfHours()
    for n in range(1, KEPT + 11):
        profile.close(NOON + n * INTERVAL_S, n % 1_000)
    assert len(profile) == KEPT
    assert profile.newest_first(NOON + 5 * INTERVAL_S, 3)[1] == []
    assert profile.newest_first(NOON + 11 * INTERVAL_S + 7, 3) == (NOON + 11 * INTERVAL_S, [11])
