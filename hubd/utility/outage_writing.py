"""Writing an outage down on a card that may be full. What it does not take waits, in order, and is tried again; an
alert does not wait for it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from hubd.errors import StoreError
from hubd.model.stamp import Stamp
from hubd.power.outage import Row
from hubd.power.outage_effects import Effect, Persist, SendAlert, SendRestored
from hubd.utility.outage_journal import Entry, OutageJournal

log = logging.getLogger(__name__)

MOST = 200
"""So many entries wait at most; the oldest without an alert or a restoration is given up for one more."""


class SayUnstored(Protocol):
    """`WanLink.say_unstored`."""

    def __call__(self, name: str, kind: str, body: bytes, at: Stamp, told: Callable[[], None], /) -> None:
        """Tell an alarm that could not be written down."""


@dataclass(frozen=True, slots=True)
class Written:
    """What is on disk now. `alert_seq`: the number of the alert, where there is one among it."""

    effects: Sequence[Effect]
    alert_seq: int | None


class OutageWriting:
    """`stored` hears of the outage whose alert the head-end has stored though we have not."""

    def __init__(self, store: OutageJournal, say_unstored: SayUnstored, stored: Callable[[str], None]) -> None:
        self._store = store
        self._say_unstored = say_unstored
        self._stored = stored
        self._waiting: list[Entry] = []
        self._failing = False

    @property
    def waiting(self) -> int:
        """So many entries could not be written yet."""
        return len(self._waiting) if self._failing else 0

    async def put(self, entry: Entry) -> Written | None:
        """Write it, behind what waits. Where nothing can be written it waits too, and what is urgent in it is said
        without: None then.
        """
        self._waiting = [*_making_room(self._waiting, entry), entry]
        written = await self.write()
        if written is None:
            self._say(entry)
        return written

    async def write(self) -> Written | None:
        """Try what waits. None where nothing does, or nothing can be written still."""
        if not (tried := list(self._waiting)):
            return None
        try:
            seq = await self._store.do(tried)
        except StoreError as error:
            level = logging.DEBUG if self._failing else logging.ERROR
            log.log(level, "the outage is not written down, and goes on without: %s", error)
            self._failing = True
            return None
        if self._failing:
            log.info("the outage is written down again")
        self._failing = False
        self._waiting = []
        return Written([effect for entry in tried for effect in entry.effects], seq)

    def _say(self, entry: Entry) -> None:
        for effect in entry.effects:
            if isinstance(effect, SendAlert) and (row := self._row(effect.outage_id)) is not None:
                body = self._store.place.alert(effect, row.failure, entry.detail, entry.at)
                self._say_one(effect.outage_id, "outage_alert", body, entry.at)
            elif isinstance(effect, SendRestored):
                body_of_end = self._store.place.restored(effect, entry.up_for_s, entry.at)
                self._say_one(effect.outage_id, "outage_restored", body_of_end, entry.at)

    def _say_one(self, outage_id: str, kind: str, body: msgspec.Struct, at: Stamp) -> None:
        def told() -> None:
            if kind == "outage_alert":
                self._stored(outage_id)

        self._say_unstored(f"{kind} {outage_id}", kind, msgspec.json.encode(body), at, told)

    def _row(self, outage_id: str) -> Row | None:
        """The outage's row that waits. None where it is on disk: its alert is there too, and is sent from there."""
        effects = [effect for entry in reversed(self._waiting) for effect in reversed(entry.effects)]
        return next((e.row for e in effects if isinstance(e, Persist) and e.row.outage_id == outage_id), None)


def _making_room(waiting: list[Entry], entry: Entry) -> list[Entry]:
    """A row that is written anew makes the last one of the same outage needless."""
    if waiting and _of_row_alone(waiting[-1]) is not None and _of_row_alone(waiting[-1]) == _of_row_alone(entry):
        return waiting[:-1]
    if len(waiting) < MOST:
        return waiting
    oldest = next((old for old in waiting if not any(_is_urgent(effect) for effect in old.effects)), None)
    return [old for old in waiting if old is not oldest]


def _of_row_alone(entry: Entry) -> str | None:
    rows = [effect.row.outage_id for effect in entry.effects if isinstance(effect, Persist)]
    return rows[-1] if len(rows) == len(entry.effects) else None


def _is_urgent(effect: Effect) -> bool:
    return isinstance(effect, SendAlert | SendRestored)
