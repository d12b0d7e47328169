"""Messages from the command topics that are on disk and not looked at yet, each role's in the order of coming."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from hubd.model.roles import Role

MOST = 20_000
"""So many of one role wait at most: what comes beyond that is refused."""
URGENCY = (Role.SECURITY_CENTRE, Role.NETWORK_OPERATOR, Role.MANAGEMENT)
"""Whose messages are dealt with first. Tokens are never spooled."""


@dataclass(frozen=True, slots=True, repr=False)
class Spooled:
    """One message. `body` may hold a secret."""

    number: int
    role: Role
    body: bytes


def put(connection: sqlite3.Connection, role: Role, bodies: Sequence[bytes]) -> None:
    """Keep messages, in this order."""
    connection.executemany("INSERT INTO spool (role, body) VALUES (?, ?)", [(str(role), body) for body in bodies])


def next_in_turn(connection: sqlite3.Connection) -> Spooled | None:
    """The next one to deal with: the oldest of the most urgent role."""
    for role in URGENCY:
        row = connection.execute(
            "SELECT number, body FROM spool WHERE role = ? ORDER BY number LIMIT 1", (str(role),)
        ).fetchone()
        if row is not None:
            return Spooled(row[0], role, row[1])
    return None


def forget(connection: sqlite3.Connection, number: int) -> None:
    """It was dealt with."""
    connection.execute("DELETE FROM spool WHERE number = ?", (number,))


def count(connection: sqlite3.Connection) -> int:
    """How many wait."""
    return sum(counts(connection).values())


def counts(connection: sqlite3.Connection) -> dict[Role, int]:
    """How many of each role wait."""
    rows = connection.execute("SELECT role, count(*) FROM spool GROUP BY role")
    return {Role(role): int(waiting) for role, waiting in rows}
