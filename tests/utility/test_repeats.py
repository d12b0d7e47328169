"""R1: a neighbour that sends without end fills neither the card nor the WAN, and every happening is in a number."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.utility.repeats import AN_HOUR_S, MOST_AN_HOUR, TELL_EVERY_S, Repeats

NAME, OTHER = "unlisted_device_refused", "key_establishment_failed"


def test_the_first_is_told_at_once_and_the_flood_in_one_number():
    repeats = Repeats()
    assert repeats.times_to_tell(NAME, ("a",), 0.0) == 1
    assert [repeats.times_to_tell(NAME, ("a",), 0.01 * n) for n in range(1, 1001)] == [0] * 1000
    assert repeats.times_to_tell(NAME, ("a",), TELL_EVERY_S) == 1001
    assert repeats.times_to_tell(NAME, ("b",), TELL_EVERY_S) == 1


def test_one_that_goes_on_is_told_ever_more_seldom_and_leaves_room_for_others():
    repeats = Repeats()
    told_s = [second for second in range(3_600) if repeats.times_to_tell(NAME, ("a",), float(second))]
    assert told_s == [0, 60, 180, 420, 900, 1_860]
    assert repeats.times_to_tell(NAME, ("b",), 3_599.0) == 1


def test_after_a_quiet_hour_it_is_as_at_the_beginning():
    repeats = Repeats()
    for second in (0.0, 60.0, 180.0):
        assert repeats.times_to_tell(NAME, ("a",), second) == 1
    later_s = 180.0 + 2 * AN_HOUR_S
    assert repeats.left_over(later_s) == {}
    assert repeats.times_to_tell(NAME, ("a",), later_s) == 1
    assert repeats.times_to_tell(NAME, ("a",), later_s + TELL_EVERY_S) == 1


def test_inventing_ever_new_addresses_fills_neither_the_outbox_nor_the_memory():
    repeats = Repeats()
    told = sum(bool(repeats.times_to_tell(NAME, (str(n),), n / 10)) for n in range(30_000))
    assert told == MOST_AN_HOUR
    assert repeats.times_to_tell(OTHER, ("a",), 3_000.0) == 1, "another event has an hour of its own"
    assert len(repeats._kinds) <= 2 * MOST_AN_HOUR


def test_what_was_not_told_is_one_number_when_the_hour_is_over():
    repeats = Repeats()
    for n in range(5_000):
        repeats.times_to_tell(NAME, (str(n),), 10.0)
    assert repeats.next_due_s() == 10.0 + AN_HOUR_S
    assert repeats.left_over(10.0 + AN_HOUR_S - 1) == {}
    assert repeats.left_over(10.0 + AN_HOUR_S) == {NAME: 5_000 - MOST_AN_HOUR}
    assert repeats.left_over(10.0 + AN_HOUR_S) == {}
    assert repeats.next_due_s() is None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.0, 900.0), st.sampled_from([NAME, OTHER]), st.integers(0, 60), st.integers(1, 30)),
        max_size=120,
    )
)
def test_every_happening_is_counted_once_and_the_bounds_hold(steps: list[tuple[float, str, int, int]]):
    repeats, now_s, happened, told = Repeats(), 0.0, 0, 0
    messages: list[tuple[float, str]] = []
    for after_s, name, kind, times in steps:
        now_s += after_s
        for counted in repeats.left_over(now_s).values():
            told += counted
        for _ in range(times):
            happened += 1
            if (counted := repeats.times_to_tell(name, (str(kind),), now_s)) > 0:
                told += counted
                messages.append((now_s, name))
    told += sum(repeats.left_over(now_s + 3 * AN_HOUR_S).values())
    assert told == happened
    for at_s, name in messages:
        within = [each for each in messages if each[1] == name and at_s <= each[0] < at_s + AN_HOUR_S]
        assert len(within) <= 2 * MOST_AN_HOUR, "an hour of ours may lie across two of anybody's"
    assert len(repeats._kinds) <= 8 * MOST_AN_HOUR
