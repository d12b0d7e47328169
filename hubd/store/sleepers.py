"""Meters that sleep, with their mirrors, and the letters that wait for their next wake (R24).

Tokens are no letters here: they stand in the ledger of top-ups, which is where they are taken up again.
"""

import sqlite3
from dataclasses import dataclass

from hubd.model.han import Mirror
from hubd.model.identity import Eui64
from hubd.model.stamp import Stamp, TimeTrust


@dataclass(frozen=True, slots=True)
class SleeperRow:
    """One meter. `woke_at`: its last wake; None: it has not woken since it set up its mirror."""

    address: Eui64
    mirror: Mirror
    woke_at: Stamp | None


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter; `kind` is a name of `LetterKind`."""

    device: Eui64
    name: str
    kind: str
    posted_at: Stamp


def put(connection: sqlite3.Connection, address: Eui64, mirror: Mirror) -> None:
    """The meter set up its mirror, or set it up anew."""
    connection.execute(
        "INSERT INTO sleeper (address, endpoint, scheme, reports_every_s) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (address) DO UPDATE SET endpoint = excluded.endpoint, scheme = excluded.scheme, "
        "reports_every_s = excluded.reports_every_s",
        (address, mirror.endpoint, mirror.scheme, mirror.reports_every_s),
    )


def woke(connection: sqlite3.Connection, address: Eui64, at: Stamp) -> None:
    """The meter woke."""
    connection.execute(
        "UPDATE sleeper SET woke_unix_s = ?, woke_trust = ? WHERE address = ?", (at.unix_s, str(at.trust), address)
    )


def every(connection: sqlite3.Connection) -> list[SleeperRow]:
    """All of them."""
    rows = connection.execute(
        "SELECT address, endpoint, scheme, reports_every_s, woke_unix_s, woke_trust FROM sleeper"
    )
    return [
        SleeperRow(
            Eui64(address), Mirror(endpoint, scheme, every_s), None if at is None else Stamp(at, TimeTrust(trust))
        )
        for address, endpoint, scheme, every_s, at, trust in rows
    ]


def forget(connection: sqlite3.Connection, address: Eui64) -> None:
    """The meter is gone, and what waited for it."""
    connection.execute("DELETE FROM sleeper WHERE address = ?", (address,))
    connection.execute("DELETE FROM letter WHERE device = ?", (address,))


def post(connection: sqlite3.Connection, device: Eui64, name: str, kind: str, at: Stamp) -> Stamp:
    """A letter waits from now on, or did already; returns since when."""
    connection.execute(
        "INSERT INTO letter (device, name, kind, posted_unix_s, posted_trust) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (device, name) DO NOTHING",
        (device, name, kind, at.unix_s, str(at.trust)),
    )
    row = connection.execute(
        "SELECT posted_unix_s, posted_trust FROM letter WHERE device = ? AND name = ?", (device, name)
    ).fetchone()
    return Stamp(row[0], TimeTrust(row[1]))


def take_away(connection: sqlite3.Connection, device: Eui64, name: str) -> None:
    """A letter was delivered, or its time is over."""
    connection.execute("DELETE FROM letter WHERE device = ? AND name = ?", (device, name))


def letters(connection: sqlite3.Connection) -> list[LetterRow]:
    """Every letter, oldest first."""
    rows = connection.execute("SELECT device, name, kind, posted_unix_s, posted_trust FROM letter ORDER BY number")
    return [
        LetterRow(Eui64(device), name, kind, Stamp(at, TimeTrust(trust))) for device, name, kind, at, trust in rows
    ]
