"""Messages from the command topics that are on disk and not looked at yet, in the order of their coming."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from hubd.model.roles import Role

MOST = 50_000
"""So many wait at most: beyond that each is dealt with before the next is taken."""


@dataclass(frozen=True, slots=True, repr=False)
class Spooled:
    """One message. `body` may hold a secret."""

    number: int
    role: Role
    body: bytes


def put(connection: sqlite3.Connection, role: Role, bodies: Sequence[bytes]) -> None:
    """Keep messages, in this order."""
    connection.executemany("INSERT INTO spool (role, body) VALUES (?, ?)", [(str(role), body) for body in bodies])


def oldest(connection: sqlite3.Connection) -> Spooled | None:
    """The next one to deal with."""
    row = connection.execute("SELECT number, role, body FROM spool ORDER BY number LIMIT 1").fetchone()
    return None if row is None else Spooled(row[0], Role(row[1]), row[2])


def forget(connection: sqlite3.Connection, number: int) -> None:
    """It was dealt with."""
    connection.execute("DELETE FROM spool WHERE number = ?", (number,))


def count(connection: sqlite3.Connection) -> int:
    """How many wait."""
    (waiting,) = connection.execute("SELECT count(*) FROM spool").fetchone()
    return int(waiting)
