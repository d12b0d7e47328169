"""A frame that came twice counts once; a like frame later counts again."""

from hubd.zigbee.duplicates import _KEPT, WINDOW_S, Duplicates


def test_the_second_of_two_is_not_new_until_the_window_has_passed():
    duplicates = Duplicates()
    assert duplicates.is_new(("meter", b"1"), 0.0)
    assert not duplicates.is_new(("meter", b"1"), WINDOW_S / 2)
    assert duplicates.is_new(("display", b"1"), WINDOW_S / 2)
    assert duplicates.is_new(("meter", b"1"), WINDOW_S)


def test_its_memory_is_bounded():
    duplicates = Duplicates()
    for number in range(3 * _KEPT):
        assert duplicates.is_new((number,), 0.0)
    assert len(duplicates._seen_at_s) == len(duplicates._order) == _KEPT
