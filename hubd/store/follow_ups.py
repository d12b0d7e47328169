"""Visits that left something to be done, and by which day."""

import sqlite3
from dataclasses import dataclass

from hubd.model.stamp import Stamp


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """`due` is a day as 2026-11-30, None as long as nobody knows what day it is; `told_overdue`: the head-end was
    told that it has passed.
    """

    visit: str
    due: str | None
    told_overdue: bool


_COLUMNS = "visit, due, told_overdue"
_NO_DAY = ""


def add(connection: sqlite3.Connection, visit: str) -> None:
    """Something is left to be done, by a day that is still to be set."""
    connection.execute(
        "INSERT INTO follow_up (visit, due) VALUES (?, ?) ON CONFLICT (visit) DO NOTHING", (visit, _NO_DAY)
    )


def set_due(connection: sqlite3.Connection, visit: str, due: str) -> None:
    """By this day."""
    connection.execute("UPDATE follow_up SET due = ? WHERE visit = ?", (due, visit))


def find(connection: sqlite3.Connection, visit: str) -> FollowUpRow | None:
    """What the visit left, done or not; None where it left nothing."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM follow_up WHERE visit = ?", (visit,)).fetchone()
    return None if row is None else _row(*row)


def unmet(connection: sqlite3.Connection) -> list[FollowUpRow]:
    """What is still to be done, oldest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM follow_up WHERE met_unix_s IS NULL ORDER BY number")
    return [_row(*row) for row in rows]


def tell_overdue(connection: sqlite3.Connection, visit: str) -> None:
    """The head-end has been told."""
    connection.execute("UPDATE follow_up SET told_overdue = 1 WHERE visit = ?", (visit,))


def meet_all(connection: sqlite3.Connection, at: Stamp) -> list[FollowUpRow]:
    """It was done; returns what had been due."""
    met = unmet(connection)
    connection.execute("UPDATE follow_up SET met_unix_s = ? WHERE met_unix_s IS NULL", (at.unix_s,))
    return met


def _row(visit: str, due: str, told: int) -> FollowUpRow:
    return FollowUpRow(visit, due or None, bool(told))
