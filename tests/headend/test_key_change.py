"""Changing a meter's key: one order, opened by the virtual meter; the book follows the meter, not the wish (R30)."""

import dataclasses
import sqlite3

import pytest

from hubd.bench.devices.prepaid.commodity import ELECTRICITY
from hubd.bench.devices.prepaid.token_acceptance import Acceptance, Limits, MeterSecret, Verdict, judge
from hubd.bench.devices.prepaid.token_memory import TokenMemory
from hubd.headend import audit, book, key_change, key_change_end, ledger, meters, orders, reversal, vending
from hubd.headend.audit import Deed
from hubd.headend.home import HeadEndConfig
from hubd.headend.key_change import Wanted
from hubd.headend.key_change_end import State
from hubd.headend.meters import Meter
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.headend.vending import Vend
from hubd.sts import MeterKey
from hubd.wan.messages import ReceiptBody

from .conftest import ADDRESS, HUB, NOW, PAN, meter

CONFIG = HeadEndConfig()
LIMITS = Limits(99_999_000, 50_000_000, 25_000, ELECTRICITY)


def change(connection: sqlite3.Connection, request: str = "k-1", now: float = NOW, **wanted: object) -> Order:
    with book.transaction(connection):
        order = key_change.change(connection, request, PAN, Wanted(**wanted), "mary", CONFIG, now)  # type: ignore[arg-type]
    assert isinstance(order, Order)
    return order


def ends(connection: sqlite3.Connection, order: Order, outcome: str) -> None:
    with book.transaction(connection):
        body = ReceiptBody(order.jti, "vend", outcome, True, ADDRESS)
        marked = orders.mark_receipt(connection, HUB, body, NOW + 60)
        assert marked is not None
        key_change_end.settle(connection, marked, NOW + 60)


def key_of(connection: sqlite3.Connection) -> MeterKey:
    found = meters.find(connection, PAN)
    assert isinstance(found, Meter)
    assert isinstance(found.key, MeterKey)
    return found.key


def sell(connection: sqlite3.Connection, request: str, now: float = NOW + 120) -> Vend | Refused:
    with book.transaction(connection):
        return vending.vend(connection, request, PAN, 500, CONFIG, now)


def virtual_meter(key: MeterKey) -> Acceptance:
    return Acceptance(MeterSecret(key.decoder_key(), key.base), TokenMemory(50))


def test_the_order_brings_the_meter_onto_the_new_key_and_credit_follows_r30(connection: sqlite3.Connection) -> None:
    state = virtual_meter(key_of(connection))
    order = change(connection, krn=5)
    args = order.args
    assert len(args["before"]) == 4
    for digits in (*args["before"], args["token"]):
        state, judgement = judge(state, digits, 0, LIMITS, NOW)
        assert judgement.verdict is Verdict.ACCEPTED
        assert judgement.amount_e5 == 0
    assert isinstance(sell(connection, "r-1"), Refused), "not before the meter has proven it"
    assert key_of(connection).krn == 4
    ends(connection, order, "accepted")
    assert key_of(connection).krn == 5
    sale = sell(connection, "r-2")
    assert isinstance(sale, Vend)
    state, judgement = judge(state, sale.token, 0, LIMITS, NOW)
    assert (judgement.verdict, judgement.amount_e5) == (Verdict.ACCEPTED, sale.encoded_e5)
    assert ledger.balances_pence(connection) == {"sold": -500, "till": 500}, "a change of key is no sale"
    assert [row.what for row in audit.rows(connection)] == [Deed.KEY_CHANGE_ISSUED, Deed.KEY_CHANGE_PROVEN]


