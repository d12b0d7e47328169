"""The picture of outages, from the book as it stands."""

import sqlite3
from collections.abc import Iterable

import msgspec

from hubd.headend.outages import tables
from hubd.headend.outages.evidence import Loss, Rules
from hubd.headend.outages.incidents import regroup
from hubd.headend.outages.picture import Picture, Seen, picture_of
from hubd.wan.supply_messages import AlertDetail

DAY_S = 86_400.0


def look(connection: sqlite3.Connection, now_s: float, rules: Rules, ended_within_s: float = 0.0) -> Picture:
    """Everything that stands, and what ended so lately. Changes nothing."""
    known = tables.known_of(tables.read_rows(connection))
    incidents = tables.recent_incidents(connection, now_s - ended_within_s)
    losses = _with_ended(connection, known.losses, [i.number for i in incidents if i.over])
    network = tables.load_network(connection, {loss.hub for loss in losses})
    forming = regroup(known, now_s, rules).forming
    momentaries = connection.execute(
        "SELECT operations FROM momentaries WHERE began_unix_s >= ?", (now_s - DAY_S,)
    ).fetchall()
    operations = [row[0] for row in momentaries]
    seen = Seen(network, incidents, losses, forming, _asked(connection, now_s), _details(connection), operations)
    return picture_of(seen, now_s)


def _with_ended(connection: sqlite3.Connection, losses: Iterable[Loss], over: list[int]) -> list[Loss]:
    found = {loss.key: loss for loss in losses}
    for number in over:
        found |= {loss.key: loss for loss in tables.losses_of(connection, number)}
    return list(found.values())


def _details(connection: sqlite3.Connection) -> dict[str, AlertDetail]:
    """What hubs at transformers that are off told beside their alerts."""
    rows = connection.execute("SELECT hub, detail FROM losses WHERE detail IS NOT NULL AND ended_unix_s IS NULL")
    return {hub: msgspec.json.decode(detail, type=AlertDetail) for hub, detail in rows}


def _asked(connection: sqlite3.Connection, now_s: float) -> dict[str, str]:
    """How the hubs that were asked of an outage answered, the last question each."""
    rows = connection.execute(
        """SELECT hub, final, expires_unix_s FROM orders WHERE request GLOB 'outage-[0-9]*' AND created_unix_s > ?
           ORDER BY created_unix_s""",
        (now_s - DAY_S,),
    )
    return {
        hub: "answered" if final else "waiting" if now_s < expires_s else "silent" for hub, final, expires_s in rows
    }
