"""The open outage, as it must outlive the hub: one row at most. And restorations that wait for their turn."""

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutageRow:
    """`boot` names the life of the machine in which it was written; `kept` is JSON of the caller's; `alert_seq` is
    the number of its alert in the alarm lane, once there is one.
    """

    outage: str
    boot: str
    kept: bytes
    alert_seq: int | None


@dataclass(frozen=True, slots=True)
class LaterRow:
    """A message that is told when its turn has come. `body` is JSON."""

    outage: str
    kind: str
    body: bytes


def keep(connection: sqlite3.Connection, outage: str, boot: str, kept: bytes) -> None:
    """Write the open outage; the number of its alert stays, another outage's goes."""
    connection.execute("DELETE FROM outage WHERE outage <> ?", (outage,))
    connection.execute(
        "INSERT INTO outage (outage, boot, kept) VALUES (?, ?, ?) "
        "ON CONFLICT (outage) DO UPDATE SET boot = excluded.boot, kept = excluded.kept",
        (outage, boot, kept),
    )


def note_alert(connection: sqlite3.Connection, outage: str, seq: int) -> None:
    """Its alert stands in the alarm lane under this number."""
    connection.execute("UPDATE outage SET alert_seq = ? WHERE outage = ?", (seq, outage))


def find(connection: sqlite3.Connection) -> OutageRow | None:
    """The open outage."""
    row = connection.execute("SELECT outage, boot, kept, alert_seq FROM outage").fetchone()
    return None if row is None else OutageRow(*row)


def strike(connection: sqlite3.Connection) -> None:
    """No outage is open."""
    connection.execute("DELETE FROM outage")


def put_later(connection: sqlite3.Connection, row: LaterRow) -> None:
    """Keep a message for later."""
    connection.execute("INSERT OR REPLACE INTO told_later VALUES (?, ?, ?)", (row.outage, row.kind, row.body))


def take_later(connection: sqlite3.Connection) -> list[LaterRow]:
    """What was kept for later, which is then no longer kept: put it into the outbox in the same transaction."""
    rows = connection.execute("DELETE FROM told_later RETURNING outage, kind, body").fetchall()
    return [LaterRow(*row) for row in rows]
