"""Turning a sale back, where that is honest: never for a code that a meter may still take.

A code cannot be called back: whoever has read it may key it in, in a year too. So a sale is turned back on one of two
grounds only, and both are proven from the book:

| ground | proof |
|---|---|
| `never_left` | the sale was held: its code was neither shown to anybody nor sent |
| `wrong_key` | the meter said that it cannot open the code, and was never on that key, as far as the book can know;
  the book has another key for it since, and never gives it the former one again (`is_burnt`) |

Everything else is answered with what helps instead. No answer, a meter out of reach, a lock, credit that is full,
"too old" (it may have been taken long ago): in each of them the code may be, or may become, money on the meter.
The reversal is the exact opposite posting; the sale's own stays.
"""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from hubd.headend import audit, key_change_end, ledger, meters, orders, vending
from hubd.headend.audit import Deed
from hubd.headend.key_change_end import State
from hubd.headend.meters import Meter
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.headend.vending import Vend
from hubd.model.topup import TopUpResult

_KEY_IT_IN = (
    "Cure: hubctl head reprint, and have the customer key it in; "
    "if the meter has had it, it says so, and nothing is lost"
)


class Ground(StrEnum):
    """Why no meter can ever take the code."""

    NEVER_LEFT = "never_left"
    WRONG_KEY = "wrong_key"


@dataclass(frozen=True, slots=True, repr=False)
class Reversal:
    """A sale turned back: what the customer gets back, and whether it was so before."""

    sold: Vend
    posting: str
    repeated: bool


def reverse(connection: sqlite3.Connection, request: str, by_whom: str, now: float) -> Reversal | Refused:
    """Judge, and where it may be, turn back; in the caller's transaction. A refusal leaves its row in the audit."""
    sold = vending.find(connection, request)
    if sold is None:
        return Refused(f"no sale was made under request {request!r}. Cure: look at: hubctl head orders")
    if sold.reversed_unix_s is not None:
        return Reversal(sold, f"reversal of {request}", repeated=True)
    ground = _ground(connection, sold, now)
    if isinstance(ground, Refused):
        audit.note(connection, now, Deed.REVERSAL_REFUSED, by_whom, sold.pan, request, ground.words)
        return ground
    connection.execute("UPDATE vends SET reversed_unix_s = ? WHERE request = ?", (now, request))
    orders.withdraw(connection, request)
    posting = ledger.turn_back(connection, request, now)
    audit.note(connection, now, Deed.REVERSED, by_whom, sold.pan, request, ground)
    turned = vending.find(connection, request)
    assert turned is not None
    return Reversal(turned, posting, repeated=False)


def is_burnt(connection: sqlite3.Connection, pan: str, key_name: str) -> bool:
    """Whether the meter must never be given this key: a code under it was shown, and its money was given back."""
    row = connection.execute(
        "SELECT 1 FROM vends WHERE pan = ? AND key_name = ? AND reversed_unix_s IS NOT NULL AND NOT held",
        (pan, key_name),
    ).fetchone()
    return row is not None


def _ground(connection: sqlite3.Connection, sold: Vend, now: float) -> Ground | Refused:
    if sold.held:
        return Ground.NEVER_LEFT
    words = _objection_of_outcome(connection, sold, now) or _objection_of_key(connection, sold, now)
    return Ground.WRONG_KEY if words is None else Refused(words)


def _objection_of_outcome(connection: sqlite3.Connection, sold: Vend, now: float) -> str | None:
    order, sent = sold.order, orders.with_code(connection, sold.token)
    if any(one.outcome in orders.TAKEN for one in sent):
        return "the meter has taken this code: its credit is there, and cannot be given back twice"
    if any(not one.final and not one.overdue(now) for one in sent):
        return (
            "the code is on its way or in somebody's hand, and the meter may still take it. Cure: wait for the "
            "receipt (hubctl head orders); to give the code out again: hubctl head reprint"
        )
    if any(_cannot_be_opened(connection, sold, one) for one in sent):
        return None
    if order.overdue(now):
        return f"the code was not delivered in time, and the meter may still take it by hand. {_KEY_IT_IN}"
    return f"the order ended as {order.outcome}, and the meter may still take the code by hand. {_KEY_IT_IN}"


def _cannot_be_opened(connection: sqlite3.Connection, sold: Vend, order: Order) -> bool:
    """The meter itself said so: what stands at another address has no say."""
    meter = meters.find(connection, sold.pan)
    return (
        order.receipt is not None
        and order.receipt.result_code == TopUpResult.REJECTED_INVALID_TOP_UP
        and isinstance(meter, Meter)
        and order.device == meter.address
    )


def _objection_of_key(connection: sqlite3.Connection, sold: Vend, now: float) -> str | None:
    if _was_ever_on(connection, sold, now):
        return (
            "the meter has been on the key of this code, or was to be brought onto it, and may have taken it by hand "
            "then. Cure: hubctl head reprint, and have the meter asked once more; look at its own list of top-ups"
        )
    if _may_come_onto(connection, sold, now):
        return (
            "the meter is being brought onto the key of this code, and could open it then. Cure: wait for the end of "
            "that (hubctl head orders), then ask again"
        )
    meter = meters.find(connection, sold.pan)
    if isinstance(meter, Refused) or meter.key_name == sold.key_name:
        return (
            "the meter cannot open the code now, but would if it came onto the key that the book has for it. Cure: "
            "find the meter's true key data and correct them (hubctl head meter-add), then ask again"
        )
    return None


def _was_ever_on(connection: sqlite3.Connection, sold: Vend, now: float) -> bool:
    """Whether the meter took any code under this key, was brought away from it, or was to be brought onto it, even
    where that is said to have failed: a hub that lost its memory carries a change out again, and hears of a refusal
    what the first time had done. Then this code may have been taken too, out of our sight.
    """
    took_one = connection.execute(
        "SELECT 1 FROM vends JOIN orders USING (request) WHERE pan = ? AND key_name = ? "
        "AND outcome IN ('accepted', 'duplicate')",
        (sold.pan, sold.key_name),
    ).fetchone()
    changes = key_change_end.every(connection, sold.pan, now)
    left = any(one.old_name == sold.key_name and one.state is State.PROVEN for one in changes)
    ended = any(one.new_name == sold.key_name and one.state in (State.PROVEN, State.FAILED) for one in changes)
    return took_one is not None or left or ended


def _may_come_onto(connection: sqlite3.Connection, sold: Vend, now: float) -> bool:
    changes = key_change_end.every(connection, sold.pan, now)
    return any(one.new_name == sold.key_name and one.state in (State.UNDER_WAY, State.UNKNOWN) for one in changes)
