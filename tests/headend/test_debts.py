"""Debts in whole pence (R35): percentage, minimum, cap, several in their order."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.headend import book, debts, ledger
from hubd.headend.book_tables import STEPS
from hubd.headend.debts import Deduction, Owed, Split, Terms, format_percent, parse_name, parse_percent_e2, split

from .conftest import NOW, PAN


def one(owed: int, **terms: int) -> list[Owed]:
    return [Owed(Terms(**terms), owed)]  # type: ignore[arg-type]


def test_ten_pounds_at_twenty_percent_with_fifty_of_debt_r35() -> None:
    assert split(1000, one(5000, percent_e2=2000)) == Split((Deduction("debt", 200, 4800),), 800, 4800)


def test_the_debt_never_takes_more_than_is_owed_r35() -> None:
    assert split(1000, one(150, percent_e2=2000)) == Split((Deduction("debt", 150, 0),), 850, 0)


def test_a_fraction_of_a_penny_stays_with_the_customer_r35() -> None:
    assert split(999, one(5000, percent_e2=2000)).debt_pence == 199
    assert split(1, one(5000, percent_e2=9999)).debt_pence == 0


@pytest.mark.parametrize(("tendered", "taken"), [(1000, 200), (400, 100), (100, 99), (5000, 500), (50, 49)], ids=str)
def test_a_minimum_lifts_a_small_payment_and_a_cap_holds_a_large_one_r35(tendered: int, taken: int) -> None:
    owed = one(9000, percent_e2=2000, minimum_pence=100, cap_pence=500)
    assert split(tendered, owed).debt_pence == taken


def test_debts_are_deducted_in_the_order_of_priority_each_by_the_whole_payment_r35() -> None:
    owed = [
        Owed(Terms("gas-2024", 2, 1000), 5000),
        Owed(Terms("meter", 1, 2000, 0, 150), 5000),
        Owed(Terms("b-fees", 3, 500), 20),
        Owed(Terms("a-fees", 3, 500), 20),
    ]
    assert split(1000, owed).deductions == (
        Deduction("meter", 150, 4850),
        Deduction("gas-2024", 100, 4900),
        Deduction("a-fees", 20, 0),
        Deduction("b-fees", 20, 0),
    )


def test_all_debts_together_leave_their_share_to_the_customer_and_the_last_waits_r35() -> None:
    owed = [Owed(Terms(name, place, 3000), 5000) for place, name in enumerate(("first", "second", "third"))]
    assert [d.pence for d in split(1000, owed, 4000).deductions] == [300, 100]


TERMS = st.builds(
    Terms,
    st.sampled_from("abcdef"),
    st.integers(0, 3),
    st.integers(0, 9999),
    st.integers(0, 5000),
    st.none() | st.integers(0, 5000),
)
DEBTS = st.lists(st.builds(Owed, TERMS, st.integers(0, 10_000_000)), max_size=6, unique_by=lambda o: o.terms.debt)


@given(st.integers(1, 10_000_000), DEBTS, st.integers(100, 9900))
def test_every_payment_is_divided_whole_and_buys_something_r35(tendered: int, owed: list[Owed], share: int) -> None:
    result = split(tendered, owed, share)
    assert result.debt_pence + result.credit_pence == tendered
    assert result.credit_pence > 0
    assert result.debt_pence * 10_000 <= tendered * share
    by_name = {each.terms.debt: each for each in owed}
    for taken in result.deductions:
        terms = by_name[taken.debt].terms
        assert 0 < taken.pence <= by_name[taken.debt].owed_pence
        assert taken.pence <= max(tendered * terms.percent_e2 // 10_000, terms.minimum_pence)
        assert terms.cap_pence is None or taken.pence <= terms.cap_pence
        assert taken.remaining_pence == by_name[taken.debt].owed_pence - taken.pence
    assert result.debt_remaining_pence == sum(each.owed_pence for each in owed) - result.debt_pence


@pytest.mark.parametrize(("text", "hundredths"), [("20", 2000), ("0", 0), ("12.5", 1250), ("99.99", 9999)])
def test_percentages_are_read_and_written_back(text: str, hundredths: int) -> None:
    assert parse_percent_e2(text) == hundredths
    assert format_percent(hundredths) == text


@pytest.mark.parametrize("text", ["100", "-1", "12.345", "x", "", "nan", "inf"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="percentage"):
        parse_percent_e2(text)


@pytest.mark.parametrize("text", ["", "Debt", "a b", "a:b", "x" * 25, "-a"])
def test_what_is_no_name_of_a_debt_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="debt's name"):
        parse_name(text)


def test_debts_are_kept_apart_in_the_ledger_and_owed_together_r35(connection: sqlite3.Connection) -> None:
    debts.set_owed(connection, PAN, 5000, NOW)
    debts.set_owed(connection, PAN, 300, NOW, "meter")
    debts.agree(connection, PAN, Terms("meter", 1, 500))
    assert debts.owed_pence(connection, PAN) == 5300
    assert debts.owed_pence(connection, PAN, "meter") == 300
    assert [owed.terms.debt for owed in debts.standing(connection, PAN)] == ["meter", "debt"]
    assert sum(ledger.balances_pence(connection).values()) == 0
    assert ledger.unbalanced(connection) == []


def test_a_book_of_the_first_version_is_brought_up_to_date_with_its_debts_r35() -> None:
    old = sqlite3.connect(":memory:", isolation_level=None)
    for statement in STEPS[0].split(";"):
        old.execute(statement)
    old.execute("PRAGMA user_version=1")
    old.execute("INSERT INTO meters VALUES ('1','a','h','electricity_meter',x'00','123457',1,2,'01',2014,'GBP',7)")
    old.execute("INSERT INTO debt_terms VALUES ('1', 2000)")
    old.executemany(
        "INSERT INTO ledger (posting, at_unix_s, pan, account, pence) VALUES ('debt set', 1.0, '1', ?, ?)",
        [("debt", 5000), ("arrears", -5000)],
    )
    book.prepare(old)
    assert debts.standing(old, "1") == [Owed(Terms("debt", 100, 2000), 5000)]
    assert ledger.unbalanced(old) == []
    old.close()
