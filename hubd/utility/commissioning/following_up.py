"""What a visit that began with gas leaves to be done, by which day, and what is told of it (R14).

The day comes from a clock that is trusted: a Pi that has just been switched on may believe that it is years ago, and
all would be overdue once its clock is right. Everything here is part of the caller's transaction.
"""

import sqlite3
from datetime import UTC, datetime

from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import follow_ups, visits
from hubd.utility.commissioning.stated_again import state_again
from hubd.utility.commissioning.working_days import due_after
from hubd.utility.events import EventName
from hubd.utility.outgoing import put_event

_REASON = "gas is in service, and the electricity meter is still to come"


def begin(connection: sqlite3.Connection, visit: str, at: Stamp) -> str | None:
    """This visit is to be followed up. Returns the day; None as long as there is none."""
    known = follow_ups.find(connection, visit)
    if known is not None:
        return known.due
    follow_ups.add(connection, visit)
    return None if at.trust is TimeTrust.UNSYNCED else _set_day(connection, visit, at)


def meet(connection: sqlite3.Connection, at: Stamp) -> None:
    """It has been done, for every visit that left it."""
    for row in follow_ups.meet_all(connection, at):
        put_event(connection, at, EventName.FOLLOW_UP_MET, detail=_detail(row))


def anything_to_tell(connection: sqlite3.Connection, at: Stamp) -> bool:
    """Whether `tell` has something to do."""
    return bool(_without_day(connection, at) or _late(connection, at))


def tell(connection: sqlite3.Connection, at: Stamp) -> None:
    """Set the days that are still to be set, each told with its visit's statement; and tell, once, of a day that is
    over.
    """
    for row in _without_day(connection, at):
        due = _set_day(connection, row.visit, at)
        if (visit := visits.find(connection, row.visit)) is not None and visit.statement is not None:
            state_again(connection, row.visit, visit.statement, at, follow_up_due=due)
    for row in _late(connection, at):
        follow_ups.tell_overdue(connection, row.visit)
        put_event(connection, at, EventName.FOLLOW_UP_OVERDUE, detail=_detail(row))


def _set_day(connection: sqlite3.Connection, visit: str, at: Stamp) -> str:
    due = due_after(datetime.fromtimestamp(at.unix_s, UTC).date()).isoformat()
    follow_ups.set_due(connection, visit, due)
    put_event(connection, at, EventName.FOLLOW_UP_DUE, reason=_REASON, detail={"visit": visit, "due": due})
    return due


def _without_day(connection: sqlite3.Connection, at: Stamp) -> list[follow_ups.FollowUpRow]:
    if at.trust is TimeTrust.UNSYNCED:
        return []
    return [row for row in follow_ups.unmet(connection) if row.due is None]


def _late(connection: sqlite3.Connection, at: Stamp) -> list[follow_ups.FollowUpRow]:
    if at.trust is TimeTrust.UNSYNCED:
        return []
    today = datetime.fromtimestamp(at.unix_s, UTC).date().isoformat()
    return [row for row in follow_ups.unmet(connection) if row.due and row.due < today and not row.told_overdue]


def _detail(row: follow_ups.FollowUpRow) -> dict[str, str]:
    return {"visit": row.visit} | ({"due": row.due} if row.due else {})
