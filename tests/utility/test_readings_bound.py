"""Readings that wait for a WAN of months away are bounded; nothing else is dropped (R9)."""

import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hubd.model.lane import Lane
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility import readings_bound
from hubd.utility.events import EventName
from hubd.utility.outgoing import put_event, put_profile, put_reading
from hubd.utility.readings_bound import LOOK_EVERY
from hubd.wan.messages import ProfileBody, ReadingBody, When

METER = "00:0d:6f:00:0a:90:69:e7"
MOST = 1_000
PROFILE_EVERY = 100


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "journal.sqlite")
    yield opened
    await opened.close()


def put(connection: sqlite3.Connection, first: int, count: int, most: int = MOST) -> None:
    """Readings number `first` and on, a second apart; every hundredth message is a profile."""
    for number in range(first, first + count):
        at = Stamp(float(number), TimeTrust.NETWORK)
        if number % PROFILE_EVERY == 0:
            put_profile(connection, at, ProfileBody(METER, "import", 0, 1_800, [1]))
            continue
        seq = put_reading(connection, at, ReadingBody(METER, When(at.unix_s, at.trust), import_wh=number))
        readings_bound.keep(connection, at, seq, most)


def waiting(connection: sqlite3.Connection, lane: Lane) -> list[outbox.OutboxRow]:
    return outbox.waiting(connection, lane, 0, 1_000_000)


def told(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    return [json.loads(row.body) for row in waiting(connection, Lane.EVENT)]


async def test_below_the_bound_nothing_is_dropped(journal: Journal):
    await journal.commit(lambda c: put(c, 1, MOST))
    assert await journal.read(lambda c: len(waiting(c, Lane.READING))) == MOST
    assert await journal.read(told) == []


async def test_above_it_the_oldest_readings_go_and_every_half_hour_stays(journal: Journal):
    total = 5 * MOST
    for first in range(1, total, 250):
        await journal.commit(lambda c, first=first: put(c, first, 250))
    rows = await journal.read(lambda c: waiting(c, Lane.READING))
    readings = [row.seq for row in rows if row.kind == "reading"]
    assert [row.seq for row in rows if row.kind == "profile"] == list(range(PROFILE_EVERY, total + 1, PROFILE_EVERY))
    assert MOST * 0.98 <= len(readings) <= MOST + LOOK_EVERY
    assert readings[-1] == total - 1
    assert min(readings) > total - MOST - LOOK_EVERY


async def test_what_was_dropped_is_counted_in_one_event_that_grows_while_it_waits(journal: Journal):
    await journal.commit(lambda c: put(c, 1, 5 * MOST))
    (event,) = await journal.read(told)
    rows = await journal.read(lambda c: waiting(c, Lane.READING))
    readings = [row.seq for row in rows if row.kind == "reading"]
    assert event["name"] == "readings_dropped"
    assert event["detail"]["count"] == 5 * MOST - 5 * MOST // PROFILE_EVERY - len(readings)
    assert (event["detail"]["from_unix_s"], event["detail"]["to_unix_s"]) == (1.0, readings[0] - 1.0)


async def test_when_that_event_is_stored_the_next_begins_anew(journal: Journal):
    await journal.commit(lambda c: put(c, 1, 2 * MOST))
    (first,) = await journal.read(lambda c: waiting(c, Lane.EVENT))
    await journal.commit(lambda c: outbox.delete_stored(c, {Lane.EVENT: first.seq}))
    await journal.commit(lambda c: put(c, 2 * MOST + 1, MOST))
    (event,) = await journal.read(told)
    assert event["detail"]["from_unix_s"] == json.loads(first.body)["detail"]["to_unix_s"] + 1.0


async def test_a_bound_that_was_lowered_is_reached_and_other_lanes_are_untouched(journal: Journal):
    def events(connection: sqlite3.Connection) -> None:
        for _ in range(50):
            put_event(connection, Stamp(0.0, TimeTrust.NETWORK), EventName.STARTED)

    await journal.commit(events)
    await journal.commit(lambda c: put(c, 1, 3 * MOST, most=1_000_000))
    await journal.commit(lambda c: put(c, 3 * MOST + 1, MOST, most=100))
    rows = await journal.read(lambda c: waiting(c, Lane.READING))
    assert len([row for row in rows if row.kind == "reading"]) <= 100 + LOOK_EVERY
    assert len(await journal.read(told)) == 51
