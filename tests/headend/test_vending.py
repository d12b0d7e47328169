"""Selling credit: R35 (debt first, the rest encrypted), R30 (one token a request), rising token identifiers."""

import sqlite3
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.headend import book, debts, key_change, ledger, meters, orders, vending
from hubd.headend.debts import Terms
from hubd.headend.home import HeadEndConfig, VendingTable
from hubd.headend.key_change import Wanted
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.headend.vending import Vend
from hubd.model.device import DeviceKind
from hubd.sts.decode import Decoded, decode
from hubd.sts.tid import tid_at

from .conftest import ADDRESS, NOW, PAN, memory_book, meter

CONFIG = HeadEndConfig()


def sell(
    connection: sqlite3.Connection, request: str, pence: int, now: float = NOW, name: str = PAN
) -> Vend | Refused:
    with book.transaction(connection):
        return vending.vend(connection, request, name, pence, CONFIG, now)


def sold(connection: sqlite3.Connection, request: str, pence: int, now: float = NOW) -> Vend:
    result = sell(connection, request, pence, now)
    assert isinstance(result, Vend)
    return result


def test_the_worked_example_two_to_debt_forty_eight_left_eight_to_the_meter_r35(
    connection: sqlite3.Connection,
) -> None:
    debts.set_owed(connection, PAN, 5000, NOW)
    debts.agree(connection, PAN, Terms(percent_e2=2000))
    result = sold(connection, "r-1", 1000)
    assert (result.tendered_pence, result.debt_pence, result.debt_remaining_pence) == (1000, 200, 4800)
    assert (result.credit_pence, result.encoded_e5) == (800, 800_024)
    opened = decode(meter().key, result.token)
    assert isinstance(opened, Decoded)
    assert opened.amount_e5 == 800_024
    assert debts.owed_pence(connection, PAN) == 4800
    assert ledger.balances_pence(connection, PAN) == {"arrears": -5000, "debt": 4800, "sold": -800, "till": 1000}


def test_the_known_token_of_22_november_2026_comes_out(connection: sqlite3.Connection) -> None:
    """EA11 with the currency layout; the meter is another, so only the way of issuing is compared."""
    key = meter(pan="600727000000000009", address="00:0d:6f:00:0a:90:69:e8")
    meters.add(connection, key)
    with book.transaction(connection):
        result = vending.vend(connection, "r-2", key.pan, 800, CONFIG, NOW)
    assert isinstance(result, Vend)
    assert result.token == "71077203206291621629"


def test_the_same_request_returns_the_same_token_and_books_nothing_r30(connection: sqlite3.Connection) -> None:
    first = sold(connection, "r-1", 1000)
    before = ledger.entries(connection)
    again = sold(connection, "r-1", 1000, NOW + 3600)
    assert (again.token, again.tid, again.order.jti) == (first.token, first.tid, first.order.jti)
    assert (first.repeated, again.repeated) == (False, True)
    assert ledger.entries(connection) == before


def test_the_address_and_the_pan_name_the_same_request(connection: sqlite3.Connection) -> None:
    first = sold(connection, "r-1", 1000)
    again = sell(connection, "r-1", 1000, name=ADDRESS.upper())
    assert isinstance(again, Vend)
    assert again.token == first.token


def test_a_changed_body_is_refused_in_words_and_books_nothing(connection: sqlite3.Connection) -> None:
    sold(connection, "r-1", 1000)
    before = ledger.entries(connection)
    refused = sell(connection, "r-1", 1001)
    assert isinstance(refused, Refused)
    assert "another body" in refused.words
    assert ledger.entries(connection) == before


def test_a_given_token_under_a_request_that_sold_something_is_refused(connection: sqlite3.Connection) -> None:
    sold(connection, "r-1", 1000)
    assert isinstance(vending.send_token(connection, "r-1", PAN, "1" * 20, CONFIG, NOW), Refused)


def test_a_given_token_is_queued_as_it_is_and_nothing_is_booked(connection: sqlite3.Connection) -> None:
    order = vending.send_token(connection, "lab-1", PAN, "59386323472137426967", CONFIG, NOW)
    assert not isinstance(order, Refused)
    assert order.args == {"device": ADDRESS, "token": "59386323472137426967"}
    assert ledger.entries(connection) == []
    assert meters.find(connection, PAN) == meter()


def test_two_sales_in_one_minute_get_rising_identifiers(connection: sqlite3.Connection) -> None:
    tids = [sold(connection, f"r-{n}", 100, NOW + n).tid for n in range(5)]
    first = tid_at(datetime(2026, 11, 22, 12), 2014)
    assert tids == list(range(first, first + 5))


def test_the_minute_after_midnight_is_passed_over(connection: sqlite3.Connection) -> None:
    midnight = NOW + 12 * 3600
    tids = [sold(connection, f"r-{n}", 100, midnight + n).tid for n in range(3)]
    first = tid_at(datetime(2026, 11, 23), 2014)
    assert tids == [first, first + 2, first + 3]


def test_identifiers_rise_even_when_the_clock_goes_back(connection: sqlite3.Connection) -> None:
    later = sold(connection, "r-1", 100, NOW)
    assert sold(connection, "r-2", 100, NOW - 86_400).tid == later.tid + 1


