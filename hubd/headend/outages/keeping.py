"""Bringing the book's incidents up to what is known, and asking after those who may still be off."""

import sqlite3
from dataclasses import dataclass

from hubd.headend import orders
from hubd.headend.outages import tables
from hubd.headend.outages.evidence import Rules
from hubd.headend.outages.incidents import Grouped, Known, regroup
from hubd.headend.outages.standing import Incident
from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.wan.messages import NoArgs

ANSWER_WITHIN_S = 120.0
"""A question that waits longer at the broker is of no use any more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What changed: incidents, and how many hubs are asked. `due_s`: when to look again even if nothing comes;
    `standing`: something is off, or may be.
    """

    changed: tuple[Incident, ...]
    asked: int
    due_s: float | None
    standing: bool


def bring_up(connection: sqlite3.Connection, now_s: float, rules: Rules) -> Kept:
    """Read, group, write, and queue the questions; in the caller's transaction."""
    return write(connection, group(tables.read_rows(connection), now_s, rules), now_s)


def group(rows: tables.Rows, now_s: float, rules: Rules) -> tuple[Known, Grouped]:
    """What the rows of the book mean now. It takes long in a storm, and needs neither book nor transaction."""
    known = tables.known_of(rows)
    return known, regroup(known, now_s, rules)


def write(connection: sqlite3.Connection, result: tuple[Known, Grouped], now_s: float) -> Kept:
    """Write it, and queue the questions; in the caller's transaction. What was stored since the rows were read
    stands: it is grouped the next time. Nobody else may group the same book.
    """
    known, grouped = result
    tables.write_grouped(connection, grouped, known.losses)
    return Kept(grouped.changed, _ask(connection, grouped, now_s), grouped.due_s, bool(known.losses))


def _ask(connection: sqlite3.Connection, grouped: Grouped, now_s: float) -> int:
    """A signed `status` command to each hub, once for each incident."""
    asked = 0
    for number, hub in grouped.ask:
        request = question(number, hub)
        body = orders.body_hash("status", hub, {})
        if orders.repeated(connection, request, body) is None:
            orders.queue(
                connection,
                request,
                body,
                Role.NETWORK_OPERATOR,
                HubId(hub),
                "status",
                NoArgs(),
                now_s,
                ANSWER_WITHIN_S,
            )
            asked += 1
    return asked


def question(number: int, hub: str) -> str:
    """The request id of an incident's question to a hub."""
    return f"outage-{number}-{hub}"
