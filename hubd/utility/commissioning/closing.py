"""The end of a visit: its statement, and what is left to be done by which day. All in the caller's transaction."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from hubd.model.device import Device
from hubd.model.identity import Eui64
from hubd.model.lane import Lane
from hubd.model.stamp import Stamp
from hubd.model.topup import Outcome
from hubd.store import commissioning, devices, inbox, outbox, visits
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.commissioning import admissions, following_up
from hubd.utility.commissioning.guest import Guest
from hubd.utility.commissioning.statement import Found, VisitFacts, follow_up_is_needed, statement
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_receipt
from hubd.utility.receipts import receipt_of
from hubd.wan.statement import VisitNotes

LOOK_EVERY_S: Final = 300.0


class Closing:
    """Ends visits. `coordinator` tells the hub's own address, where it is known; `board_serial` is its board's."""

    def __init__(
        self,
        journal: Journal,
        clock: HubClock,
        notify: Notify,
        currency: str,
        coordinator: Callable[[], Eui64 | None],
        board_serial: str | None = None,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._notify = notify
        self._currency = currency
        self._coordinator = coordinator
        self._board_serial = board_serial

    def arrived_in_service(
        self, connection: sqlite3.Connection, guest: Guest, everyone: Sequence[Guest], at: Stamp
    ) -> None:
        """A device is in service: perhaps the one that was still to come, perhaps the last of its visit."""
        in_service = self._in_service(connection, everyone)
        if not follow_up_is_needed(in_service):
            following_up.meet(connection, at)
        row = visits.find(connection, guest.visit)
        all_in = all(each.way.done for each in everyone if each.visit == guest.visit)
        if row is not None and all_in and not _is_told_whole(row):
            self._end(connection, row, everyone, at)

    def close(self, connection: sqlite3.Connection, visit: str, everyone: Sequence[Guest], at: Stamp) -> None:
        """End the visit with its statement, once: a closed one stays as it is."""
        row = visits.find(connection, visit)
        if row is not None and row.closed_at is None:
            self._end(connection, row, everyone, at)

    def _end(
        self, connection: sqlite3.Connection, row: visits.VisitRow, everyone: Sequence[Guest], at: Stamp
    ) -> None:
        visit = row.visit
        needed = follow_up_is_needed(self._in_service(connection, everyone))
        due = following_up.begin(connection, visit, at) if needed else None
        local = time.localtime(at.unix_s)
        facts = VisitFacts(
            visit,
            row.opened_at,
            at,
            self._currency,
            self._coordinator(),
            self._board_serial,
            local.tm_zone,
            local.tm_gmtoff,
            needed,
            due,
        )
        found = [self._found(connection, each) for each in everyone if each.visit == visit]
        notes = msgspec.json.decode(row.notes, type=VisitNotes)
        body = msgspec.json.encode(statement(facts, [each for each in found if each is not None], notes))
        visits.close(connection, visit, at, body)
        outbox.put(connection, Lane.EVENT, "statement", body, at)

    def forget(self, connection: sqlite3.Connection, gone: Guest, left: Sequence[Guest], at: Stamp) -> None:
        """A device was removed: its way, its codes and a token that waits for it end here."""
        row = commissioning.find(connection, gone.device)
        if row is not None and row.trial_token is not None and row.trial_order is not None:
            words = "the meter was removed before its vend test"
            inbox.finish(connection, row.trial_order)
            put_receipt(connection, at, receipt_of(row.trial_order, gone.device, Outcome.REFUSED, words, 0, None))
        commissioning.forget(connection, gone.device)
        if row is not None and row.admit_order is not None:
            admissions.let_go(connection, [row.admit_order], "removed before it had joined", at)
        of_the_visit = [each for each in left if each.visit == gone.visit]
        if of_the_visit and all(each.way.done for each in of_the_visit):
            self.close(connection, gone.visit, left, at)
        visits.drop_empty(connection)

    async def watch_follow_ups(self) -> None:
        """For ever."""
        while True:
            await self.look_after_follow_ups()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look_after_follow_ups(self) -> None:
        """Set the days that could not be set before the clock was right, and tell of what was to be done by a day
        that is over.
        """
        at = self._clock.stamp()
        if await self._journal.read(lambda c: following_up.anything_to_tell(c, at)):
            await self._journal.commit(lambda c: following_up.tell(c, at))
            self._notify()

    def _in_service(self, connection: sqlite3.Connection, everyone: Sequence[Guest]) -> list[Device]:
        done = {guest.device for guest in everyone if guest.way.done}
        return [device for device in devices.all_devices(connection) if device.address in done]

    def _found(self, connection: sqlite3.Connection, guest: Guest) -> Found | None:
        device = devices.find(connection, guest.device)
        if device is None:
            return None
        tested = commissioning.vend_test_passed(connection, guest.device)
        return Found(device, guest.supplier, guest.way, tested)


def _is_told_whole(row: visits.VisitRow) -> bool:
    """Whether the visit was closed with every device in service; closed by hand before that, it is told once more."""
    return row.statement is not None and bool(msgspec.json.decode(row.statement)["complete"])
