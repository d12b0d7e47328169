"""What hubs send: stored once, acknowledged up to the first gap, never over it (R30: a receipt is not lost)."""

import sqlite3
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubd.headend import inbound
from hubd.headend.inbound import Arrived, Journal, StatusArrived, Unreadable, understand
from hubd.model.lane import Lane
from hubd.wan import topics
from hubd.wan.messages import EventBody, Status

from .conftest import HUB, NOW, OTHER_HUB, memory_book, receipt, up

JOURNAL = "0a1b2c3d"
EVENT = EventBody(name="started")


def come(
    connection: sqlite3.Connection, seq: int, session: str = "s1", journal: str = JOURNAL, after: int | None = None
) -> bool:
    said = msgspec.structs.replace(up(HUB, journal, Lane.EVENT, seq, "event", EVENT), after=after)
    message = Arrived(said, EVENT, None)
    return inbound.store(connection, message, session, NOW)


def stored(connection: sqlite3.Connection, journal: str = JOURNAL) -> int:
    ack = inbound.acknowledgement(connection, Journal(HUB, journal))
    return ack.stored[Lane.EVENT] if ack else 0


def test_messages_are_acknowledged_as_far_as_nothing_is_missing(connection: sqlite3.Connection) -> None:
    for seq, expected in ((1, 1), (2, 2), (4, 2), (5, 2), (3, 5)):
        assert come(connection, seq)
        assert stored(connection) == expected


def test_a_message_that_came_before_is_stored_once(connection: sqlite3.Connection) -> None:
    assert come(connection, 1)
    assert not come(connection, 1)
    assert connection.execute("SELECT count(*) FROM inbound").fetchone()[0] == 1


def test_a_gap_in_the_middle_is_never_acknowledged_over_however_often_the_rest_comes(
    connection: sqlite3.Connection,
) -> None:
    for seq in (1, 3, 4, 3, 4, 3, 4):
        come(connection, seq)
    assert stored(connection) == 1


def test_a_journal_that_begins_later_is_acknowledged_when_its_oldest_message_comes_again(
    connection: sqlite3.Connection,
) -> None:
    """The hub is older than this book: it sends again from its oldest, and nothing lower comes."""
    for seq in (40, 41, 42):
        come(connection, seq)
    assert stored(connection) == 0
    come(connection, 41)
    assert stored(connection) == 0
    come(connection, 40)
    assert stored(connection) == 42


def test_what_the_hub_has_no_more_is_not_waited_for_by_a_book_that_was_restored(
    connection: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """Numbers 4 to 39 were stored and acknowledged in a book that is lost."""
    for seq in (1, 2, 3):
        come(connection, seq)
    come(connection, 40, after=0)
    come(connection, 41)
    assert stored(connection) == 41
    assert "has 4 to 39 of lane event no more" in caplog.text


def test_a_gap_that_the_hub_can_still_fill_is_waited_for_whatever_lies_before_it(
    connection: sqlite3.Connection,
) -> None:
    for seq in (1, 2, 3):
        come(connection, seq)
    come(connection, 50, after=45)
    assert stored(connection) == 3
    come(connection, 45, after=3)
    assert stored(connection) == 45
    come(connection, 50, after=45)
    assert stored(connection) == 50


def test_a_new_book_begins_with_the_oldest_that_the_hub_has(connection: sqlite3.Connection) -> None:
    come(connection, 40, after=0)
    come(connection, 41)
    assert stored(connection) == 41


def test_a_redelivery_after_our_own_reconnection_is_not_taken_for_a_second_coming(
    connection: sqlite3.Connection,
) -> None:
    come(connection, 40, "s1")
    come(connection, 40, "s2")
    assert stored(connection) == 0
    come(connection, 40, "s2")
    assert stored(connection) == 40


def test_what_the_broker_lost_before_the_first_message_is_waited_for(connection: sqlite3.Connection) -> None:
    come(connection, 3)
    come(connection, 1)
    assert stored(connection) == 1
    come(connection, 2)
    assert stored(connection) == 3


def test_another_journal_of_the_same_hub_counts_for_itself(connection: sqlite3.Connection) -> None:
    come(connection, 1)
    come(connection, 1, journal="ffffffff")
    come(connection, 2, journal="ffffffff")
    assert (stored(connection), stored(connection, "ffffffff")) == (1, 2)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 12), max_size=60))
def test_the_acknowledgement_over_many_sessions_is_the_end_of_the_unbroken_run_from_one(seqs: list[int]) -> None:
    connection = memory_book()
    seen: set[int] = set()
    for number, seq in enumerate(seqs):
        come(connection, seq, session=str(number))
        seen.add(seq)
        run = next(n for n in range(14) if n + 1 not in seen)
        assert stored(connection) == run
    connection.close()


def encoded(**changes: Any) -> bytes:
    message = msgspec.to_builtins(up(HUB, JOURNAL, Lane.RECEIPT, 7, "receipt", receipt("o-1")))
    return msgspec.json.encode({**message, **changes})


TOPIC = topics.up(HUB, Lane.RECEIPT)


def test_a_good_message_is_understood_with_its_body() -> None:
    understood = understand(TOPIC, encoded())
    assert isinstance(understood, Arrived)
    assert understood.body == receipt("o-1")


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (TOPIC, b""),
        (TOPIC, b"\xff\xfe"),
        (TOPIC, b"[]"),
        (TOPIC, b'{"v":2}'),
        (TOPIC, encoded(hub=OTHER_HUB)),
        (TOPIC, encoded(lane="alarm")),
        (TOPIC, encoded(seq=0)),
        (TOPIC, encoded(seq=-1)),
        (TOPIC, encoded(seq=1 << 62)),
        (TOPIC, encoded(kind="unheard_of")),
        (topics.up(OTHER_HUB, Lane.RECEIPT), encoded()),
        (topics.status(HUB), msgspec.json.encode(Status(v=1, hub=OTHER_HUB, state="online"))),
        (topics.status(HUB), b"offline"),
    ],
)
def test_what_is_not_ours_is_kept_apart_and_acknowledges_nothing(topic: str, payload: bytes) -> None:
    assert isinstance(understand(topic, payload), Unreadable)


def test_a_body_of_the_wrong_form_is_kept_with_its_fault_so_that_the_lane_goes_on(
    connection: sqlite3.Connection,
) -> None:
    understood = understand(topics.up(HUB, Lane.EVENT), encoded(lane="event", kind="event", seq=1, body={"x": 1}))
    assert isinstance(understood, Arrived)
    assert understood.body is None
    assert understood.fault
    inbound.store(connection, understood, "s1", NOW)
    assert stored(connection) == 1


def test_a_status_is_kept_for_each_hub_the_latest_only(connection: sqlite3.Connection) -> None:
    for state in ("online", "offline"):
        understood = understand(topics.status(HUB), msgspec.json.encode({"v": 1, "hub": HUB, "state": state}))
        assert isinstance(understood, StatusArrived)
        inbound.store_status(connection, understood.status, NOW)
    assert [(status.hub, status.state) for status, _ in inbound.statuses(connection)] == [(HUB, "offline")]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_from_outside_break_the_reader(payload: bytes) -> None:
    assert isinstance(understand(TOPIC, payload), Unreadable)
