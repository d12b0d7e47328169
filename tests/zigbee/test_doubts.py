"""R6: when signs that a key is worth nothing lead to something, and how often."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from hubd.model.identity import Eui64
from hubd.zigbee.doubts import FIRST_WAIT_S, LONGEST_WAIT_S, Doubts

METER, DISPLAY = Eui64("00:0d:6f:00:0a:90:69:e7"), Eui64("00:0d:6f:00:0a:90:69:e8")
HOUR_S = 3_600.0


def test_one_sign_may_be_the_air_and_two_are_looked_into():
    doubts = Doubts()
    assert [doubts.sign(METER, 1_000.0), doubts.sign(DISPLAY, 1_000.0), doubts.sign(METER, 1_001.0)] == [
        False,
        False,
        True,
    ]


def test_a_frame_under_the_key_takes_the_signs_away():
    doubts = Doubts()
    for second in range(100):
        assert not doubts.sign(METER, float(second))
        doubts.heard(METER)


def test_what_led_to_nothing_is_looked_into_ever_more_seldom():
    doubts = Doubts()
    looked_s = [second for second in range(0, 12 * 3_600, 5) if doubts.sign(METER, float(second))]
    apart_s = [after - before for before, after in itertools.pairwise(looked_s)]
    assert apart_s[:3] == [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    assert apart_s == sorted(apart_s)
    assert apart_s[-1] == LONGEST_WAIT_S


def test_after_a_quiet_hour_it_is_as_at_the_beginning():
    doubts = Doubts()
    for now_s in (0.0, 0.0, 60.0, 60.0, 180.0, 180.0):
        doubts.sign(METER, now_s)
    later_s = 180.0 + 2 * HOUR_S
    assert [doubts.sign(METER, later_s), doubts.sign(METER, later_s)] == [False, True]
    assert [doubts.sign(METER, later_s + FIRST_WAIT_S), doubts.sign(METER, later_s + FIRST_WAIT_S)] == [False, True]


@given(st.lists(st.tuples(st.floats(0.0, 30.0), st.booleans()), max_size=400))
def test_whoever_forges_signs_has_a_bounded_number_of_exchanges_for_it(steps: list[tuple[float, bool]]):
    """At most one a minute at first, and six in the first hour, however they come."""
    doubts, now_s, looked_s = Doubts(), 0.0, []
    for after_s, heard in steps:
        now_s += after_s
        if heard:
            doubts.heard(METER)
        elif doubts.sign(METER, now_s):
            looked_s.append(now_s)
    assert all(b - a >= FIRST_WAIT_S for a, b in itertools.pairwise(looked_s))
    assert sum(at < HOUR_S for at in looked_s) <= 6
