"""Changing a meter's key: one order, opened by the virtual meter; the book follows the meter, not the wish (R30)."""

import dataclasses
import sqlite3

import pytest

from hubd.bench.devices.prepaid.commodity import ELECTRICITY
from hubd.bench.devices.prepaid.token_acceptance import Acceptance, Limits, MeterSecret, Verdict, judge
from hubd.bench.devices.prepaid.token_memory import TokenMemory
from hubd.headend import (
    audit,
    book,
    key_change,
    key_change_end,
    ledger,
    meters,
    order_sendings,
    orders,
    reversal,
    vending,
)
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


def ends(
    connection: sqlite3.Connection,
    order: Order,
    outcome: str,
    result_code: int | None = None,
    case: str | None = None,
    now: float = NOW + 60,
) -> None:
    with book.transaction(connection):
        body = ReceiptBody(order.jti, "vend", outcome, True, ADDRESS, None, result_code, case=case)
        marked = orders.mark_receipt(connection, HUB, body, now)
        assert marked is not None
        key_change_end.settle(connection, marked, now)


def probe(connection: sqlite3.Connection, request: str = "p-1", now: float = NOW + 90) -> Order | Refused:
    with book.transaction(connection):
        return key_change.probe(connection, request, PAN, "mary", CONFIG, now)


def probed(connection: sqlite3.Connection, request: str = "p-1", now: float = NOW + 90) -> Order:
    order = probe(connection, request, now)
    assert isinstance(order, Order)
    return order


def stands(connection: sqlite3.Connection, now: float = NOW + 100) -> State:
    standing = key_change_end.find(connection, PAN, now)
    assert standing is not None
    return standing.state


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


SECTION_REFUSED = ("rejected", None, "key_change_refused")


@pytest.mark.parametrize(
    "end", [SECTION_REFUSED, ("refused", None, None), ("unreachable", None, "unreachable")], ids=lambda end: end[0]
)
def test_a_change_that_failed_leaves_the_book_and_sales_as_they_were_r30(
    connection: sqlite3.Connection, end: tuple[str, int | None, str | None]
) -> None:
    ends(connection, change(connection, krn=5), *end)
    assert key_of(connection).krn == 4
    assert isinstance(sell(connection, "r-1"), Vend)
    assert stands(connection) is State.FAILED
    assert audit.rows(connection)[-1].what is Deed.KEY_CHANGE_FAILED


@pytest.mark.parametrize(("result_code", "case"), [(3, "old"), (4, "too_much_credit"), (6, "value_too_large")])
def test_a_proof_that_the_meter_opened_and_refused_proves_the_new_key_all_the_same_r30(
    connection: sqlite3.Connection, result_code: int, case: str
) -> None:
    ends(connection, change(connection, krn=5), "rejected", result_code, case)
    assert (key_of(connection).krn, stands(connection)) == (5, State.PROVEN)
    assert audit.rows(connection)[-1].what is Deed.KEY_CHANGE_PROVEN


@pytest.mark.parametrize("result_code", [1, 0x7F, None])
def test_any_other_refusal_of_the_proof_leaves_the_end_open_and_a_probe_settles_it_r30(
    connection: sqlite3.Connection, result_code: int | None
) -> None:
    ends(connection, change(connection, krn=5), "rejected", result_code)
    assert (key_of(connection).krn, stands(connection)) == (4, State.UNKNOWN)
    assert audit.rows(connection)[-1].what is Deed.KEY_CHANGE_OPEN
    assert isinstance(sell(connection, "r-1"), Refused)
    ends(connection, probed(connection), "accepted", 0)
    assert key_of(connection).krn == 5


def test_a_change_refused_at_a_later_sending_may_be_under_way_from_an_earlier_one_r30(
    connection: sqlite3.Connection,
) -> None:
    order = change(connection, krn=5)
    for _ in range(2):
        order_sendings.count_sending(connection, order.jti)
    ends(connection, order, "refused")
    assert stands(connection) is State.UNKNOWN


@pytest.mark.parametrize(("result_code", "outcome", "krn"), [(0, "accepted", 5), (1, "rejected", 4)])
def test_an_end_that_leaves_it_open_stops_sales_until_a_probe_has_settled_it_r30(
    connection: sqlite3.Connection, result_code: int, outcome: str, krn: int
) -> None:
    first = change(connection, krn=5)
    ends(connection, first, "no_answer")
    refused = sell(connection, "r-1")
    assert isinstance(refused, Refused)
    assert "--probe" in refused.words
    proof = probed(connection)
    assert "before" not in proof.args, "a proof alone"
    ends(connection, proof, outcome, result_code)
    assert key_of(connection).krn == krn
    assert isinstance(sell(connection, "r-2"), Vend)


