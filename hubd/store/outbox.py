"""What waits for the head-end, lane by lane, until the head-end says that it has stored it."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from hubd.model.lane import Lane
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import meta


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
    row = (str(lane), seq, kind, body, at.unix_s, str(at.trust))
    connection.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)", row)
    return int(seq)


def standing(connection: sqlite3.Connection, lane: Lane, seq: int) -> OutboxRow | None:
    """The message of this number, where the head-end has not stored it yet."""
    found = waiting(connection, lane, seq - 1, 1)
    return found[0] if found and found[0].seq == seq else None


def write_anew(connection: sqlite3.Connection, lane: Lane, seq: int, body: bytes, at: Stamp) -> None:
    """Let a message that still waits say what is true now."""
    connection.execute(
        "UPDATE outbox SET body = ?, at_unix_s = ?, at_trust = ? WHERE lane = ? AND seq = ?",
        (body, at.unix_s, str(at.trust), str(lane), seq),
    )


def waiting(connection: sqlite3.Connection, lane: Lane, after_seq: int, limit: int) -> list[OutboxRow]:
    """The lane's messages above a number, oldest first."""
    rows = connection.execute(
        "SELECT lane, seq, kind, body, at_unix_s, at_trust, "
        "coalesce((SELECT max(seq) FROM outbox AS before WHERE before.lane = row.lane AND before.seq < row.seq), 0) "
        "FROM outbox AS row WHERE lane = ? AND seq > ? ORDER BY seq LIMIT ?",
        (str(lane), after_seq, limit),
    )
    return [
        OutboxRow(Lane(la), seq, kind, body, Stamp(at, TimeTrust(tr)), after)
        for la, seq, kind, body, at, tr, after in rows
    ]


def delete_stored(connection: sqlite3.Connection, stored: Mapping[Lane, int]) -> int:
    """Drop what the head-end has stored: in each lane all up to its number. Returns how many were dropped."""
    dropped = 0
    for lane, seq in stored.items():
        dropped += connection.execute("DELETE FROM outbox WHERE lane = ? AND seq <= ?", (str(lane), seq)).rowcount
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
    mark = int(meta.get(connection, key) or 0)
    oldest, newest = connection.execute(
        "SELECT (SELECT min(seq) FROM outbox WHERE lane = ?1 AND seq > ?2), "
        "(SELECT max(seq) FROM outbox WHERE lane = ?1)",
        (str(lane), mark),
    ).fetchone()
    if oldest is None or newest - oldest < most:
        return None
    upto = min(newest - most, oldest + at_once - 1)
    these = (str(lane), kind, oldest, upto)
    count, first, last = connection.execute(
        "SELECT count(*), min(at_unix_s), max(at_unix_s) FROM outbox "
        "WHERE lane = ? AND kind = ? AND seq BETWEEN ? AND ?",
        these,
    ).fetchone()
    connection.execute("DELETE FROM outbox WHERE lane = ? AND kind = ? AND seq BETWEEN ? AND ?", these)
    meta.put(connection, key, str(upto))
    return Dropped(count, first, last) if count else None


def last_numbers(connection: sqlite3.Connection) -> dict[Lane, int]:
    """The number each lane gave last; a lane that never had a message is absent."""
    return {Lane(lane): int(seq) for lane, seq in connection.execute("SELECT lane, last_seq FROM lane")}


def backlog(connection: sqlite3.Connection) -> dict[Lane, int]:
    """How many messages wait in each lane."""
    counts = dict(connection.execute("SELECT lane, count(*) FROM outbox GROUP BY lane").fetchall())
    return {lane: int(counts.get(str(lane), 0)) for lane in Lane}
