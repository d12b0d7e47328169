"""The statements that hubs have sent (R16), as the book keeps them."""

import sqlite3
from dataclasses import dataclass

import msgspec

from hubd.wan.statement import StatementBody


@dataclass(frozen=True, slots=True)
class Kept:
    """One statement, and the hub it came from."""

    hub: str
    received_unix_s: float
    body: StatementBody


def every(connection: sqlite3.Connection, hub: str | None = None, visit: str | None = None) -> list[Kept]:
    """The statements, newest first; of this hub and this visit, where they are named."""
    rows = connection.execute(
        """SELECT hub, received_unix_s, body FROM inbound WHERE kind = 'statement' AND fault IS NULL
           ORDER BY received_unix_s DESC, rowid DESC"""
    )
    kept = [Kept(row[0], float(row[1]), msgspec.json.decode(row[2], type=StatementBody)) for row in rows]
    return [each for each in kept if hub in (None, each.hub) and visit in (None, each.body.visit)]
