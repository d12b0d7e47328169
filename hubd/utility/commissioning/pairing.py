"""What `hubctl pair` may ask: how every device of a visit stands, and the installer's own part in it."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hubd.console import ConsoleRefusedError, seconds
from hubd.model.device import Device
from hubd.model.identity import Eui64
from hubd.store import commissioning, follow_ups, visits
from hubd.store.journal import Journal
from hubd.store.visits import VisitRow
from hubd.utility.clock import HubClock
from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning.guest import Guest
from hubd.utility.commissioning.noting import note
from hubd.utility.commissioning.steps import METERS, RULES, Step
from hubd.utility.commissioning.visits import Visits
from hubd.utility.commissioning.why import cure
from hubd.utility.household import Household
from hubd.utility.notify import Notify
from hubd.wan.statement import VisitNotes

LONGEST_WAIT_S = 60.0
SHOWN = 5
"""The latest visits are shown in any case; older ones where a device still belongs to them."""
MOST_VISITS = 1_000

Answer = Callable[[dict[str, Any]], Awaitable[Any]]


class Pairing:
    """The installer's questions; `answers` belong to the daemon's console."""

    def __init__(
        self, journal: Journal, household: Household, visits_: Visits, clock: HubClock, notify: Notify
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._notify = notify
        self._household = household
        self._visits = visits_
        self.answers: dict[str, Answer] = {
            "pair": self.pair,
            "pair_retry": self.retry,
            "pair_note": self.note,
            "pair_close": self.close,
            "pair_statement": self.statement,
        }

    async def pair(self, question: dict[str, Any]) -> dict[str, Any]:
        """Every visit with its devices, as soon as something has changed since `after`, or after `wait_s`; the one
        that is named (`visit`) in any case.
        """
        after, wait_s = int(question.get("after", -1)), seconds(question, "wait_s", 0.0)
        await self._visits.until_changed(after, min(wait_s, LONGEST_WAIT_S))
        version = self._visits.version
        rows, tested, due = await self._journal.read(_looked_up)
        of_visit: dict[str, list[Guest]] = {}
        for guest in self._visits.guests():
            of_visit.setdefault(guest.visit, []).append(guest)
        return {
            "version": version,
            "visits": [
                self._visit(row, of_visit.get(row.visit, []), tested)
                for number, row in enumerate(rows)
                if number < SHOWN or row.visit in of_visit or row.visit == question.get("visit")
            ],
            "follow_ups": [{"visit": row.visit, "due": row.due} for row in due],
        }

    def _visit(self, row: VisitRow, guests: list[Guest], tested: frozenset[Eui64]) -> dict[str, Any]:
        shown = ((guest, self._household.find(guest.device)) for guest in guests)
        return {
            "visit": row.visit,
            "opened_at": row.opened_at.unix_s,
            "closed_at": None if row.closed_at is None else row.closed_at.unix_s,
            "has_statement": row.statement is not None,
            "notes": msgspec.json.decode(row.notes),
            "devices": [self._device(guest, d, guest.device in tested) for guest, d in shown if d is not None],
        }

    def _device(self, guest: Guest, device: Device, tested: bool) -> dict[str, Any]:
        way, held = guest.way, guest.way.held
        left_s = self._visits.seconds_left(guest.device)
        return {
            "alias": device.alias,
            "address": device.address,
            "kind": str(device.kind),
            "supplier": guest.supplier,
            "step": str(way.step),
            "steps": [str(step) for step in Step if step is Step.DONE or _has(step, guest)],
            "done": way.done,
            "held": None if held is None else str(held.why),
            "words": None if held is None else held.words(),
            "cure": None if held is None else cure(held, way.step),
            "waits_for": RULES[way.step].waits_for,
            "seconds_left": None if left_s is None else round(left_s),
            "vend_test_passed": tested,
        }

    async def retry(self, question: dict[str, Any]) -> dict[str, Any]:
        """Try the present step of a device again."""
        guest = self._guest(question)
        way = guest.way
        if way.held is None:
            raise ConsoleRefusedError(f"nothing holds {question.get('device')} up: there is nothing to retry")
        if way.step in (Step.INVITE, Step.JOIN):
            raise ConsoleRefusedError(
                f"a joining window is opened by a signed command only: {cure(way.held, way.step)}"
            )
        self._visits.happened(guest.device, ev.Retry())
        return {"device": guest.device, "step": str(way.step)}

    async def note(self, question: dict[str, Any]) -> dict[str, Any]:
        """Keep what the installer entered; fields that are given take the place of those that stand there. Of a visit
        that is closed, for five days: its statement goes out again.
        """
        try:
            given = msgspec.convert(question.get("notes", {}), VisitNotes)
        except msgspec.ValidationError as error:
            raise ConsoleRefusedError(f"these notes have not their form: {error}") from None
        name, given, at = _named(question), self._with_aliases(given), self._clock.stamp()
        noted = await self._journal.commit(lambda c: note(c, name, given, at))
        self._visits.changed()
        self._notify()
        return dict(msgspec.to_builtins(noted))

    def _with_aliases(self, given: VisitNotes) -> VisitNotes:
        """The new meters by the names they have here."""
        meters = [
            each
            if each.replaced_by is None
            else msgspec.structs.replace(each, replaced_by=self._alias(each.replaced_by))
            for each in given.old_meters
        ]
        return msgspec.structs.replace(given, old_meters=meters)

    def _alias(self, name: str) -> str:
        device = self._household.find(name)
        if device is None:
            known = ", ".join(each.alias for each in self._household.all()) or "none yet"
            raise ConsoleRefusedError(f"replaced by {name[:80]!r}: no such device here. Cure: one of these: {known}")
        return device.alias

    async def close(self, question: dict[str, Any]) -> dict[str, Any]:
        """End a visit with what it has come to."""
        row = await self._open_visit(question)
        await self._visits.close(row.visit)
        return {"visit": row.visit}

    async def statement(self, question: dict[str, Any]) -> Any:
        """The statement of a visit; of the latest closed one, where none is named."""
        name = question.get("visit")
        rows = await self._journal.read(lambda c: visits.recent(c, visits.KEPT_CLOSED * 2))
        for row in rows:
            if row.statement is not None and name in (None, row.visit):
                return msgspec.json.decode(row.statement)
        raise ConsoleRefusedError("no statement yet: it is made when the last device of the visit is in service")

    async def _open_visit(self, question: dict[str, Any]) -> VisitRow:
        name = question.get("visit")
        rows = await self._journal.read(lambda c: visits.recent(c, visits.KEPT_CLOSED * 2))
        for row in rows:
            if row.closed_at is None and name in (None, row.visit):
                return row
        raise ConsoleRefusedError("no such visit is open: the security centre's admission opens one")

    def _guest(self, question: dict[str, Any]) -> Guest:
        name = str(question.get("device", ""))
        device = self._household.find(name)
        guest = None if device is None else self._visits.guest(device.address)
        if guest is None:
            raise ConsoleRefusedError(f"no visit has named {name!r}: the security centre admits devices")
        return guest


def _looked_up(
    connection: sqlite3.Connection,
) -> tuple[list[VisitRow], frozenset[Eui64], list[follow_ups.FollowUpRow]]:
    rows = [row.device for row in commissioning.every(connection)]
    tested = frozenset(device for device in rows if commissioning.vend_test_passed(connection, device))
    return visits.recent(connection, MOST_VISITS), tested, follow_ups.unmet(connection)


def _has(step: Step, guest: Guest) -> bool:
    return guest.way.kind in METERS or step not in (Step.CLOCK_CHECK, Step.FIRST_READING, Step.VEND_TEST)


def _named(question: dict[str, Any]) -> str | None:
    return None if question.get("visit") is None else str(question["visit"])
