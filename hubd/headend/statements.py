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
    """The statements, newest first; of this hub and this visit, where they are named. A hub sends one again when more
    has become known: of each visit the one with the highest number in its lane counts.
    """
    rows = connection.execute(
        """SELECT hub, journal, received_unix_s, body FROM inbound WHERE kind = 'statement' AND fault IS NULL
           ORDER BY hub, journal, seq"""
    )
    newest: dict[tuple[str, str, str], Kept] = {}
    for row in rows:
        body = msgspec.json.decode(row[3], type=StatementBody)
        newest[row[0], row[1], body.visit] = Kept(row[0], float(row[2]), body)
    kept = [each for each in newest.values() if hub in (None, each.hub) and visit in (None, each.body.visit)]
    return sorted(kept, key=lambda each: each.received_unix_s, reverse=True)
