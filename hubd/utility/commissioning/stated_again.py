"""A statement that goes out once more: of those of one visit the head-end keeps the newest."""

import sqlite3

import msgspec

from hubd.model.lane import Lane
from hubd.model.stamp import Stamp
from hubd.store import outbox, visits
from hubd.wan.statement import StatementBody


def state_again(
    connection: sqlite3.Connection, visit: str, statement: bytes, at: Stamp, **what_is_new: object
) -> None:
    """More has become known of a visit that is closed: its statement, with that, goes out once more. In the caller's
    transaction.
    """
    before = msgspec.json.decode(statement, type=StatementBody)
    body = msgspec.json.encode(msgspec.structs.replace(before, **what_is_new))
    visits.state_anew(connection, visit, body)
    outbox.put(connection, Lane.EVENT, "statement", body, at)
