"""What hubs sent: validated, stored once, and acknowledged only as far as nothing is missing.

A lane starts at 1, and `stored` is the highest number up to which every message is here. What comes above a gap is
kept and not acknowledged: the hub still has what is missing, and sends it again. Unless it says that it has not: a
message names the one before it that the hub still has (`after`), and what would be in between is not waited for. It
was stored in a book that this one is not (a restored copy, a new head-end), or given up by a hub that was away for
months.

Of a hub that does not say so, and whose first message here is not number 1, the lowest message is taken as the lane's
start when it comes a second time within one session of ours and nothing lower has come: a hub that sends again starts
with the oldest it has. Until then nothing of that lane is acknowledged.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hubd.headend import book
from hubd.headend.home import Home
from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.wan import topics
from hubd.wan.messages import Ack, EventBody, ProfileBody, ReadingBody, ReceiptBody, Status, Up
from hubd.wan.statement import StatementBody
from hubd.wan.supply_messages import BrownOutBody, OutageAlertBody, OutageMomentaryBody, OutageRestoredBody

log = logging.getLogger(__name__)

BODIES: dict[str, type[msgspec.Struct]] = {
    "reading": ReadingBody,
    "profile": ProfileBody,
    "receipt": ReceiptBody,
    "event": EventBody,
    "outage_alert": OutageAlertBody,
    "outage_restored": OutageRestoredBody,
    "outage_momentary": OutageMomentaryBody,
    "brown_out": BrownOutBody,
    "statement": StatementBody,
}

_BEGINNING_BYTES = 1024

_MESSAGE = "hub, journal, lane, seq, kind, device, at_unix_s, at_trust, received_unix_s, body, fault"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of a hub's lane. `body` is None where the body has not its kind's form: `fault` says how."""

    up: Up
    body: msgspec.Struct | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class StatusArrived:
    """A hub's status, or its last will. `retained`: the broker had it kept, so it may be old."""

    status: Status
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that is not one of ours at all: its lane and number are unknown, so nothing is acknowledged."""

    topic: str
    reason: str
    beginning: bytes


@dataclass(frozen=True, slots=True)
class Journal:
    """One journal of one hub: what an `Ack` speaks of."""

    hub: str
    journal: str


def understand(topic: str, payload: bytes, *, retained: bool = False) -> Arrived | StatusArrived | Unreadable:
    """Decode a message and hold it against the topic it came on: a hub speaks for itself only."""
    try:
        if topic.endswith("/status"):
            status = msgspec.json.decode(payload, type=Status)
            expected = topics.ROOT + f"/{status.hub}/status"
            ours = topic == expected
            return StatusArrived(status, retained) if ours else _unreadable(topic, payload, "another hub's status")
        up = msgspec.json.decode(payload, type=Up)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _unreadable(topic, payload, str(error))
    if topic != topics.ROOT + f"/{up.hub}/up/{up.lane}":
        return _unreadable(topic, payload, "hub or lane are not those of the topic")
    if not 1 <= up.seq < 1 << 62:
        return _unreadable(topic, payload, "the sequence number is out of range")
    try:
        return Arrived(up, msgspec.convert(up.body, BODIES[up.kind]), None)
    except msgspec.ValidationError as error:
        return Arrived(up, None, str(error))


def store(connection: sqlite3.Connection, arrived: Arrived, session: str, now_unix_s: float) -> bool:
    """Keep the message, once, and move the lane's mark. False where it was here already. In a transaction."""
    up = arrived.up
    device = up.body.get("device")
    values = (
        up.hub, up.journal, up.lane, up.seq, up.kind, device if isinstance(device, str) else None,
        up.at.unix_s, up.at.trust, now_unix_s,
        msgspec.json.encode(up.body), arrived.fault,
    )  # fmt: skip
    new = connection.execute("INSERT OR IGNORE INTO inbound VALUES (?,?,?,?,?,?,?,?,?,?,?)", values).rowcount == 1
    _advance(connection, up, session, new=new)
    return new


def store_status(connection: sqlite3.Connection, status: Status, now_unix_s: float) -> None:
    """Keep the latest status of a hub."""
    connection.execute(
        "INSERT OR REPLACE INTO hubs VALUES (?,?,?,?)",
        (status.hub, status.state, msgspec.json.encode(status), now_unix_s),
    )


def store_unreadable(connection: sqlite3.Connection, message: Unreadable, now_unix_s: float) -> None:
    """Keep the beginning of what could not be understood, for people to look at."""
    connection.execute(
        "INSERT INTO unreadable (topic, received_unix_s, reason, beginning) VALUES (?,?,?,?)",
        (message.topic, now_unix_s, message.reason, message.beginning),
    )


