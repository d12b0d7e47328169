"""Debt in whole pence (R35)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.headend.debts import Split, format_percent, parse_percent_e2, split


def test_ten_pounds_at_twenty_percent_with_fifty_of_debt_r35() -> None:
    assert split(1000, 5000, 2000) == Split(debt_pence=200, credit_pence=800, debt_remaining_pence=4800)


def test_the_debt_never_takes_more_than_is_owed_r35() -> None:
    assert split(1000, 150, 2000) == Split(150, 850, 0)


def test_a_fraction_of_a_penny_stays_with_the_customer_r35() -> None:
    assert split(999, 5000, 2000).debt_pence == 199
    assert split(1, 5000, 9999).debt_pence == 0


@given(st.integers(1, 10_000_000), st.integers(0, 10_000_000), st.integers(0, 9999))
def test_every_payment_is_divided_whole_and_buys_something_r35(tendered: int, owed: int, percent_e2: int) -> None:
    result = split(tendered, owed, percent_e2)
    assert result.debt_pence + result.credit_pence == tendered
    assert result.credit_pence > 0
    assert 0 <= result.debt_pence <= owed
    assert result.debt_remaining_pence == owed - result.debt_pence


@pytest.mark.parametrize(("text", "hundredths"), [("20", 2000), ("0", 0), ("12.5", 1250), ("99.99", 9999)])
def test_percentages_are_read_and_written_back(text: str, hundredths: int) -> None:
    assert parse_percent_e2(text) == hundredths
    assert format_percent(hundredths) == text


@pytest.mark.parametrize("text", ["100", "-1", "12.345", "x", "", "nan", "inf"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="percentage"):
        parse_percent_e2(text)
