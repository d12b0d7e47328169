"""GB UTRN: the published examples, what can be read off a code, and which typing errors are found (R10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.model.token_schemes import amount_e5, fault_of, gb_utrn
from hubd.model.token_schemes.gb_utrn import Fields
from hubd.model.top_up_case import TopUpCase

CODES = st.builds(
    Fields,
    st.integers(0, 15),
    st.integers(0, 1023),
    st.integers(0, 3),
    st.integers(0, 8191),
    st.integers(0, 2**32 - 1),
).map(gb_utrn.compose)


@pytest.mark.parametrize(
    ("code", "counter10", "value_class", "value", "e5"),
    [
        ("73943333457189043313", 1, gb_utrn.POUNDS, 100, 10_000_000),
        ("73947252416745201637", 4, gb_utrn.PENCE, 1234, 1_234_000),
        ("73950067887105178605", 6, gb_utrn.PENCE, 1250, 1_250_000),
    ],
)
def test_the_published_examples_say_their_amount_and_counter_r10(
    code: str, counter10: int, value_class: int, value: int, e5: int
) -> None:
    read = gb_utrn.fields(code)
    assert (read.subclass, read.counter10, read.value_class, read.value) == (0, counter10, value_class, value)
    assert amount_e5(code, "gb_utrn") == e5
    assert gb_utrn.compose(read) == code


@pytest.mark.parametrize("code", ["74301825837596672005", "73946144332040217315"])
def test_the_published_check_digits_fit(code: str) -> None:
    assert fault_of(code, "gb_utrn") is None


@given(CODES, st.integers(0, 19), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(code: str, place: int, off: int) -> None:
    wrong = f"{code[:place]}{(int(code[place]) + off) % 10}{code[place + 1 :]}"
    assert fault_of(wrong, "gb_utrn") in (TopUpCase.MISTYPED, TopUpCase.WRONG_SCHEME)


@given(CODES, st.integers(0, 18))
def test_two_neighbours_exchanged_are_always_found(code: str, place: int) -> None:
    turned = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (fault_of(turned, "gb_utrn") is None) == (turned == code)


@given(CODES)
def test_what_is_composed_is_read_back_and_is_never_an_sts_code(code: str) -> None:
    assert gb_utrn.compose(gb_utrn.fields(code)) == code
    assert fault_of(code, "gb_utrn") is None
    assert fault_of(code, "sts") is TopUpCase.WRONG_SCHEME


@pytest.mark.parametrize(
    "code", ["73941569907863060479", "97000000000000000005", "99999999999999999999", "0" * 20, "59386323472137426967"]
)
def test_a_number_outside_the_range_is_of_another_scheme(code: str) -> None:
    assert fault_of(code, "gb_utrn") is TopUpCase.WRONG_SCHEME
    assert amount_e5(code, "gb_utrn") is None


@pytest.mark.parametrize("parts", [(16, 0, 0, 0, 0), (0, 1024, 0, 0, 0), (0, 0, 4, 0, 0), (0, 0, 0, 8192, 0)])
def test_a_part_that_does_not_fit_is_an_error(parts: tuple[int, int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="UTRN holds"):
        gb_utrn.compose(Fields(*parts))


def test_no_amount_is_read_off_what_is_no_credit() -> None:
    assert Fields(1, 0, 0, 100, 0).amount_e5 is None
    assert Fields(0, 0, 2, 100, 0).amount_e5 is None
