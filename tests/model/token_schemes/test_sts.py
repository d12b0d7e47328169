"""STS: the range, and nothing more; the form that all codes share (R10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.model.token_schemes import SCHEMES, amount_e5, fault_of, tidy
from hubd.model.top_up_case import TopUpCase


@given(st.integers(0, 2**66 - 1))
def test_every_number_of_66_bits_may_be_a_code_and_hides_its_amount_r10(number: int) -> None:
    assert fault_of(f"{number:020}") is None
    assert amount_e5(f"{number:020}") is None


@pytest.mark.parametrize("code", ["73786976294838206464", "99999999999999999999"])
def test_a_larger_number_is_a_typing_error(code: str) -> None:
    assert fault_of(code) is TopUpCase.MISTYPED


@pytest.mark.parametrize("scheme", [*SCHEMES, "some-scheme-of-next-year"])
@pytest.mark.parametrize(
    ("code", "case"),
    [
        ("", TopUpCase.TOO_SHORT),
        ("5938632347213742696", TopUpCase.TOO_SHORT),
        ("593863234721374269670", TopUpCase.TOO_LONG),
        ("5938632347213742696O", TopUpCase.NOT_DIGITS),
        ("５" * 20, TopUpCase.NOT_DIGITS),
        ("5938632347213742696²", TopUpCase.NOT_DIGITS),
    ],
)
def test_the_form_is_the_same_for_all_schemes_r10(scheme: str, code: str, case: TopUpCase) -> None:
    assert fault_of(code, scheme) is case


def test_a_scheme_that_is_not_known_lets_any_20_digits_through_r10() -> None:
    assert fault_of("9" * 20, "some-scheme-of-next-year") is None
    assert amount_e5("9" * 20, "some-scheme-of-next-year") is None


def test_spaces_and_dashes_between_the_groups_do_not_count() -> None:
    assert tidy(" 5938-6323 4721\t3742 6967\n") == "59386323472137426967"
