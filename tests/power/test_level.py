"""What is believed of a level that edges only say to look at."""

from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from hubd.power.level import GAPS, LEAST_LOOKS, LOOK_EVERY_S, STEADY_S, Changed, Level, look, look_again_s


def run(looks: list[tuple[float, bool]], level: Level | None = None) -> tuple[Level, list[Changed]]:
    level, found = level or Level(on=True), []
    for now_s, on in looks:
        level, changed = look(level, on, now_s)
        found += [changed] if changed else []
    return level, found


def every(step_s: float, from_s: float, to_s: float, on: bool) -> list[tuple[float, bool]]:
    return [(from_s + n * step_s, on) for n in range(round((to_s - from_s) / step_s))]


def test_the_first_level_is_believed_once_it_is_steady_r41():
    level, found = run(every(0.01, 0.0, 0.05, False), Level())
    assert found == [Changed(False, 0.0)]
    assert level.on is False


def test_a_change_carries_the_moment_of_the_first_look_that_showed_it_r41():
    _, found = run([*every(0.1, 0.0, 1.0, True), *every(0.01, 1.0, 1.05, False)])
    assert found == [Changed(False, 1.0)]


def test_a_glitch_shorter_than_the_steady_time_is_nothing_r41():
    _, found = run([(0.0, False), (0.01, False), (0.02, True), (0.03, False), (0.04, False), (0.05, True)])
    assert found == []


def test_a_few_glitches_that_happen_to_meet_as_many_looks_are_nothing_r41():
    """The looks are steady for long enough, but too few."""
    _, found = run([(0.1 * n, False) for n in range(LEAST_LOOKS - 1)])
    assert found == []


def test_fifty_bounces_of_20_ms_are_believed_where_they_come_to_rest_r41():
    bounces = [(n * 0.02 + part, n % 2 == 0) for n in range(50) for part in (0.0, 0.01)]
    level, found = run([*bounces, *every(0.01, 1.0, 1.1, False)])
    assert found == [Changed(False, 0.98)]
    assert level.on is False


def test_without_any_edge_a_level_is_looked_at_every_100_ms_and_a_change_sooner_r41():
    level, _ = look(Level(on=True), True, 0.0)
    assert look_again_s(level) == LOOK_EVERY_S
    level, _ = look(level, False, 0.1)
    assert look_again_s(level) < level.steady_s / 3


def test_the_looks_at_a_change_fit_no_rhythm_of_the_mains_r41():
    """Of each period they cover more than a half wave's gap: whatever its phase, one of them meets the voltage."""
    for gap_s, period_s in ((0.003, 0.01), (0.003, 1 / 120), (0.011, 0.02), (0.0093, 1 / 60)):
        moments = sorted(at_s % period_s for at_s in accumulate(GAPS, lambda a, b: a + b * STEADY_S, initial=0.0))
        between = [b - a for a, b in pairwise([*moments, moments[0] + period_s])]
        assert period_s - max(between) > gap_s


def test_a_line_that_moves_is_not_off_and_one_that_has_come_to_rest_is_r41():
    level, found = Level(on=True), []
    for n in range(20):
        level, changed = look(level, False, n * 0.01, moved=n < 10)
        found += [changed] if changed else []
    assert found == [Changed(False, 0.09)]


def test_edges_that_never_end_hide_a_loss_for_less_than_a_second_r41():
    level, now_s, changed = Level(on=True), 0.0, None
    while changed is None:
        level, changed = look(level, False, now_s, moved=True)
        now_s += look_again_s(level)
    assert changed == Changed(False, 0.0)
    assert now_s < 1.0


def test_a_line_that_moves_may_still_be_on_r41():
    level, found = Level(on=False), []
    for n in range(10):
        level, changed = look(level, True, n * 0.01, moved=True)
        found += [changed] if changed else []
    assert found == [Changed(True, 0.0)]


@given(st.lists(st.tuples(st.floats(0.001, 0.2), st.booleans()), max_size=60))
def test_whatever_the_line_does_changes_alternate_and_were_seen_steady(steps: list[tuple[float, bool]]):
    now_s, level, last = 0.0, Level(on=True), True
    shown: list[tuple[float, bool]] = []
    for gap_s, on in steps:
        now_s += gap_s
        shown.append((now_s, on))
        level, changed = look(level, on, now_s)
        if changed:
            assert changed.on is not last
            last = changed.on
            since = [was is changed.on for at_s, was in shown if at_s >= changed.at_s]
            assert all(since) or (changed.on and 2 * sum(since) >= len(since))
            assert now_s - changed.at_s >= level.steady_s
