"""Half-hourly energy, channel by channel: a year and more (R19)."""

import sqlite3

from hubd.model.identity import Eui64

KEPT_HALF_HOURS = 17_568
"""A leap year's: no channel keeps fewer than 12 months (R19)."""
HALF_HOUR_S = 1_800


def put(connection: sqlite3.Connection, address: Eui64, channel: str, start_unix_s: int, wh: int | None) -> None:
    """One half-hour; None where the meter marks it as invalid. A later word of the meter replaces an earlier."""
    connection.execute(
        "INSERT INTO profile VALUES (?, ?, ?, ?) ON CONFLICT (address, channel, start_unix_s) "
        "DO UPDATE SET wh = excluded.wh",
        (address, channel, start_unix_s, wh),
    )
    connection.execute(
        "DELETE FROM profile WHERE address = ? AND channel = ? AND start_unix_s < ?",
        (address, channel, start_unix_s - KEPT_HALF_HOURS * HALF_HOUR_S),
    )


def between(
    connection: sqlite3.Connection, address: Eui64, channel: str, from_unix_s: int, to_unix_s: int
) -> list[tuple[int, int | None]]:
    """Half-hours that start in [from, to): start and Wh, oldest first."""
    return connection.execute(
        "SELECT start_unix_s, wh FROM profile WHERE address = ? AND channel = ? AND start_unix_s >= ? "
        "AND start_unix_s < ? ORDER BY start_unix_s",
        (address, channel, from_unix_s, to_unix_s),
    ).fetchall()


def newest_end_unix_s(connection: sqlite3.Connection, address: Eui64, channel: str) -> int | None:
    """When the newest half-hour kept ends; None where there is none."""
    (newest,) = connection.execute(
        "SELECT max(start_unix_s) FROM profile WHERE address = ? AND channel = ?", (address, channel)
    ).fetchone()
    return None if newest is None else int(newest) + HALF_HOUR_S
