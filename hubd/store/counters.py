"""The highest counter obeyed of each key that signs commands."""

import sqlite3


def last(connection: sqlite3.Connection, kid: str) -> int:
    """The last counter of this key; 0 where none was seen."""
    row = connection.execute("SELECT last FROM counter WHERE kid = ?", (kid,)).fetchone()
    return 0 if row is None else int(row[0])


def all_last(connection: sqlite3.Connection) -> dict[str, int]:
    """The last counter of every key seen."""
    return {str(kid): int(counter) for kid, counter in connection.execute("SELECT kid, last FROM counter")}


def raise_to(connection: sqlite3.Connection, kid: str, counter: int) -> None:
    """Remember this counter, if it is above the last."""
    connection.execute(
        "INSERT INTO counter VALUES (?, ?) ON CONFLICT (kid) DO UPDATE SET last = max(last, excluded.last)",
        (kid, counter),
    )
