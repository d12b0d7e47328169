"""R31: meter numbers with a wrong check digit are found before a token is made for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.sts.pan import check_pan, drn_of, has_good_luhn, luhn_digit


@pytest.mark.parametrize("pan", ["600727000000000009", "000001000000000082"])
def test_the_published_test_meters_are_good(pan: str) -> None:
    assert check_pan(pan) == pan


@pytest.mark.parametrize(("drn", "right"), [("12345678904", 3), ("11111111113", 5)])
def test_ctsa17_wrong_check_digits_are_refused(drn: str, right: int) -> None:
    assert not has_good_luhn(drn)
    assert luhn_digit(drn[:-1]) == right
    pan = "600727" + drn
    with pytest.raises(ValueError, match=f"meter number {drn}"):
        check_pan(pan + str(luhn_digit(pan)))


@pytest.mark.parametrize(
    ("pan", "words"),
    [
        ("60072700000000000", "18 digits"),
        ("60072700000000000x", "18 digits"),
        ("600727000000000008", "last .check. digit"),
        ("612345000000000009", "neither 600727 nor 0000"),
    ],
)
def test_what_is_wrong_with_a_pan_is_said(pan: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_pan(pan)


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(serial: str, place: int, step: int) -> None:
    drn = serial + str(luhn_digit(serial))
    pan = "600727" + drn
    pan += str(luhn_digit(pan))
    assert drn_of(check_pan(pan)) == drn
    wrong = pan[:place] + str((int(pan[place]) + step) % 10) + pan[place + 1 :]
    with pytest.raises(ValueError, match=r"\w"):
        check_pan(wrong)
