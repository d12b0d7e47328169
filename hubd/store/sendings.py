"""Signed commands that were accepted, byte for byte: what tells a broker's second delivery from a replay.

A kill between the commit and the acknowledgement makes the broker deliver the same bytes again. Their counter is used
up by then; that it was used up by these very bytes is known from here.
"""

import sqlite3

KEPT_OF_A_KEY = 1_000
"""Several times what a broker may have under way to the hub (`wan/link.py`)."""


def note(connection: sqlite3.Connection, kid: str, counter: int, sha256: bytes) -> None:
    """These bytes used up this counter of this key. The oldest are forgotten."""
    connection.execute("INSERT OR IGNORE INTO sending VALUES (?, ?, ?)", (kid, counter, sha256))
    connection.execute(
        "DELETE FROM sending WHERE kid = ?1 AND counter <= "
        "(SELECT counter FROM sending WHERE kid = ?1 ORDER BY counter DESC LIMIT 1 OFFSET ?2)",
        (kid, KEPT_OF_A_KEY),
    )


def is_known(connection: sqlite3.Connection, kid: str, counter: int, sha256: bytes) -> bool:
    """Whether it was these bytes that used up this counter."""
    row = connection.execute("SELECT sha256 FROM sending WHERE kid = ? AND counter = ?", (kid, counter)).fetchone()
    return row is not None and bytes(row[0]) == sha256