@pytest.mark.parametrize("outcome", ["unreachable", "refused", "expired", "no_answer"])
def test_a_probe_that_the_meter_never_judged_settles_nothing_r30(
    connection: sqlite3.Connection, outcome: str
) -> None:
    ends(connection, change(connection, krn=5), "no_answer")
    ends(connection, probed(connection), outcome)
    assert stands(connection) is State.UNKNOWN
    ends(connection, probed(connection, "p-2"), "rejected", 1)
    assert stands(connection) is State.FAILED


WEEK_OVER = NOW + 8 * 86_400.0


def test_a_change_without_a_receipt_in_its_time_is_open_and_a_probe_frees_the_meter_r30(
    connection: sqlite3.Connection,
) -> None:
    change(connection, krn=5)
    assert stands(connection, NOW + 6 * 86_400.0) is State.UNDER_WAY
    assert stands(connection, WEEK_OVER) is State.UNKNOWN
    for refused in (
        sell(connection, "r-1", WEEK_OVER),
        key_change.change(connection, "k-2", PAN, Wanted(krn=6), "mary", CONFIG, WEEK_OVER),
    ):
        assert isinstance(refused, Refused)
        assert "--probe" in refused.words
    proof = probed(connection, now=WEEK_OVER)
    assert stands(connection, WEEK_OVER) is State.UNDER_WAY
    ends(connection, proof, "rejected", 1, now=WEEK_OVER + 60)
    assert isinstance(sell(connection, "r-2", WEEK_OVER + 99), Vend)


@pytest.mark.parametrize("found", [None, ("no_answer", None), ("rejected", 1)], ids=str)
def test_a_change_that_ends_after_its_probe_was_sent_still_moves_the_book_with_the_meter_r30(
    connection: sqlite3.Connection, found: tuple[str, int | None] | None
) -> None:
    """The hub had the set all the time: it gives up later than the office does."""
    first = change(connection, krn=5)
    proof = probed(connection, now=WEEK_OVER)
    if found is not None:
        ends(connection, proof, *found, now=WEEK_OVER + 60)
    ends(connection, first, "accepted", 0, now=WEEK_OVER + 99)
    assert key_of(connection).krn == 5
    sale = sell(connection, "r-1", WEEK_OVER + 99)
    assert isinstance(sale, Vend), "one proof is enough"
    assert sale.tid > key_change_end.highest_tid(connection, PAN, 2014)


def test_a_late_word_about_a_key_that_was_left_again_does_not_move_the_book_back_r30(
    connection: sqlite3.Connection,
) -> None:
    first = change(connection, krn=5)
    ends(connection, probed(connection, now=WEEK_OVER), "rejected", 1, now=WEEK_OVER)
    with book.transaction(connection):
        second = key_change.change(connection, "k-2", PAN, Wanted(krn=6), "mary", CONFIG, WEEK_OVER)
    assert isinstance(second, Order)
    ends(connection, second, "accepted", 0, now=WEEK_OVER + 60)
    ends(connection, first, "accepted", 0, now=WEEK_OVER + 99)
    assert key_of(connection).krn == 6


def test_a_change_that_was_taken_for_failed_may_be_probed_as_well_r30(connection: sqlite3.Connection) -> None:
    ends(connection, change(connection, krn=5), *SECTION_REFUSED)
    ends(connection, probed(connection), "accepted", 0)
    assert key_of(connection).krn == 5


def test_a_key_that_expires_before_the_proof_is_refused_before_anything_is_issued(
    connection: sqlite3.Connection,
) -> None:
    """November 2026 is identifier 6,780,240 from 2014, so 103 in its upper eight bits."""
    refused = key_change.change(connection, "k-1", PAN, Wanted(krn=5, ken=102), "mary", CONFIG, NOW)
    assert isinstance(refused, Refused)
    assert "--ken" in refused.words
    assert (orders.recent(connection, 9), meters.find(connection, PAN)) == ([], meter())
    assert isinstance(change(connection, krn=5, ken=103), Order)


def test_a_receipt_that_comes_again_is_noted_once(connection: sqlite3.Connection) -> None:
    order = change(connection, krn=5)
    for _ in range(3):
        ends(connection, order, "no_answer")
    assert [row.what for row in audit.rows(connection)] == [Deed.KEY_CHANGE_ISSUED, Deed.KEY_CHANGE_OPEN]


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
