"""A bound on the readings that wait for the head-end, for a hub without a WAN for months.

The oldest are dropped, and counted in one event that grows for as long as it waits too. Half-hours, receipts, alarms
and events are never dropped: what was used and what was paid is in them.
"""

import sqlite3

import msgspec

from hubd.model.lane import Lane
from hubd.model.stamp import Stamp
from hubd.store import meta, outbox
from hubd.store.outbox import Dropped
from hubd.utility.events import EventName
from hubd.utility.outgoing import put_event
from hubd.wan.messages import EventBody

LOOK_EVERY = 256
"""Numbers of the lane. More are dropped at once than come in between, so that a bound that was lowered is reached."""
_AT_ONCE = 4 * LOOK_EVERY
_EVENT = "readings_dropped.event"


def keep(connection: sqlite3.Connection, at: Stamp, seq: int, most: int) -> None:
    """Reading number `seq` was put into the outbox: see that not more than `most` and a few wait."""
    if seq % LOOK_EVERY:
        return
    dropped = outbox.drop_oldest(connection, Lane.READING, "reading", most, _AT_ONCE)
    if dropped is not None:
        _count(connection, at, dropped)


def _count(connection: sqlite3.Connection, at: Stamp, dropped: Dropped) -> None:
    seq = int(meta.get(connection, _EVENT) or 0)
    waiting = outbox.standing(connection, Lane.EVENT, seq) if seq else None
    if waiting is None:
        seq = put_event(connection, at, EventName.READINGS_DROPPED, detail=_detail(dropped, None))
        meta.put(connection, _EVENT, str(seq))
        return
    before = msgspec.json.decode(waiting.body, type=EventBody)
    body = msgspec.structs.replace(before, detail=_detail(dropped, before))
    outbox.write_anew(connection, Lane.EVENT, seq, msgspec.json.encode(body), at)


def _detail(dropped: Dropped, before: EventBody | None) -> dict[str, str | int | float | bool]:
    told = (before.detail or {}) if before else {}
    return {
        "count": int(told.get("count", 0)) + dropped.count,
        "from_unix_s": told.get("from_unix_s", dropped.first_unix_s),
        "to_unix_s": dropped.last_unix_s,
    }
