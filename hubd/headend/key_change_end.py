"""How a change of a meter's key stands and ends: the book follows the meter, not the wish.

The book has the new key for the meter only when the meter has taken the proof; until then nothing is sold to it,
because nobody could say under which key.
"""

import sqlite3
from dataclasses import dataclass, replace
from enum import StrEnum

from hubd.headend import audit, meters
from hubd.headend.audit import Deed
from hubd.headend.meters import Meter
from hubd.headend.orders import Order
from hubd.model.secret import Secret
from hubd.sts import MeterKey


class State(StrEnum):
    """How a key change stands."""

    UNDER_WAY = "under_way"
    PROVEN = "proven"
    FAILED = "failed"
    """The meter refused it: it is on the key it had."""
    UNKNOWN = "unknown"
    """The meter may be on either key."""


@dataclass(frozen=True, slots=True)
class Change:
    """One key change. `request` is that of its latest order."""

    pan: str
    request: str
    state: State
    old_name: str
    new: MeterKey
    tid: int


def find(connection: sqlite3.Connection, pan: str) -> Change | None:
    """The latest key change of a meter."""
    row = connection.execute("SELECT * FROM key_changes WHERE pan = ? ORDER BY rowid DESC LIMIT 1", (pan,)).fetchone()
    if row is None:
        return None
    secret = Secret(bytes(row["vending_key"]))
    new = MeterKey(pan, secret, row["sgc"], row["krn"], row["kt"], row["ti"], row["base"])
    return Change(pan, row["request"], State(row["state"]), row["old_name"], new, row["tid"])


def objection_to_selling(connection: sqlite3.Connection, pan: str) -> str | None:
    """Why nothing can be sold to this meter now."""
    standing = find(connection, pan)
    if standing is None or standing.state in (State.PROVEN, State.FAILED):
        return None
    if standing.state is State.UNDER_WAY:
        return "this meter's key is being changed: sell when that is over (hubctl head orders)"
    return "nobody knows which key this meter is on. Cure: hubctl head key-change --probe, then sell"


def settle(connection: sqlite3.Connection, order: Order, now: float) -> None:
    """The order of a key change has a final receipt: the book follows the meter, in the receipt's transaction."""
    row = connection.execute(
        "SELECT pan FROM key_changes WHERE request = ? AND state IN ('under_way', 'unknown')", (order.request,)
    ).fetchone()
    standing = find(connection, row[0]) if row is not None and order.final else None
    if standing is None:
        return
    state = _end_of(order)
    connection.execute("UPDATE key_changes SET state = ? WHERE request = ?", (state, order.request))
    meter = meters.find(connection, standing.pan)
    if state is State.PROVEN and isinstance(meter, Meter):
        meters.add(connection, replace(meter, key=standing.new))
        meters.raise_last_tid(connection, standing.pan, standing.tid)
    deed = Deed.KEY_CHANGE_PROVEN if state is State.PROVEN else Deed.KEY_CHANGE_FAILED
    audit.note(connection, now, deed, "meter", standing.pan, order.request, f"{order.outcome}: {state}")


def _end_of(order: Order) -> State:
    if order.outcome in ("accepted", "duplicate"):
        return State.PROVEN
    return State.FAILED if order.outcome in ("rejected", "refused", "unreachable") else State.UNKNOWN
