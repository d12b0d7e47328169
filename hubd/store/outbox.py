"""What waits for the head-end, lane by lane, until the head-end says that it has stored it.

A row's `place` is its lane and its number in one integer: the lanes lie one behind the other, each in its order.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from hubd.model.lane import Lane
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import meta

_LANES = {Lane.ALARM: 1, Lane.RECEIPT: 2, Lane.EVENT: 3, Lane.AUDIT: 4, Lane.READING: 5}
"""On disk: a lane keeps its number for ever."""
_NUMBERS = 1 << 48
"""More than a lane ever has."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message. `body` is JSON. `after`: the lane's number before it that is still here; 0: none."""

    lane: Lane
    seq: int
    kind: str
    body: bytes
    at: Stamp
    after: int


def put(connection: sqlite3.Connection, lane: Lane, kind: str, body: bytes, at: Stamp) -> int:
    """Add a message; returns its number, one above the lane's last. Numbers are never used twice."""
    (seq,) = connection.execute(
        "INSERT INTO lane VALUES (?, 1) ON CONFLICT (lane) DO UPDATE SET last_seq = last_seq + 1 RETURNING last_seq",
        (str(lane),),
    ).fetchone()
    row = (_place(lane, seq), kind, body, at.unix_s, str(at.trust))
    connection.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, ?)", row)
    return int(seq)


def standing(connection: sqlite3.Connection, lane: Lane, seq: int) -> OutboxRow | None:
    """The message of this number, where the head-end has not stored it yet."""
    found = waiting(connection, lane, seq - 1, 1)
    return found[0] if found and found[0].seq == seq else None


def write_anew(connection: sqlite3.Connection, lane: Lane, seq: int, body: bytes, at: Stamp) -> None:
    """Let a message that still waits say what is true now."""
    connection.execute(
        "UPDATE outbox SET body = ?, at_unix_s = ?, at_trust = ? WHERE place = ?",
        (body, at.unix_s, str(at.trust), _place(lane, seq)),
    )


def waiting(connection: sqlite3.Connection, lane: Lane, after_seq: int, limit: int) -> list[OutboxRow]:
    """The lane's messages above a number, oldest first."""
    first, last = _span(lane)
    rows = connection.execute(
        "SELECT place, kind, body, at_unix_s, at_trust, "
        "(SELECT max(place) FROM outbox AS before WHERE before.place BETWEEN ?1 AND row.place - 1) "
        "FROM outbox AS row WHERE place > ?2 AND place <= ?3 ORDER BY place LIMIT ?4",
        (first, _place(lane, after_seq), last, limit),
    )
    return [
        OutboxRow(lane, place - first, kind, body, Stamp(at, TimeTrust(trust)), 0 if after is None else after - first)
        for place, kind, body, at, trust, after in rows
    ]


def delete_stored(connection: sqlite3.Connection, stored: Mapping[Lane, int]) -> int:
    """Drop what the head-end has stored: in each lane all up to its number. Returns how many were dropped."""
    dropped = 0
    for lane, seq in stored.items():
        upto = (_span(lane)[0], _place(lane, seq))
        dropped += connection.execute("DELETE FROM outbox WHERE place BETWEEN ? AND ?", upto).rowcount
    return dropped


@dataclass(frozen=True, slots=True)
class Dropped:
    """Messages that were given up: how many, and when the first and the last of them were written."""

    count: int
    first_unix_s: float
    last_unix_s: float


def drop_oldest(connection: sqlite3.Connection, lane: Lane, kind: str, most: int, at_once: int) -> Dropped | None:
    """Where more than `most` messages of a lane wait, give up the oldest of a kind: so many that `most` are left, at
    most `at_once`. Messages of other kinds stay where they are. Counting costs nothing: above the mark up to which
    was looked before, the numbers have no gaps.
    """
    key = f"dropped_to.{lane}"
    mark = _place(lane, int(meta.get(connection, key) or 0))
    oldest, newest = connection.execute(
        "SELECT (SELECT min(place) FROM outbox WHERE place > ?1 AND place <= ?2), "
        "(SELECT max(place) FROM outbox WHERE place <= ?2)",
        (mark, _span(lane)[1]),
    ).fetchone()
    if oldest is None or newest - oldest < most:
        return None
    upto = min(newest - most, oldest + at_once - 1)
    these = (kind, oldest, upto)
    count, first, last = connection.execute(
        "SELECT count(*), min(at_unix_s), max(at_unix_s) FROM outbox WHERE kind = ? AND place BETWEEN ? AND ?", these
    ).fetchone()
    connection.execute("DELETE FROM outbox WHERE kind = ? AND place BETWEEN ? AND ?", these)
    meta.put(connection, key, str(upto - _span(lane)[0]))
    return Dropped(count, first, last) if count else None


def last_numbers(connection: sqlite3.Connection) -> dict[Lane, int]:
    """The number each lane gave last; a lane that never had a message is absent."""
    return {Lane(lane): int(seq) for lane, seq in connection.execute("SELECT lane, last_seq FROM lane")}


def backlog(connection: sqlite3.Connection) -> dict[Lane, int]:
    """How many messages wait in each lane."""
    count = "SELECT count(*) FROM outbox WHERE place BETWEEN ? AND ?"
    return {lane: int(connection.execute(count, _span(lane)).fetchone()[0]) for lane in Lane}


def _span(lane: Lane) -> tuple[int, int]:
    """The first and the last place of a lane; the first is nobody's, because numbers begin with 1."""
    first = _LANES[lane] * _NUMBERS
    return first, first + _NUMBERS - 1


def _place(lane: Lane, seq: int) -> int:
    return _LANES[lane] * _NUMBERS + min(max(seq, 0), _NUMBERS - 1)
