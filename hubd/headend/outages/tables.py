"""What the book keeps of outages: where hubs hang, their losses, when they were last heard, and the incidents."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hubd.headend.outages.evidence import Heard, Loss, LossKind
from hubd.headend.outages.incidents import Grouped, Known
from hubd.headend.outages.network import Network, Path, network_of, parse_path, spell, without_place
from hubd.headend.outages.standing import Incident

TABLES = """
CREATE TABLE places (
    hub TEXT PRIMARY KEY, path TEXT NOT NULL, source TEXT NOT NULL CHECK (source IN ('file', 'hub'))
) STRICT, WITHOUT ROWID;
CREATE TABLE heard (
    hub TEXT PRIMARY KEY, on_unix_s REAL, lost_unix_s REAL
) STRICT, WITHOUT ROWID;
CREATE TABLE losses (
    hub TEXT NOT NULL, outage TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('alert', 'provisional', 'untold', 'presumed')),
    began_unix_s REAL NOT NULL, since_unix_s REAL NOT NULL, told_unix_s REAL NOT NULL, operations INTEGER NOT NULL,
    alive_from_unix_s REAL, alive_to_unix_s REAL, ended_unix_s REAL, ended_told_unix_s REAL,
    incident INTEGER, detail BLOB, PRIMARY KEY (hub, outage)
) STRICT, WITHOUT ROWID;
CREATE INDEX losses_open ON losses (hub) WHERE ended_unix_s IS NULL;
CREATE INDEX losses_without_incident ON losses (hub) WHERE incident IS NULL;
CREATE INDEX losses_of_incident ON losses (incident);
CREATE TABLE momentaries (
    hub TEXT NOT NULL, outage TEXT NOT NULL, began_unix_s REAL NOT NULL, operations INTEGER NOT NULL,
    PRIMARY KEY (hub, outage)
) STRICT, WITHOUT ROWID;
CREATE TABLE incidents (
    number INTEGER PRIMARY KEY, node TEXT NOT NULL, whole INTEGER NOT NULL, began_unix_s REAL NOT NULL,
    opened_unix_s REAL NOT NULL, parent INTEGER, after_unix_s REAL, returned_unix_s REAL,
    returned_told_unix_s REAL, closed_unix_s REAL, into_number INTEGER
) STRICT;
CREATE INDEX incidents_open ON incidents (number) WHERE closed_unix_s IS NULL AND into_number IS NULL
"""

_LOSS = """hub, outage, kind, began_unix_s, since_unix_s, told_unix_s, operations, ended_unix_s, ended_told_unix_s,
    incident"""
_INCIDENT = """number, node, whole, began_unix_s, opened_unix_s, parent, after_unix_s, returned_unix_s,
    returned_told_unix_s, closed_unix_s, into_number"""
_STANDING = "closed_unix_s IS NULL AND into_number IS NULL"


# -- where hubs hang ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import changed."""

    hubs: int
    added: int
    moved: int
    removed: int


def import_places(connection: sqlite3.Connection, places: Mapping[str, Path]) -> Imported:
    """Take a file's word for where hubs hang: it replaces the last file's, and stands above what hubs say."""
    before = dict(connection.execute("SELECT hub, path FROM places WHERE source = 'file'").fetchall())
    connection.execute("DELETE FROM places WHERE source = 'file'")
    connection.executemany(
        "INSERT OR REPLACE INTO places VALUES (?, ?, 'file')", [(hub, spell(path)) for hub, path in places.items()]
    )
    moved = sum(hub in before and before[hub] != spell(path) for hub, path in places.items())
    return Imported(len(places), len(places.keys() - before.keys()), moved, len(before.keys() - places.keys()))


def learn_place(connection: sqlite3.Connection, hub: str, path: str | None) -> None:
    """Take a hub's own word for where it hangs, where no file says it."""
    if path is None:
        return
    try:
        parse_path(path)
    except ValueError:
        return  # the message is kept; the hub is grouped with no other
    connection.execute(
        """INSERT INTO places VALUES (?, ?, 'hub') ON CONFLICT (hub) DO UPDATE SET path = excluded.path
           WHERE source = 'hub' AND path != excluded.path""",
        (hub, path),
    )


def load_network(connection: sqlite3.Connection, beside: Iterable[str] = ()) -> Network:
    """The tree; the hubs `beside` get a place of their own where none is known."""
    return _network(connection.execute("SELECT hub, path FROM places"), beside)


def _network(rows: Iterable[sqlite3.Row], beside: Iterable[str]) -> Network:
    places = {hub: tuple(path.split("/")) for hub, path in rows}
    for hub in beside:
        places.setdefault(hub, without_place(hub))
    return network_of(places)