def acknowledgement(connection: sqlite3.Connection, journal: Journal) -> Ack | None:
    """What may be said of a journal: for each lane, up to where nothing is missing. None where nothing is."""
    rows = connection.execute(
        "SELECT lane, stored FROM lanes WHERE hub = ? AND journal = ? AND stored > 0", (journal.hub, journal.journal)
    )
    stored = {Lane(lane): int(number) for lane, number in rows}
    return Ack(v=1, journal=journal.journal, stored=stored) if stored else None


def acknowledgements(connection: sqlite3.Connection, journals: Iterable[Journal]) -> list[tuple[HubId, Ack]]:
    """What may be said of each of these journals; those of which nothing may are left out."""
    said = ((journal.hub, acknowledgement(connection, journal)) for journal in journals)
    return [(HubId(hub), ack) for hub, ack in said if ack is not None]


def lately_heard(connection: sqlite3.Connection) -> set[Journal]:
    """The journals of the last 5,000 messages: those that a session may have died owing an acknowledgement."""
    rows = connection.execute(
        "SELECT DISTINCT hub, journal FROM inbound WHERE rowid > (SELECT max(rowid) FROM inbound) - 5000"
    )
    return {Journal(hub, journal) for hub, journal in rows}


def statuses(connection: sqlite3.Connection) -> Iterable[tuple[Status, float]]:
    """The latest status of each hub, and when it came."""
    for row in connection.execute("SELECT status, received_unix_s FROM hubs ORDER BY hub"):
        yield msgspec.json.decode(row[0], type=Status), float(row[1])


def offline_hubs(connection: sqlite3.Connection) -> set[str]:
    """The hubs whose last will was the last that was heard of them."""
    return {row[0] for row in connection.execute("SELECT hub FROM hubs WHERE state = 'offline'")}


def last_reading(connection: sqlite3.Connection, device: str, since_unix_s: float) -> ReadingBody | None:
    """The newest reading of a device that came since then."""
    row = connection.execute(
        """SELECT body FROM inbound WHERE device = ? AND kind = 'reading' AND received_unix_s >= ? AND fault IS NULL
           ORDER BY received_unix_s DESC, seq DESC LIMIT 1""",
        (device, since_unix_s),
    ).fetchone()
    return msgspec.json.decode(row[0], type=ReadingBody) if row else None


def all_messages(home: Path) -> list[dict[str, Any]]:
    """Everything that hubs sent to the head-end of this folder, in the order in which it was stored. It opens the
    book for itself: for tests and for looking into, not for the service.
    """
    with contextlib.closing(book.open_book(Home(home))) as connection:
        rows = connection.execute(f"SELECT {_MESSAGE} FROM inbound ORDER BY received_unix_s, rowid")  # noqa: S608
        return [{**dict(row), "body": msgspec.json.decode(row["body"])} for row in rows]


def _advance(connection: sqlite3.Connection, up: Up, session: str, *, new: bool) -> None:
    name = (up.hub, up.journal, up.lane)
    mark = connection.execute(
        "SELECT stored, lowest, lowest_session FROM lanes WHERE hub = ? AND journal = ? AND lane = ?", name
    ).fetchone()
    stored, lowest, lowest_session = tuple(mark) if mark else (0, up.seq, session)
    if stored == 0:
        again = not new and up.seq == lowest and session == lowest_session
        begins = up.seq == 1 or up.after == 0 or again
        if up.seq <= lowest:
            lowest, lowest_session = up.seq, session
        stored = _contiguous_from(connection, name, up.seq) if begins else 0
    elif _is_next(up, stored):
        if up.seq > stored + 1:
            log.warning("%s has %d to %d of lane %s no more: not waited for", up.hub, stored + 1, up.seq - 1, up.lane)
        stored = _contiguous_from(connection, name, up.seq)
    elif mark:
        return
    connection.execute("INSERT OR REPLACE INTO lanes VALUES (?,?,?,?,?,?)", (*name, stored, lowest, lowest_session))


def _is_next(up: Up, stored: int) -> bool:
    after = up.seq - 1 if up.after is None else up.after
    return after <= stored < up.seq


def _contiguous_from(connection: sqlite3.Connection, name: tuple[str, str, str], seq: int) -> int:
    """The last number of the unbroken run that starts at `seq`, which is stored."""
    for (number,) in connection.execute(
        "SELECT seq FROM inbound WHERE hub = ? AND journal = ? AND lane = ? AND seq > ? ORDER BY seq", (*name, seq)
    ):
        if number != seq + 1:
            break
        seq = number
    return seq


def _unreadable(topic: str, payload: bytes, reason: str) -> Unreadable:
    return Unreadable(topic, reason, payload[:_BEGINNING_BYTES])
