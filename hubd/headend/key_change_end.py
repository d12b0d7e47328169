"""How a change of a meter's key stands and ends: the book follows the meter, not the wish.

The book has the new key for the meter only when the meter has opened the proof; until then nothing is sold to it,
because nobody could say under which key.

    end of the order                                        the meter is         state
    accepted, duplicate                                     on the new key       PROVEN
    the proof refused for what it says (0x03, 0x04, 0x06)   on the new key       PROVEN: it was opened
    a section refused (case `key_change_refused`)           on the key it had    FAILED
    the set never out, or not all of it (refused at its     on the key it had    FAILED
      first sending, unreachable)
    a probe that the meter cannot open (0x01)               on the key it had    FAILED
    anything else: no answer, no receipt in time, the       on either            UNKNOWN: a probe settles it
      proof behind a set refused otherwise, a probe that
      was never judged
"""

import sqlite3
from dataclasses import dataclass, replace
from enum import StrEnum

from hubd.headend import audit, meters, orders
from hubd.headend.audit import Deed
from hubd.headend.meters import Meter
from hubd.headend.orders import Order
from hubd.model.secret import Secret
from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import TopUpResult
from hubd.sts import MeterKey
from hubd.wan.messages import ReceiptBody


class State(StrEnum):
    """How a key change stands."""

    UNDER_WAY = "under_way"
    PROVEN = "proven"
    FAILED = "failed"
    """The meter is on the key it had, as far as is known; a probe may be sent all the same."""
    UNKNOWN = "unknown"
    """The meter may be on either key."""


@dataclass(frozen=True, slots=True)
class Change:
    """One order of a key change: the set with its proof, or a probe."""

    pan: str
    request: str
    state: State
    old_name: str
    new: MeterKey

    @property
    def new_name(self) -> str:
        """What selects the new key."""
        return meters.name_of(self.new)


_OPENED = frozenset(
    {
        TopUpResult.REJECTED_ERROR,
        TopUpResult.REJECTED_MAX_CREDIT_REACHED,
        TopUpResult.REJECTED_TOP_UP_VALUE_TOO_LARGE,
    }
)
"""Refusals by which a meter says that it has read the code."""

_SAME_KEY = "pan = ? AND vending_key = ? AND sgc = ? AND krn = ? AND kt = ? AND ti = ? AND base = ?"

_DEEDS = {State.PROVEN: Deed.KEY_CHANGE_PROVEN, State.FAILED: Deed.KEY_CHANGE_FAILED}


def find(connection: sqlite3.Connection, pan: str, now: float) -> Change | None:
    """The latest key change of a meter."""
    row = connection.execute(
        "SELECT request FROM key_changes WHERE pan = ? ORDER BY rowid DESC LIMIT 1", (pan,)
    ).fetchone()
    return None if row is None else of_request(connection, row[0], now)


def every(connection: sqlite3.Connection, pan: str, now: float) -> list[Change]:
    """All key changes of a meter, oldest first."""
    rows = connection.execute("SELECT request FROM key_changes WHERE pan = ? ORDER BY rowid", (pan,)).fetchall()
    return [of_request(connection, row[0], now) for row in rows]


def of_request(connection: sqlite3.Connection, request: str, now: float) -> Change:
    """The key change that this order belongs to. Raises KeyError."""
    row = connection.execute("SELECT * FROM key_changes WHERE request = ?", (request,)).fetchone()
    if row is None:
        raise KeyError(request)
    change = _change(row)
    lost = change.state is State.UNDER_WAY and orders.find(connection, request).overdue(now)
    return replace(change, state=State.UNKNOWN) if lost else change


def objection_to_selling(connection: sqlite3.Connection, pan: str, now: float) -> str | None:
    """Why nothing can be sold to this meter now."""
    standing = find(connection, pan, now)
    if standing is None or standing.state in (State.PROVEN, State.FAILED):
        return None
    if standing.state is State.UNDER_WAY:
        return "this meter's key is being changed: sell when that is over (hubctl head orders)"
    return "nobody knows which key this meter is on. Cure: hubctl head key-change --probe, then sell"