# -- for the grouping -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything the grouping needs, as it stands in the book: read quickly, understood elsewhere."""

    places: list[sqlite3.Row]
    losses: list[sqlite3.Row]
    incidents: list[sqlite3.Row]
    heard: list[sqlite3.Row]
    last_number: int


def read_rows(connection: sqlite3.Connection) -> Rows:
    """Losses that have not ended, have no incident yet, or belong to one that is not over; with all beside them."""
    return Rows(
        connection.execute("SELECT hub, path FROM places").fetchall(),
        connection.execute(
            f"""SELECT {_LOSS} FROM losses WHERE incident IN (SELECT number FROM incidents WHERE {_STANDING})
                UNION SELECT {_LOSS} FROM losses WHERE incident IS NULL
                UNION SELECT {_LOSS} FROM losses WHERE ended_unix_s IS NULL ORDER BY 1, 2"""  # noqa: S608
        ).fetchall(),
        connection.execute(
            f"""SELECT {_INCIDENT} FROM incidents WHERE {_STANDING}
                OR number IN (SELECT parent FROM incidents WHERE {_STANDING})"""  # noqa: S608 - the columns are ours
        ).fetchall(),
        connection.execute("SELECT * FROM heard").fetchall(),
        int(connection.execute("SELECT coalesce(max(number), 0) FROM incidents").fetchone()[0]),
    )


def known_of(rows: Rows) -> Known:
    """The same, understood."""
    losses = [_loss(row) for row in rows.losses]
    network = _network(rows.places, {loss.hub for loss in losses})
    heard = {row[0]: Heard(row[1], row[2]) for row in rows.heard}
    return Known(network, losses, [_incident(row) for row in rows.incidents], heard, rows.last_number + 1)


def standing_losses(connection: sqlite3.Connection) -> list[Loss]:
    """Losses that have not ended, have no incident yet, or belong to one that is not over."""
    return [_loss(row) for row in read_rows(connection).losses]


def losses_of(connection: sqlite3.Connection, number: int) -> list[Loss]:
    """The losses of one incident."""
    rows = connection.execute(
        f"SELECT {_LOSS} FROM losses WHERE incident = ? ORDER BY hub",  # noqa: S608
        (number,),
    )
    return [_loss(row) for row in rows]


def load_heard(connection: sqlite3.Connection) -> dict[str, Heard]:
    """The last word of each hub."""
    return {row[0]: Heard(row[1], row[2]) for row in connection.execute("SELECT * FROM heard")}


def write_grouped(connection: sqlite3.Connection, grouped: Grouped, before: Iterable[Loss]) -> None:
    """Write what the grouping found, in the caller's transaction."""
    connection.executemany(
        f"INSERT INTO losses ({_LOSS}) VALUES (?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
        [
            (
                loss.hub, loss.outage, loss.kind, loss.began_s, loss.since_s, loss.told_s, loss.operations,
                loss.ended_s, loss.ended_told_s, loss.incident,
            )
            for loss in grouped.presumed
        ],
    )  # fmt: skip
    held = {loss.key: loss.incident for loss in before}
    connection.executemany(
        "UPDATE losses SET incident = ? WHERE hub = ? AND outage = ?",
        [(number, *key) for key, number in grouped.belongs.items() if held.get(key) != number],
    )
    connection.executemany(
        f"INSERT OR REPLACE INTO incidents ({_INCIDENT}) VALUES (?,?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
        [
            (
                i.number, spell(i.node), i.whole, i.began_s, i.opened_s, i.parent, i.after_s, i.returned_s,
                i.returned_told_s, i.closed_s, i.into,
            )
            for i in grouped.changed
        ],
    )  # fmt: skip


def recent_incidents(connection: sqlite3.Connection, since_unix_s: float) -> list[Incident]:
    """Those not over, and those that ended since then; oldest first. Merged ones are left out."""
    rows = connection.execute(
        f"""SELECT {_INCIDENT} FROM incidents WHERE into_number IS NULL
            AND (closed_unix_s IS NULL OR closed_unix_s >= ?) ORDER BY number""",  # noqa: S608
        (since_unix_s,),
    )
    return [_incident(row) for row in rows]


def _loss(row: sqlite3.Row) -> Loss:
    return Loss(row[0], row[1], LossKind(row[2]), *row[3:10])


def _incident(row: sqlite3.Row) -> Incident:
    return Incident(row[0], tuple(row[1].split("/")), bool(row[2]), *row[3:11])