def test_a_rollover_goes_to_the_next_base_and_identifiers_count_from_there_r30(
    connection: sqlite3.Connection,
) -> None:
    meters.add(connection, meter(pan="600727000000000009", address="00:0d:6f:00:0a:90:69:e8", base=1993))
    with book.transaction(connection):
        order = key_change.change(
            connection, "k-9", "600727000000000009", Wanted(krn=5, rollover=True), "mary", CONFIG, NOW
        )
    assert isinstance(order, Order), "though the old base can issue nothing any more"
    state = virtual_meter(meter(pan="600727000000000009", base=1993).key)  # type: ignore[arg-type]
    for digits in (*order.args["before"], order.args["token"]):
        state, judgement = judge(state, digits, 0, LIMITS, NOW)
        assert judgement.verdict is Verdict.ACCEPTED
    assert state.secret.base == 2014
    ends(connection, order, "accepted")
    moved = meters.find(connection, "600727000000000009")
    assert isinstance(moved, Meter)
    assert isinstance(moved.key, MeterKey)
    assert moved.key.base == 2014
    sale = vending.vend(connection, "r-9", "600727000000000009", 500, CONFIG, NOW)
    assert isinstance(sale, Vend)
    assert judge(state, sale.token, 0, LIMITS, NOW)[1].verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("outcome", ["rejected", "refused", "unreachable"])
def test_a_change_that_failed_leaves_the_book_and_sales_as_they_were_r30(
    connection: sqlite3.Connection, outcome: str
) -> None:
    ends(connection, change(connection, krn=5), outcome)
    assert key_of(connection).krn == 4
    assert isinstance(sell(connection, "r-1"), Vend)
    standing = key_change_end.find(connection, PAN)
    assert standing is not None
    assert standing.state is State.FAILED


@pytest.mark.parametrize(("found", "krn"), [("accepted", 5), ("rejected", 4)])
def test_an_end_that_leaves_it_open_stops_sales_until_a_probe_has_settled_it_r30(
    connection: sqlite3.Connection, found: str, krn: int
) -> None:
    first = change(connection, krn=5)
    ends(connection, first, "no_answer")
    refused = sell(connection, "r-1")
    assert isinstance(refused, Refused)
    assert "--probe" in refused.words
    with book.transaction(connection):
        probe = key_change.probe(connection, "p-1", PAN, "mary", CONFIG, NOW + 90)
    assert isinstance(probe, Order)
    assert "before" not in probe.args, "a proof alone"
    ends(connection, probe, found)
    assert key_of(connection).krn == krn
    assert isinstance(sell(connection, "r-2"), Vend)


def test_the_same_request_is_the_same_order_and_nothing_to_change_is_refused(connection: sqlite3.Connection) -> None:
    first = change(connection, krn=5)
    assert change(connection, now=NOW + 999, krn=5).jti == first.jti
    assert isinstance(key_change.change(connection, "k-1", PAN, Wanted(krn=6), "mary", CONFIG, NOW), Refused)
    assert isinstance(key_change.change(connection, "k-2", PAN, Wanted(krn=6), "mary", CONFIG, NOW), Refused)
    ends(connection, first, "accepted")
    for wanted in (Wanted(), Wanted(krn=10), Wanted(ken=256, krn=6)):
        assert isinstance(key_change.change(connection, "k-3", PAN, wanted, "mary", CONFIG, NOW), Refused)
    assert isinstance(key_change.probe(connection, "p-1", PAN, "mary", CONFIG, NOW), Refused)


def test_a_code_of_a_key_that_was_left_behind_is_not_given_back_money_for(connection: sqlite3.Connection) -> None:
    sale = sell(connection, "r-1", NOW)
    assert isinstance(sale, Vend)
    ends(connection, change(connection, krn=5), "accepted")
    body = ReceiptBody(sale.order.jti, "vend", "rejected", True, ADDRESS, "words", 1)
    orders.mark_receipt(connection, HUB, body, NOW + 99)
    refused = reversal.reverse(connection, "r-1", "mary", NOW + 100)
    assert isinstance(refused, Refused), "it may have been keyed in before the change"


def test_no_section_and_no_key_is_in_the_audit(connection: sqlite3.Connection) -> None:
    order = change(connection, krn=5)
    text = str([dataclasses.asdict(row) for row in audit.rows(connection)])
    assert not [code for code in (*order.args["before"], order.args["token"]) if code in text]
    assert "krn 4" in text
    assert "krn 5" in text