@pytest.mark.parametrize(("pence", "words"), [(0, "buys nothing"), (50_001, "more than one payment may be")])
def test_an_amount_that_cannot_be_sold_is_refused_and_nothing_is_booked(
    connection: sqlite3.Connection, pence: int, words: str
) -> None:
    refused = sell(connection, "r-1", pence)
    assert isinstance(refused, Refused)
    assert words in refused.words
    assert ledger.entries(connection) == []
    assert orders.recent(connection, 10) == []


def test_an_amount_that_no_token_can_carry_is_refused(connection: sqlite3.Connection) -> None:
    limitless = HeadEndConfig(vending=VendingTable(max_pence=10**40))
    with book.transaction(connection):
        refused = vending.vend(connection, "r-1", PAN, 10**39, limitless, NOW)
    assert isinstance(refused, Refused)
    assert "no token can be issued" in refused.words


def test_a_meter_whose_base_has_run_out_is_refused_with_the_reason_and_the_way_on(
    connection: sqlite3.Connection,
) -> None:
    pan = "600727000000000009"
    meters.add(connection, meter(pan=pan, address="00:0d:6f:00:0a:90:69:e8", base=1993))
    refused = sell(connection, "r-1", 100, name=pan)
    assert isinstance(refused, Refused)
    assert "base 1993" in refused.words
    assert "2024-11-24" in refused.words
    assert f"hubctl head key-change --meter {pan} --rollover" in refused.words
    with book.transaction(connection):
        order = key_change.change(connection, "k-1", pan, Wanted(rollover=True), "mary", CONFIG, NOW)
    assert isinstance(order, Order), "what is named works"


def test_before_its_base_has_begun_a_meter_is_not_told_to_roll_over(connection: sqlite3.Connection) -> None:
    meters.add(connection, meter(base=2035))
    refused = sell(connection, "r-1", 100)
    assert isinstance(refused, Refused)
    assert "base 2035" in refused.words
    assert "--rollover" not in refused.words


@pytest.mark.parametrize("name", ["600727000000000009", "00:00:00:00:00:00:00:01", "nonsense", ""])
def test_an_unknown_meter_is_refused_by_name(connection: sqlite3.Connection, name: str) -> None:
    refused = sell(connection, "r-1", 100, name=name)
    assert isinstance(refused, Refused)
    assert "no meter" in refused.words


def test_changing_a_meter_keeps_its_identifiers_rising_and_a_new_base_counts_anew(
    connection: sqlite3.Connection,
) -> None:
    tid = sold(connection, "r-1", 100).tid
    assert meters.add(connection, meter(hub="hub-0002")) == "changed"  # type: ignore[arg-type]
    assert meters.find(connection, PAN).last_tid == tid  # type: ignore[union-attr]
    assert meters.add(connection, meter(hub="hub-0002")) == "kept"  # type: ignore[arg-type]
    meters.add(connection, meter(base=2035))
    assert meters.find(connection, PAN).last_tid == 0  # type: ignore[union-attr]


def test_an_address_belongs_to_one_meter(connection: sqlite3.Connection) -> None:
    assert isinstance(meters.add(connection, meter(pan="600727000000000009")), Refused)


def test_a_gas_meter_gets_a_gas_token(connection: sqlite3.Connection) -> None:
    gas = meter(pan="600727000000000009", address="00:0d:6f:00:0a:90:69:e8")
    meters.add(connection, type(gas)(gas.address, gas.hub, DeviceKind.GAS_METER, "GBP", gas.key))
    result = sell(connection, "r-1", 100, name=gas.pan)
    assert isinstance(result, Vend)
    opened = decode(gas.key, result.token)
    assert isinstance(opened, Decoded)
    assert opened.subclass == 6


_STEP = st.one_of(
    st.tuples(st.just("sell"), st.integers(-5, 60_000), st.integers(0, 3)),
    st.tuples(st.just("owe"), st.integers(0, 20_000), st.just(0)),
    st.tuples(st.just("percent"), st.integers(0, 9999), st.just(0)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(_STEP, max_size=25))
def test_whatever_happens_the_ledger_balances_and_shows_the_debt_r35(steps: list[tuple[str, int, int]]) -> None:
    connection = memory_book()
    meters.add(connection, meter())
    last_tid = 0
    for number, (what, value, back_s) in enumerate(steps):
        if what == "owe":
            debts.set_owed(connection, PAN, value, NOW)
            assert debts.owed_pence(connection, PAN) == value
        elif what == "percent":
            debts.agree(connection, PAN, Terms(percent_e2=value))
        else:
            owed = debts.owed_pence(connection, PAN)
            result = sell(connection, f"r-{number}", value, NOW + number - 60 * back_s)
            if isinstance(result, Vend):
                assert result.debt_remaining_pence == debts.owed_pence(connection, PAN) == owed - result.debt_pence
                assert result.tid > last_tid
                last_tid = result.tid
    assert sum(ledger.balances_pence(connection).values()) == 0
    postings: dict[str, int] = {}
    for entry in ledger.entries(connection):
        if entry.posting != "debt set":
            postings[entry.posting] = postings.get(entry.posting, 0) + entry.pence
    assert set(postings.values()) <= {0}
    connection.close()
