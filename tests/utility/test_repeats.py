"""A neighbour that sends without end fills neither the card nor the WAN (R1)."""

from hubd.utility.repeats import MOST_KEYS, TELL_EVERY_S, Repeats


def test_the_first_is_told_at_once_and_the_flood_in_one_number() -> None:
    repeats = Repeats()
    assert repeats.times_to_tell(("a",), 0.0) == 1
    assert [repeats.times_to_tell(("a",), 0.01 * n) for n in range(1, 1001)] == [0] * 1000
    assert repeats.times_to_tell(("a",), TELL_EVERY_S) == 1001
    assert repeats.times_to_tell(("b",), TELL_EVERY_S) == 1


def test_inventing_ever_new_names_does_not_fill_the_memory() -> None:
    repeats = Repeats()
    for n in range(10 * MOST_KEYS):
        repeats.times_to_tell((str(n),), float(n) / 1000)
    assert len(repeats._told_at_s) <= MOST_KEYS
