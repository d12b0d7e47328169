"""Single facts by name."""

import sqlite3


def get(connection: sqlite3.Connection, key: str) -> str | None:
    """The fact of this name; None where there is none."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def put(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set the fact of this name."""
    connection.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def drop(connection: sqlite3.Connection, key: str) -> None:
    """Forget the fact of this name."""
    connection.execute("DELETE FROM meta WHERE key = ?", (key,))
