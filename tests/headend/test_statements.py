"""A statement that is sent again takes the place of the one before: the newest of a visit counts (R16)."""

import sqlite3

import msgspec

from hubd.headend import inbound, statements
from hubd.headend.inbound import Arrived
from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.model.stamp import TimeTrust
from hubd.wan.messages import When
from hubd.wan.statement import StatementBody

from .conftest import HUB, NOW, OTHER_HUB, up

JOURNAL = "0a1b2c3d"


def comes(
    connection: sqlite3.Connection, seq: int, visit: str, remarks: str, hub: HubId = HUB, after_s: float = 0.0
) -> None:
    at = When(NOW, TimeTrust.NETWORK)
    body = StatementBody(visit, at, at, True, "0", "GBP", None, remarks, None, [], [], [], [], [], [])
    message = Arrived(up(hub, JOURNAL, Lane.EVENT, seq, "statement", body), body, None)
    inbound.store(connection, message, "s1", NOW + after_s)


def remarks(connection: sqlite3.Connection, **of: str) -> list[str | None]:
    return [each.body.remarks for each in statements.every(connection, **of)]


def test_of_each_visit_the_newest_stands_whatever_order_they_came_in_r16(connection: sqlite3.Connection) -> None:
    comes(connection, 1, "v-1", "first")
    comes(connection, 2, "v-2", "other visit", after_s=10)
    comes(connection, 4, "v-1", "third", after_s=20)
    comes(connection, 3, "v-1", "second, delayed", after_s=30)
    comes(connection, 1, "v-1", "other hub", hub=OTHER_HUB, after_s=40)
    assert remarks(connection) == ["other hub", "third", "other visit"]
    assert remarks(connection, hub=HUB, visit="v-1") == ["third"]
    count = connection.execute("SELECT count(*) FROM inbound").fetchone()[0]
    assert count == 5, "the earlier ones stay in the book"
    assert msgspec.json.encode(statements.every(connection)[1].body)
