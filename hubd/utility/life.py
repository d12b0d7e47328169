"""The last sign of life, on disk: so that a start after an unseen loss can say between which moments it began."""

import asyncio
import logging
import sqlite3
from dataclasses import dataclass

import msgspec

from hubd.errors import StoreError
from hubd.model.stamp import Stamp
from hubd.store import meta
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock

log = logging.getLogger(__name__)

_KEY = "last_alive"
EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class LastAlive:
    """`boot`: the life of the machine. `in_order`: the daemon was told to end; what followed was no surprise."""

    boot: str
    at: Stamp
    in_order: bool


class Life:
    """Reads what the last run left, and leaves its own."""

    def __init__(self, journal: Journal, clock: HubClock) -> None:
        self._journal = journal
        self._clock = clock

    async def last(self) -> LastAlive | None:
        """What the last run left; None where there was none."""
        text = await self._journal.read(lambda c: meta.get(c, _KEY))
        return None if text is None else msgspec.json.decode(text, type=LastAlive)

    async def run(self) -> None:
        """Leave a sign every minute, for ever."""
        while True:
            try:
                await self._journal.commit_grouped(self._work(in_order=False))
            except StoreError as error:
                log.debug("no sign of life: %s", error)
            await asyncio.sleep(EVERY_S)

    async def end(self) -> None:
        """The daemon ends because it was told to."""
        await self._journal.commit(self._work(in_order=True))

    def _work(self, *, in_order: bool) -> "_Put":
        return _Put(LastAlive(self._clock.boot(), self._clock.stamp(), in_order))


@dataclass(frozen=True, slots=True)
class _Put:
    alive: LastAlive

    def __call__(self, connection: sqlite3.Connection) -> None:
        meta.put(connection, _KEY, msgspec.json.encode(self.alive).decode())
