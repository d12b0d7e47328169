"""Reprints, held sales and reversals: money is given back only for a code that no meter can ever take."""

import dataclasses
import sqlite3
from typing import Any

import pytest

from hubd.headend import (
    audit,
    book,
    customer_statement,
    debts,
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
from hubd.headend.customer_statement import Statement
from hubd.headend.debts import Terms
from hubd.headend.home import HeadEndConfig
from hubd.headend.key_change import Wanted
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.headend.reversal import Reversal
from hubd.headend.vending import Vend
from hubd.model.identity import Eui64
from hubd.model.roles import Role
from hubd.wan.messages import ReceiptBody

from .conftest import ADDRESS, HUB, NOW, OTHER_HUB, PAN, meter

CONFIG = HeadEndConfig()


def sold(connection: sqlite3.Connection, request: str = "r-1", pence: int = 1000, **other: Any) -> Vend:
    with book.transaction(connection):
        result = vending.vend(connection, request, PAN, pence, CONFIG, NOW, **other)
    assert isinstance(result, Vend)
    return result


def answered(
    connection: sqlite3.Connection, sale: Vend, outcome: str, result_code: int | None, final: bool = True
) -> None:
    body = ReceiptBody(sale.order.jti, "vend", outcome, final, ADDRESS, "words", result_code)
    assert orders.mark_receipt(connection, HUB, body, NOW + 5) is not None


def reverse(connection: sqlite3.Connection, request: str = "r-1") -> Reversal | Refused:
    with book.transaction(connection):
        return reversal.reverse(connection, request, "mary", NOW + 10)


def with_another_key(krn: int = 5) -> meters.Meter:
    known = meter()
    return dataclasses.replace(known, key=dataclasses.replace(known.key, krn=krn))


def test_a_reprint_is_the_same_code_and_leaves_a_row_with_no_digit_of_it(connection: sqlite3.Connection) -> None:
    first = sold(connection)
    again = vending.reprint(connection, "r-1", "mary", NOW + 60)
    assert isinstance(again, Vend)
    assert (again.token, again.tid) == (first.token, first.tid)
    (row,) = audit.rows(connection, PAN)
    assert (row.what, row.by_whom, row.request) == (Deed.REPRINTED, "mary", "r-1")
    assert first.token not in str(row)
    assert isinstance(vending.reprint(connection, "r-2", "mary", NOW), Refused)


def test_a_held_sale_is_booked_but_neither_shown_nor_sent_until_released(connection: sqlite3.Connection) -> None:
    held = sold(connection, held=True)
    assert held.held
    assert ledger.balance_pence(connection, PAN, "till") == 1000
    assert order_sendings.due(connection, [Role.VENDING], [], NOW + 86_400) == []
    assert isinstance(vending.reprint(connection, "r-1", "mary", NOW), Refused)
    released = sold(connection)
    assert (released.token, released.held) == (held.token, False)
    assert [order.request for order in order_sendings.due(connection, [Role.VENDING], [], NOW)] == ["r-1"]
    assert [row.what for row in audit.rows(connection)] == [Deed.HELD, Deed.RELEASED]
    assert sold(connection, held=True).held is False, "what was shown cannot be held any more"


def test_a_held_sale_is_turned_back_to_the_last_penny_and_never_sold_again(connection: sqlite3.Connection) -> None:
    debts.set_owed(connection, PAN, 5000, NOW)
    debts.set_owed(connection, PAN, 300, NOW, "meter")
    debts.agree(connection, PAN, Terms(percent_e2=2000))
    debts.agree(connection, PAN, Terms("meter", 1, 500))
    before = ledger.balances_pence(connection, PAN)
    sold(connection, held=True)
    done = reverse(connection)
    assert isinstance(done, Reversal)
    assert not done.repeated
    assert ledger.balances_pence(connection, PAN) == before | {"till": 0, "sold": 0}
    assert (debts.owed_pence(connection, PAN, "debt"), debts.owed_pence(connection, PAN, "meter")) == (5000, 300)
    assert ledger.unbalanced(connection) == []
    entries = ledger.entries(connection)
    again = reverse(connection)
    assert isinstance(again, Reversal)
    assert again.repeated
    assert ledger.entries(connection) == entries, "asked twice, turned back once"
    assert isinstance(vending.vend(connection, "r-1", PAN, 1000, CONFIG, NOW), Refused)
    assert isinstance(vending.reprint(connection, "r-1", "mary", NOW), Refused)
    assert order_sendings.due(connection, [Role.VENDING], [], NOW + 10**16) == []
    order = orders.find(connection, "r-1")
    assert (order.final, order.outcome) == (True, "reversed")


@pytest.mark.parametrize(
    ("outcome", "result_code", "final", "says"),
    [
        (None, None, False, "may still take it"),
        ("deferred", 5, False, "may still take it"),
        ("accepted", 0, True, "has taken this code"),
        ("accepted", 2, True, "has taken this code"),
        ("duplicate", 2, True, "has taken this code"),
        ("no_answer", None, True, "may still take the code by hand"),
        ("unreachable", None, True, "may still take the code by hand"),
        ("expired", 5, True, "may still take the code by hand"),
        ("refused", None, True, "may still take the code by hand"),
        ("rejected", 3, True, "may still take the code by hand"),
        ("rejected", 6, True, "may still take the code by hand"),
        ("rejected", 1, True, "would if it came onto the key"),
    ],
)
def test_money_is_never_given_back_for_a_code_that_a_meter_may_still_take(
    connection: sqlite3.Connection, outcome: str | None, result_code: int | None, final: bool, says: str
) -> None:
    sale = sold(connection)
    if outcome is not None:
        answered(connection, sale, outcome, result_code, final)
    before = ledger.entries(connection)
    refused = reverse(connection)
    assert isinstance(refused, Refused)
    assert says in refused.words
    assert ledger.entries(connection) == before
    (row,) = audit.rows(connection)
    assert (row.what, row.detail) == (Deed.REVERSAL_REFUSED, refused.words)


def test_a_sale_that_was_not_delivered_in_time_is_keyed_in_and_its_money_stays(
    connection: sqlite3.Connection,
) -> None:
    sale = sold(connection)
    late = NOW + 8 * 86_400.0
    assert not sale.order.overdue(NOW + 6 * 86_400.0)
    assert sale.order.overdue(late)
    refused = reversal.reverse(connection, "r-1", "mary", late)
    assert isinstance(refused, Refused)
    assert "not delivered in time" in refused.words
    assert "hubctl head reprint" in refused.words
    assert isinstance(vending.reprint(connection, "r-1", "mary", late), Vend)
    made = customer_statement.of_meter(connection, PAN, 0.0, 1e12, late)
    assert isinstance(made, Statement)
    assert made.lines[0].at_the_meter == "Not delivered in time: ask for the code and key it in, it counts once."


def test_a_sale_that_is_held_is_never_late(connection: sqlite3.Connection) -> None:
    held = sold(connection, held=True)
    assert (held.order.held, held.order.overdue(NOW + 10**9)) == (True, False)
    assert not sold(connection).order.held


def test_a_code_under_a_key_the_meter_never_was_on_is_turned_back_and_the_key_is_burnt(
    connection: sqlite3.Connection,
) -> None:
    answered(connection, sold(connection), "rejected", 1)
    assert meters.add(connection, with_another_key()) == "changed"
    assert isinstance(reverse(connection), Reversal)
    refused = meters.add(connection, meter())
    assert isinstance(refused, Refused)
    assert "never this key again" in refused.words
    assert meters.add(connection, with_another_key(6)) == "changed"


def test_not_where_the_meter_ever_took_a_code_under_that_key(connection: sqlite3.Connection) -> None:
    answered(connection, sold(connection, "r-0"), "accepted", 0)
    answered(connection, sold(connection), "rejected", 1)
    meters.add(connection, with_another_key())
    refused = reverse(connection)
    assert isinstance(refused, Refused)
    assert "may have taken it by hand then" in refused.words


def sent_again(connection: sqlite3.Connection, sale: Vend, outcome: str, result_code: int | None) -> None:
    """The office sends the code of a sale by hand (`vend --token`), and the meter answers."""
    with book.transaction(connection):
        order = vending.send_token(connection, "again-1", PAN, sale.token, CONFIG, NOW + 6)
    assert isinstance(order, Order)
    case = "credited" if outcome == "accepted" else None
    body = ReceiptBody(order.jti, "vend", outcome, True, ADDRESS, "words", result_code, case=case)
    assert orders.mark_receipt(connection, HUB, body, NOW + 7) is not None


def test_a_code_that_was_sent_again_and_taken_is_credit_on_the_meter(connection: sqlite3.Connection) -> None:
    sale = sold(connection)
    answered(connection, sale, "refused", None)
    sent_again(connection, sale, "accepted", 0)
    refused = reverse(connection)
    assert isinstance(refused, Refused)
    assert "has taken this code" in refused.words
    made = customer_statement.of_meter(connection, PAN, 0.0, 1e12, NOW + 9)
    assert isinstance(made, Statement)
    assert made.lines[0].at_the_meter == "Credited."


def test_a_code_that_was_sent_again_and_cannot_be_opened_is_proof_as_the_first_sending_would_be(
    connection: sqlite3.Connection,
) -> None:
    sale = sold(connection)
    answered(connection, sale, "refused", None)
    sent_again(connection, sale, "rejected", 1)
    meters.add(connection, with_another_key())
    assert isinstance(reverse(connection), Reversal)


def test_what_another_address_could_not_open_proves_nothing(connection: sqlite3.Connection) -> None:
    """The book had the address of another meter: that one's word says nothing of the meter that the code is for."""
    answered(connection, sold(connection), "rejected", 1)
    meters.add(connection, dataclasses.replace(with_another_key(), address=Eui64("00:0d:6f:00:0a:90:69:f9")))
    assert isinstance(reverse(connection), Refused)


def key_changed_to(connection: sqlite3.Connection, krn: int, outcome: str | None, request: str = "k-1") -> None:
    """A change of the meter's key is issued; with an outcome, it ends so."""
    with book.transaction(connection):
        order = key_change.change(connection, request, PAN, Wanted(krn=krn), "mary", CONFIG, NOW + 6)
        assert isinstance(order, Order)
        if outcome is not None:
            marked = orders.mark_receipt(
                connection, HUB, ReceiptBody(order.jti, "vend", outcome, True, ADDRESS), NOW + 7
            )
            assert marked is not None
            key_change_end.settle(connection, marked, NOW + 7)


def test_not_while_the_meter_is_being_brought_onto_the_key_of_the_code(connection: sqlite3.Connection) -> None:
    """The book had key 5 by mistake; corrected to 4, the meter is then really brought from 4 to 5."""
    meters.add(connection, with_another_key())
    answered(connection, sold(connection), "rejected", 1)
    meters.add(connection, meter())
    key_changed_to(connection, 5, None)
    refused = reverse(connection)
    assert isinstance(refused, Refused)
    assert "is being brought onto the key of this code" in refused.words


def test_not_where_the_meter_was_ever_brought_onto_the_key_of_the_code(connection: sqlite3.Connection) -> None:
    meters.add(connection, with_another_key())
    answered(connection, sold(connection), "rejected", 1)
    meters.add(connection, meter())
    key_changed_to(connection, 5, "accepted")
    meters.add(connection, with_another_key(6))
    refused = reverse(connection)
    assert isinstance(refused, Refused)
    assert "may have taken it by hand then" in refused.words


def test_a_held_sale_is_not_released_under_a_key_that_the_meter_has_left_or_may_have(
    connection: sqlite3.Connection,
) -> None:
    sold(connection, held=True)
    key_changed_to(connection, 5, None)
    for _ in range(2):
        refused = vending.vend(connection, "r-1", PAN, 1000, CONFIG, NOW + 9)
        assert isinstance(refused, Refused)
        assert vending.find(connection, "r-1").held  # type: ignore[union-attr]
        meters.add(connection, with_another_key())
        connection.execute("UPDATE key_changes SET state = 'proven'")
    assert "reverse-advice" in refused.words
    assert isinstance(reverse(connection), Reversal), "its money can be given back"


def test_a_held_sale_is_released_to_where_the_meter_is_now(connection: sqlite3.Connection) -> None:
    held = sold(connection, held=True)
    meters.add(connection, dataclasses.replace(meter(hub=OTHER_HUB), address=Eui64("00:0d:6f:00:0a:90:69:f9")))
    released = sold(connection).order
    assert (released.hub, released.device) == (OTHER_HUB, "00:0d:6f:00:0a:90:69:f9")
    assert released.args == {"device": "00:0d:6f:00:0a:90:69:f9", "token": held.token}


def test_a_request_with_a_space_cannot_take_the_name_of_a_posting(connection: sqlite3.Connection) -> None:
    for request in ("debt set", "reversal of r-1"):
        assert isinstance(vending.vend(connection, request, PAN, 1000, CONFIG, NOW), Refused)
