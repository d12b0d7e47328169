"""The installer's notes, kept with their visit. Where it is closed its statement goes out again, with them.

A visit may close itself while the installer still reads off the old meter, and its statement is due within five days
(R16): so long notes are taken.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final

import msgspec

from hubd.console import ConsoleRefusedError
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import visits
from hubd.store.visits import VisitRow
from hubd.utility.commissioning import notes
from hubd.utility.commissioning.stated_again import state_again
from hubd.wan.statement import VisitNotes

LATE_NOTES_S: Final = 5 * 86_400.0


@dataclass(frozen=True, slots=True)
class Noted:
    """What stands there now. `sent_again`: the visit was closed, and its statement goes out once more."""

    visit: str
    notes: VisitNotes
    sent_again: bool


def note(connection: sqlite3.Connection, visit: str | None, given: VisitNotes, at: Stamp) -> Noted:
    """Keep what was entered of this visit; without a name, of the open one, else of the latest. In the caller's
    transaction. Raises ConsoleRefusedError with words for the installer.
    """
    row = _visit(connection, visit, at)
    before = msgspec.json.decode(row.notes, type=VisitNotes)
    kept = notes.merged(before, given)
    if (words := notes.objection(kept)) is not None:
        raise ConsoleRefusedError(words)
    visits.note(connection, row.visit, msgspec.json.encode(kept))
    again = row.statement is not None and kept != before
    if row.statement is not None and again:
        state_again(
            connection,
            row.visit,
            row.statement,
            at,
            installer=kept.installer,
            remarks=kept.remarks,
            old_meters=kept.old_meters,
        )
    return Noted(row.visit, kept, again)


def _visit(connection: sqlite3.Connection, name: str | None, at: Stamp) -> VisitRow:
    row = _of_no_name(connection) if name is None else visits.find(connection, name)
    if row is None and name is not None:
        raise ConsoleRefusedError(f"there is no visit {name!r}; `hubctl pair` shows those there are")
    if row is None:
        raise ConsoleRefusedError("no visit is open, and none was: the security centre's admission opens one")
    if row.closed_at is not None and _is_long_ago(row.closed_at, at):
        raise ConsoleRefusedError(
            f"no visit is open, and {row.visit} was closed more than 5 days ago: its statement stands. "
            "Cure: tell the office what is to be added"
        )
    return row


def _is_long_ago(closed: Stamp, at: Stamp) -> bool:
    """By clocks that are trusted; by any other nobody can say."""
    return TimeTrust.UNSYNCED not in (closed.trust, at.trust) and at.unix_s - closed.unix_s > LATE_NOTES_S


def _of_no_name(connection: sqlite3.Connection) -> VisitRow | None:
    rows = visits.recent(connection, visits.KEPT_CLOSED * 2)
    return next((row for row in rows if row.closed_at is None), rows[0] if rows else None)
