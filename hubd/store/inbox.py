"""Signed commands that were accepted, by the id of their order."""

import sqlite3
from dataclasses import dataclass

from hubd.model.roles import Role
from hubd.model.stamp import Stamp, TimeTrust

KEPT_FINISHED = 5_000
"""So many finished orders are remembered, to recognise one that is sent again."""


@dataclass(frozen=True, slots=True, repr=False)
class InboxRow:
    """One command. `args` is JSON, and None once it has ended: arguments may hold a secret."""

    jti: str
    kid: str
    role: Role
    cmd: str
    body_sha256: bytes
    args: bytes | None
    at: Stamp
    finished: bool


_COLUMNS = "jti, kid, role, cmd, body_sha256, args, at_unix_s, at_trust, finished"


def add(
    connection: sqlite3.Connection,
    jti: str,
    kid: str,
    role: Role,
    cmd: str,
    body_sha256: bytes,
    args: bytes,
    at: Stamp,
) -> None:
    """Remember an accepted command. Raises sqlite3.IntegrityError where the order is known."""
    row = (jti, kid, str(role), cmd, body_sha256, args, at.unix_s, str(at.trust))
    connection.execute(f"INSERT INTO inbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", row)


def find(connection: sqlite3.Connection, jti: str) -> InboxRow | None:
    """The command of this order; None where it is not known."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM inbox WHERE jti = ?", (jti,)).fetchone()
    return None if row is None else _row(row)


def unfinished(connection: sqlite3.Connection) -> list[InboxRow]:
    """Commands that have not ended, in the order of their coming."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM inbox WHERE NOT finished ORDER BY number")
    return [_row(row) for row in rows]


def replace_args(connection: sqlite3.Connection, jti: str, args: bytes) -> None:
    """What the arguments held that is secret has moved to a place of its own: these are what is left of them."""
    connection.execute("UPDATE inbox SET args = ? WHERE jti = ?", (args, jti))


def finish(connection: sqlite3.Connection, jti: str) -> None:
    """The command has ended: its arguments are erased, and the oldest ended ones forgotten."""
    connection.execute("UPDATE inbox SET finished = 1, args = NULL WHERE jti = ?", (jti,))
    connection.execute(
        "DELETE FROM inbox WHERE finished AND jti NOT IN "
        "(SELECT jti FROM inbox WHERE finished ORDER BY number DESC LIMIT ?) "
        "AND (SELECT count(*) FROM inbox) > ?",
        (KEPT_FINISHED, KEPT_FINISHED + 500),
    )


def _row(row: tuple[str, str, str, str, bytes, bytes | None, float, str, int]) -> InboxRow:
    jti, kid, role, cmd, digest, args, at, trust, finished = row
    return InboxRow(jti, kid, Role(role), cmd, digest, args, Stamp(at, TimeTrust(trust)), bool(finished))
