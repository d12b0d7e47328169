"""Visits that left something to be done, and by which day."""

import sqlite3
from dataclasses import dataclass

from hubd.model.stamp import Stamp


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """`due` is a day as 2026-11-30; `told_overdue`: the head-end was told that it has passed."""

    visit: str
    due: str
    told_overdue: bool


def add(connection: sqlite3.Connection, visit: str, due: str) -> None:
    """Something is left to be done by this day."""
    connection.execute(
        "INSERT INTO follow_up (visit, due) VALUES (?, ?) ON CONFLICT (visit) DO NOTHING", (visit, due)
    )


def unmet(connection: sqlite3.Connection) -> list[FollowUpRow]:
    """What is still to be done, oldest first."""
    rows = connection.execute(
        "SELECT visit, due, told_overdue FROM follow_up WHERE met_unix_s IS NULL ORDER BY number"
    )
    return [FollowUpRow(visit, due, bool(told)) for visit, due, told in rows]


def tell_overdue(connection: sqlite3.Connection, visit: str) -> None:
    """The head-end has been told."""
    connection.execute("UPDATE follow_up SET told_overdue = 1 WHERE visit = ?", (visit,))


def meet_all(connection: sqlite3.Connection, at: Stamp) -> list[FollowUpRow]:
    """It was done; returns what had been due."""
    met = unmet(connection)
    connection.execute("UPDATE follow_up SET met_unix_s = ? WHERE met_unix_s IS NULL", (at.unix_s,))
    return met
