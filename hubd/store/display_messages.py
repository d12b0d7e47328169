"""What displays in the home are to be told of each meter's top-ups: the newest word on each, and who has had it."""

import sqlite3
from dataclasses import dataclass

from hubd.model.identity import Eui64
from hubd.model.top_up_case import TopUpCase
from hubd.store import issuer_events


@dataclass(frozen=True, slots=True)
class MessageRow:
    """The newest word on one meter. `at_unix_s`: when it came about, by the hub's clock."""

    meter: Eui64
    message_id: int
    case: TopUpCase
    at_unix_s: float


@dataclass(frozen=True, slots=True)
class ToldRow:
    """The newest message on a meter that a display has had. `confirmed`: somebody has read it there."""

    display: Eui64
    meter: Eui64
    message_id: int
    confirmed: bool


def put(connection: sqlite3.Connection, meter: Eui64, case: TopUpCase, at_unix_s: float) -> MessageRow:
    """There is a newer word on this meter; it takes the place of the one before. Its number comes from the same
    rising row as those of commands: none is used twice.
    """
    row = MessageRow(meter, issuer_events.next_id(connection, at_unix_s), case, at_unix_s)
    connection.execute(
        "INSERT OR REPLACE INTO display_message (meter, message_id, top_up_case, at_unix_s) VALUES (?, ?, ?, ?)",
        (row.meter, row.message_id, str(row.case), row.at_unix_s),
    )
    return row


def every(connection: sqlite3.Connection) -> list[MessageRow]:
    """The newest word on each meter. One of a case that this version does not know is left out."""
    rows = connection.execute("SELECT meter, message_id, top_up_case, at_unix_s FROM display_message")
    return [
        MessageRow(Eui64(meter), message_id, TopUpCase(case), at_unix_s)
        for meter, message_id, case, at_unix_s in rows
        if case in set(TopUpCase)
    ]


def told(connection: sqlite3.Connection, display: Eui64, message: MessageRow) -> bool:
    """The display has this message; whether that is news. Of an older one than it is known to have, it is not."""
    changed = connection.execute(
        "INSERT INTO display_told (display, meter, message_id) VALUES (?, ?, ?) "
        "ON CONFLICT (display, meter) DO UPDATE SET message_id = excluded.message_id, confirmed = 0 "
        "WHERE message_id < excluded.message_id",
        (display, message.meter, message.message_id),
    )
    return changed.rowcount > 0


def confirmed(connection: sqlite3.Connection, display: Eui64, message: MessageRow) -> bool:
    """Somebody has read it there; whether that is new."""
    changed = connection.execute(
        "UPDATE display_told SET confirmed = 1 WHERE display = ? AND meter = ? AND message_id = ? AND NOT confirmed",
        (display, message.meter, message.message_id),
    )
    return changed.rowcount > 0


def all_told(connection: sqlite3.Connection) -> list[ToldRow]:
    """What each display has had."""
    rows = connection.execute("SELECT display, meter, message_id, confirmed FROM display_told")
    return [ToldRow(Eui64(row[0]), Eui64(row[1]), row[2], bool(row[3])) for row in rows]


def forget(connection: sqlite3.Connection, device: Eui64) -> None:
    """A meter or a display is gone."""
    connection.execute("DELETE FROM display_message WHERE meter = ?", (device,))
    connection.execute("DELETE FROM display_told WHERE ? IN (meter, display)", (device,))
