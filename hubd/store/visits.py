"""Visits of installers: when each was opened and closed, what was noted, and the statement that ended it."""

import sqlite3
from dataclasses import dataclass

from hubd.model.stamp import Stamp, TimeTrust

KEPT_CLOSED = 20
"""So many closed visits are kept, to print their statements again."""


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit. `notes` and `statement` are JSON; the latter is None until the visit is closed."""

    visit: str
    opened_at: Stamp
    closed_at: Stamp | None
    notes: bytes
    statement: bytes | None


_COLUMNS = "visit, opened_unix_s, opened_trust, closed_unix_s, closed_trust, notes, statement"


def open_visit(connection: sqlite3.Connection, visit: str, at: Stamp) -> None:
    """Begin a visit; one that is open already goes on."""
    connection.execute(
        "INSERT INTO visit (visit, opened_unix_s, opened_trust) VALUES (?, ?, ?) ON CONFLICT (visit) DO NOTHING",
        (visit, at.unix_s, str(at.trust)),
    )


def close(connection: sqlite3.Connection, visit: str, at: Stamp, statement: bytes) -> None:
    """End a visit with its statement; the oldest closed ones whose devices have gone on are forgotten."""
    connection.execute(
        "UPDATE visit SET closed_unix_s = ?, closed_trust = ?, statement = ? WHERE visit = ?",
        (at.unix_s, str(at.trust), statement, visit),
    )
    connection.execute(
        "DELETE FROM visit WHERE closed_unix_s IS NOT NULL AND visit NOT IN (SELECT visit FROM commissioning) "
        "AND number NOT IN (SELECT number FROM visit WHERE closed_unix_s IS NOT NULL ORDER BY number DESC LIMIT ?)",
        (KEPT_CLOSED,),
    )


def state_anew(connection: sqlite3.Connection, visit: str, statement: bytes) -> None:
    """What is stated of a visit that has been closed, in place of what stood there."""
    connection.execute("UPDATE visit SET statement = ? WHERE visit = ?", (statement, visit))


def drop_empty(connection: sqlite3.Connection) -> None:
    """Forget open visits that no device belongs to any more: it was named again in another, or removed."""
    connection.execute(
        "DELETE FROM visit WHERE closed_unix_s IS NULL AND visit NOT IN (SELECT visit FROM commissioning)"
    )


def note(connection: sqlite3.Connection, visit: str, notes: bytes) -> None:
    """Keep what the installer entered, whole, in place of what stood there."""
    connection.execute("UPDATE visit SET notes = ? WHERE visit = ?", (notes, visit))


def find(connection: sqlite3.Connection, visit: str) -> VisitRow | None:
    """One visit; None where it is not known."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM visit WHERE visit = ?", (visit,)).fetchone()
    return None if row is None else _row(row)


def recent(connection: sqlite3.Connection, most: int) -> list[VisitRow]:
    """The latest visits, newest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM visit ORDER BY number DESC LIMIT ?", (most,))
    return [_row(row) for row in rows]


def _row(row: tuple[str, float, str, float | None, str | None, bytes | None, bytes | None]) -> VisitRow:
    visit, opened, trust, closed, closed_trust, notes, statement = row
    closed_at = None if closed is None else Stamp(closed, TimeTrust(str(closed_trust)))
    return VisitRow(visit, Stamp(opened, TimeTrust(trust)), closed_at, notes or b"{}", statement)
