"""What a message says of its hub's supply, written beside the message, in the same transaction.

All of it merges by least and greatest: a message that comes twice, late or out of order changes nothing it should
not. A hub that speaks proves that supply was on, but it may live on its capacitor: what it said proves it only for
`HOLD_S` before, except where it says of its supply itself or reads a mains meter (a hub without supply reads none).
"""

import sqlite3

import msgspec

from hubd.headend.inbound import Arrived
from hubd.headend.outages import tables
from hubd.headend.outages.evidence import DEFAULT_RULES, LossKind
from hubd.model.stamp import TimeTrust
from hubd.wan.messages import ReadingBody, Status, When
from hubd.wan.supply_messages import OutageAlertBody, OutageMomentaryBody, OutageRestoredBody

HOLD_S = 300.0
"""No hub lives longer than this on its capacitor."""
STABLE_S = DEFAULT_RULES.stable_s


def take(connection: sqlite3.Connection, arrived: Arrived, now_s: float) -> bool:
    """Write what a new message says. True where it is of an outage."""
    hub, at_s = arrived.up.hub, _moment_s(arrived.up.at, now_s)
    match arrived.body:
        case OutageAlertBody() as body:
            tables.learn_place(connection, hub, body.topology)
            _take_alert(connection, hub, body, at_s, now_s)
            return True
        case OutageRestoredBody() as body:
            tables.learn_place(connection, hub, body.topology)
            _take_restored(connection, hub, body, at_s, now_s)
            _heard_on(connection, hub, at_s, now_s)
            return True
        case OutageMomentaryBody() as body:
            tables.learn_place(connection, hub, body.topology)
            began_s = (
                at_s - STABLE_S - body.lasted_s if body.lasted_s is not None else _moment_s(body.began.earliest, at_s)
            )
            connection.execute(
                "INSERT OR IGNORE INTO momentaries VALUES (?,?,?,?)", (hub, body.outage, began_s, body.operations)
            )
            _heard_on(connection, hub, at_s, now_s)
        case ReadingBody(power_w=int()) as body if body.measured_at.trust is TimeTrust.NETWORK:
            _heard_on(connection, hub, min(body.measured_at.unix_s, now_s), now_s)
        case _:
            _heard_on(connection, hub, at_s - HOLD_S, now_s)
    return False


def take_status(connection: sqlite3.Connection, status: Status, now_s: float, *, retained: bool) -> None:
    """Write what a status or a last will says. A retained one may be old: of it only what is sure is taken."""
    if status.state == "offline":
        if not retained or not _known_offline(connection, status.hub):
            connection.execute(
                """INSERT INTO heard VALUES (?, NULL, ?) ON CONFLICT (hub) DO UPDATE SET
                   lost_unix_s = excluded.lost_unix_s""",
                (status.hub, now_s),
            )
        return
    tables.learn_place(connection, status.hub, status.topology)
    if status.at is None or (retained and status.at.trust is TimeTrust.UNSYNCED):
        return
    at_s = _moment_s(status.at, now_s)
    if status.supply != "off":
        _heard_on(connection, status.hub, at_s if status.supply == "on" else at_s - HOLD_S, now_s)


def _take_alert(connection: sqlite3.Connection, hub: str, body: OutageAlertBody, at_s: float, now_s: float) -> None:
    since_s = at_s - body.off_for_s
    began_s = min(since_s, _began_s(body, at_s, since_s))
    kind = LossKind.ALERT if body.claim == "alert" else LossKind.PROVISIONAL
    detail = None if body.detail is None else msgspec.json.encode(body.detail)
    connection.execute(
        """INSERT INTO losses (hub, outage, kind, began_unix_s, since_unix_s, told_unix_s, operations, detail)
           VALUES (?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT (hub, outage) DO UPDATE SET
           kind = CASE WHEN kind = 'alert' THEN kind ELSE excluded.kind END,
           began_unix_s = min(began_unix_s, excluded.began_unix_s),
           since_unix_s = max(since_unix_s, excluded.since_unix_s),
           told_unix_s = min(told_unix_s, excluded.told_unix_s),
           operations = max(operations, excluded.operations), detail = coalesce(detail, excluded.detail)""",
        (hub, body.outage, kind, began_s, since_s, now_s, body.operations, detail),
    )


def _began_s(body: OutageAlertBody, at_s: float, since_s: float) -> float:
    if body.since_first_s is not None:
        return at_s - body.since_first_s
    return since_s if body.began.earliest.trust is TimeTrust.UNSYNCED else body.began.earliest.unix_s


def _take_restored(
    connection: sqlite3.Connection, hub: str, body: OutageRestoredBody, at_s: float, now_s: float
) -> None:
    trusted = body.ended.trust is not TimeTrust.UNSYNCED
    ended_s = min(body.ended.unix_s, now_s) if trusted else at_s - STABLE_S
    if body.lasted_s is not None:
        began_s = ended_s - body.lasted_s
    else:
        began_s = ended_s if body.began.earliest.trust is TimeTrust.UNSYNCED else body.began.earliest.unix_s
    connection.execute(
        """INSERT INTO losses (hub, outage, kind, began_unix_s, since_unix_s, told_unix_s, operations, ended_unix_s,
               ended_told_unix_s) VALUES (?1,?2,'untold',?3,?3,?5,?6,?4,?5) ON CONFLICT (hub, outage) DO UPDATE SET
           operations = max(operations, excluded.operations),
           ended_unix_s = coalesce(ended_unix_s, max(excluded.ended_unix_s, since_unix_s)),
           ended_told_unix_s = coalesce(ended_told_unix_s, excluded.ended_told_unix_s)""",
        (hub, body.outage, min(began_s, ended_s), ended_s, now_s, body.operations),
    )


def _heard_on(connection: sqlite3.Connection, hub: str, on_s: float, now_s: float) -> None:
    """Supply was on at this moment. An open loss has ended by it where that has been so for a minute; one that was
    only presumed, at once.
    """
    connection.execute(
        """INSERT INTO heard VALUES (?, ?, NULL) ON CONFLICT (hub) DO UPDATE SET
           on_unix_s = max(coalesce(on_unix_s, excluded.on_unix_s), excluded.on_unix_s)""",
        (hub, on_s),
    )
    connection.execute(
        """UPDATE losses SET
             alive_from_unix_s = min(coalesce(alive_from_unix_s, ?2), ?2),
             alive_to_unix_s = max(coalesce(alive_to_unix_s, ?2), ?2)
           WHERE hub = ?1 AND ended_unix_s IS NULL AND since_unix_s < ?2 - ?3""",
        (hub, on_s, DEFAULT_RULES.slack_s),
    )
    connection.execute(
        """UPDATE losses SET ended_unix_s = alive_from_unix_s, ended_told_unix_s = ?2
           WHERE hub = ?1 AND ended_unix_s IS NULL AND alive_from_unix_s IS NOT NULL
             AND (kind = 'presumed' OR alive_to_unix_s - alive_from_unix_s >= ?3)""",
        (hub, now_s, STABLE_S),
    )


def _known_offline(connection: sqlite3.Connection, hub: str) -> bool:
    row = connection.execute(
        "SELECT lost_unix_s > coalesce(on_unix_s, 0) FROM heard WHERE hub = ?", (hub,)
    ).fetchone()
    return bool(row and row[0])


def _moment_s(at: When, now_s: float) -> float:
    """The hub's wall time where it can be trusted and is not ahead of ours."""
    return now_s if at.trust is TimeTrust.UNSYNCED else min(at.unix_s, now_s)
