"""Issuer Event IDs of Smart Energy commands: a meter takes a later one over an earlier one, so they only rise."""

import sqlite3

from hubd.store import meta

_LAST = "issuer_event_id"


def next_id(connection: sqlite3.Connection, unix_s: float) -> int:
    """The next one. It follows the clock, as the specification asks, but never back."""
    last = meta.get(connection, _LAST)
    event = max(int(unix_s), 1 if last is None else int(last) + 1)
    meta.put(connection, _LAST, str(event))
    return event