def highest_tid(connection: sqlite3.Connection, pan: str, base: int) -> int:
    """The highest identifier of a proof that was issued to this meter in this base; 0 where none was."""
    row = connection.execute("SELECT max(tid) FROM key_changes WHERE pan = ? AND base = ?", (pan, base)).fetchone()
    return int(row[0] or 0)


def settle(connection: sqlite3.Connection, order: Order, now: float) -> None:
    """The order of a key change has a final receipt: the book follows the meter, in the receipt's transaction. A
    receipt that comes again changes nothing; a change that is proven stays so.
    """
    row = connection.execute("SELECT * FROM key_changes WHERE request = ?", (order.request,)).fetchone()
    if row is None or not order.final:
        return
    change, end = _change(row), _end_of(order)
    if change.state in (State.PROVEN, end):
        return
    connection.execute("UPDATE key_changes SET state = ? WHERE request = ?", (end, order.request))
    if end is State.PROVEN and not _was_left_since(connection, order.request):
        _take_over(connection, change)
    deed = _DEEDS.get(end, Deed.KEY_CHANGE_OPEN)
    audit.note(connection, now, deed, "meter", change.pan, order.request, f"{order.outcome}: {end}")


def _take_over(connection: sqlite3.Connection, proven: Change) -> None:
    """The book has the new key, and no other order is needed to prove it."""
    new = proven.new
    key = (new.pan, new.vending_key.reveal(), new.sgc, new.krn, new.kt, new.ti, new.base)
    connection.execute(
        f"UPDATE key_changes SET state = 'proven' WHERE state IN ('under_way', 'unknown') AND {_SAME_KEY}",  # noqa: S608
        key,
    )
    meter = meters.find(connection, proven.pan)
    if isinstance(meter, Meter):
        meters.add(connection, replace(meter, key=new))
        meters.raise_last_tid(connection, proven.pan, highest_tid(connection, proven.pan, new.base))


def _was_left_since(connection: sqlite3.Connection, request: str) -> bool:
    """Whether a later change of this meter is proven: then this one's late receipt says nothing about today."""
    row = connection.execute(
        "SELECT 1 FROM key_changes AS later JOIN key_changes AS this USING (pan) "
        "WHERE this.request = ? AND later.rowid > this.rowid AND later.state = 'proven'",
        (request,),
    ).fetchone()
    return row is not None


def _end_of(order: Order) -> State:
    if order.outcome in orders.TAKEN:
        return State.PROVEN
    is_probe = not order.args.get("before")
    if order.outcome == "rejected":
        return _end_of_rejection(order.receipt, is_probe)
    if is_probe:
        return State.UNKNOWN
    if order.outcome == "unreachable":
        return State.FAILED
    # The refusal of a later sending says nothing about the first.
    return State.FAILED if order.outcome == "refused" and order.sendings <= 1 else State.UNKNOWN


def _end_of_rejection(receipt: ReceiptBody | None, is_probe: bool) -> State:
    if receipt is None:
        return State.UNKNOWN
    if receipt.case == TopUpCase.KEY_CHANGE_REFUSED:
        return State.FAILED
    if receipt.result_code in _OPENED:
        return State.PROVEN
    cannot_open = receipt.result_code == TopUpResult.REJECTED_INVALID_TOP_UP
    return State.FAILED if is_probe and cannot_open else State.UNKNOWN


def _change(row: sqlite3.Row) -> Change:
    secret = Secret(bytes(row["vending_key"]))
    new = MeterKey(row["pan"], secret, row["sgc"], row["krn"], row["kt"], row["ti"], row["base"])
    return Change(row["pan"], row["request"], State(row["state"]), row["old_name"], new)
