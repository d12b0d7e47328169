"""The duties of the last-gasp rules that must be on disk, those of one moment in one transaction: a kill between
writing an outage down and putting its alert into the outbox would lose the alert or double it.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from hubd.model.lane import Lane
from hubd.model.stamp import Stamp
from hubd.power.charge import Held
from hubd.power.outage import Row
from hubd.power.outage_effects import Effect, Persist, RecordMomentary, SendAlert, SendRestored
from hubd.store import outages, outbox
from hubd.store.journal import Journal
from hubd.store.outages import LaterRow
from hubd.utility.capacitor_watch import keep_held
from hubd.utility.outage_bodies import Place
from hubd.wan.supply_messages import AlertDetail, OutageAlertBody

DURABLE = (Persist, SendAlert, SendRestored, RecordMomentary)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the rules want on disk at one moment, and how things stood then. `up_for_s`: since the program's start;
    `held`: what is in the capacitor, where there is one.
    """

    effects: Sequence[Effect]
    losses_s: list[list[float]]
    detail: AlertDetail | None
    up_for_s: float
    at: Stamp
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on disk of the open outage: the rules' row, and every loss of it so far."""

    row: Row
    losses_s: list[list[float]]


@dataclass(frozen=True, slots=True)
class Found:
    """The open outage at the start. `boot`: the life of the machine in which it was written."""

    kept: Kept
    boot: str
    alert_seq: int | None


class OutageJournal:
    """Puts durable effects on disk."""

    def __init__(self, journal: Journal, place: Place, boot: str, *, restored_later: bool) -> None:
        self._journal = journal
        self.place = place
        self._boot = boot
        self.restored_later = restored_later

    async def find(self) -> Found | None:
        """The open outage. An alert that the head-end has stored is marked so."""

        def work(connection: sqlite3.Connection) -> Found | None:
            row = outages.find(connection)
            if row is None:
                return None
            kept = msgspec.json.decode(row.kept, type=Kept)
            if row.alert_seq is not None and outbox.standing(connection, Lane.ALARM, row.alert_seq) is None:
                kept = replace(kept, row=replace(kept.row, stored=True))
            return Found(kept, row.boot, row.alert_seq)

        return await self._journal.read(work)

    async def do(self, entries: Sequence[Entry]) -> int | None:
        """All of it, or none: then StoreError is raised. Returns the number of the last alert in it, in the alarm
        lane; None where there is none.
        """

        def work(connection: sqlite3.Connection) -> int | None:
            seq: int | None = None
            for entry in entries:
                if entry.held is not None:
                    keep_held(connection, self._boot, entry.held)
                for effect in entry.effects:
                    seq = self._put(connection, effect, entry) or seq
            return seq

        return await self._journal.commit(work)

    def _put(self, connection: sqlite3.Connection, effect: Effect, entry: Entry) -> int | None:
        if isinstance(effect, Persist):
            kept = msgspec.json.encode(Kept(effect.row, entry.losses_s))
            outages.keep(connection, effect.row.outage_id, self._boot, kept)
        elif isinstance(effect, SendAlert):
            return self._alert(connection, effect, entry.detail, entry.at)
        elif isinstance(effect, SendRestored):
            self._restored(connection, effect, entry.up_for_s, entry.at)
        elif isinstance(effect, RecordMomentary):
            body = msgspec.json.encode(self.place.momentary(effect, entry.up_for_s, entry.at))
            outbox.put(connection, Lane.EVENT, "outage_momentary", body, entry.at)
            outages.strike(connection)
        return None

    async def tell_later_ones(self, at: Stamp) -> None:
        """Their turn has come: restorations that waited go into the outbox."""

        def work(connection: sqlite3.Connection) -> None:
            for row in outages.take_later(connection):
                outbox.put(connection, Lane.ALARM, row.kind, row.body, at)

        await self._journal.commit(work)

    def _alert(
        self, connection: sqlite3.Connection, effect: SendAlert, detail: AlertDetail | None, at: Stamp
    ) -> int | None:
        """One message for one outage, however often it is sent; each sending says what is true at that moment."""
        row = outages.find(connection)
        assert row is not None, "an alert is written down before it is sent"
        failure = msgspec.json.decode(row.kept, type=Kept).row.failure
        body = self.place.alert(effect, failure, detail, at)
        if row.alert_seq is None:
            seq = outbox.put(connection, Lane.ALARM, "outage_alert", msgspec.json.encode(body), at)
            outages.note_alert(connection, effect.outage_id, seq)
            return seq
        waiting = outbox.standing(connection, Lane.ALARM, row.alert_seq)
        if waiting is not None and _says_more(body, msgspec.json.decode(waiting.body, type=OutageAlertBody)):
            outbox.write_anew(connection, Lane.ALARM, row.alert_seq, msgspec.json.encode(body), at)
        return row.alert_seq

    def _restored(self, connection: sqlite3.Connection, effect: SendRestored, up_for_s: float, at: Stamp) -> None:
        body = msgspec.json.encode(self.place.restored(effect, up_for_s, at))
        if self.restored_later:
            outages.put_later(connection, LaterRow(effect.outage_id, "outage_restored", body))
        else:
            outbox.put(connection, Lane.ALARM, "outage_restored", body, at)
        outages.strike(connection)


def _says_more(new: OutageAlertBody, old: OutageAlertBody) -> bool:
    """After a crash the loss is counted again from the start: that would say less than what already waits."""
    return new.off_for_s >= old.off_for_s
