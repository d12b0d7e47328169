"""Who did what at the office that a ledger of money does not say: reprints, reversals, debts agreed, keys changed.

No digits of a code stand here: a row names its request.
"""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum


class Deed(StrEnum):
    """The closed list."""

    REPRINTED = "reprinted"
    REVERSED = "reversed"
    REVERSAL_REFUSED = "reversal_refused"
    HELD = "held"
    RELEASED = "released"
    DEBT_AGREED = "debt_agreed"
    DEBT_SET = "debt_set"
    METER_CHANGED = "meter_changed"
    """What the book knows of a meter was corrected by hand: its address, its hub or its key."""
    KEY_CHANGE_ISSUED = "key_change_issued"
    KEY_CHANGE_PROVEN = "key_change_proven"
    KEY_CHANGE_FAILED = "key_change_failed"
    KEY_CHANGE_OPEN = "key_change_open"
    BOOK_RESTORED = "book_restored"
    REFUSED_LATE = "refused_late"
    """A hub refused what it had taken up before: not believed, and to be looked at."""


@dataclass(frozen=True, slots=True)
class Row:
    """One deed. `detail` is for people."""

    number: int
    at_unix_s: float
    what: Deed
    by_whom: str
    pan: str | None
    request: str | None
    detail: str


def note(
    connection: sqlite3.Connection,
    at_unix_s: float,
    what: Deed,
    by_whom: str,
    pan: str | None = None,
    request: str | None = None,
    detail: str = "",
) -> None:
    """Write a row, in the caller's transaction: the deed and its row stand or fall together."""
    connection.execute(
        "INSERT INTO audit (at_unix_s, what, by_whom, pan, request, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (at_unix_s, what, by_whom, pan, request, detail),
    )


def rows(connection: sqlite3.Connection, pan: str | None = None) -> list[Row]:
    """Every row, oldest first, of one meter or of all."""
    found = connection.execute(
        "SELECT id, at_unix_s, what, by_whom, pan, request, detail FROM audit "
        "WHERE ?1 IS NULL OR pan = ?1 ORDER BY id",
        (pan,),
    )
    return [Row(row[0], row[1], Deed(row[2]), *row[3:]) for row in found]
