"""Restorations that wait for their turn, so that not all hubs of a feeder speak at once."""

import asyncio
import logging
from collections.abc import Callable

from hubd.errors import StoreError
from hubd.model.identity import HubId
from hubd.power.spread import share
from hubd.utility.clock import HubClock
from hubd.utility.outage_journal import OutageJournal

log = logging.getLogger(__name__)

WRITE_AGAIN_EVERY_S = 5.0


class Restorations:
    """Told within `spread_s`. `urge`: one waits to be sent now."""

    def __init__(
        self, hub: HubId, store: OutageJournal, clock: HubClock, spread_s: float, urge: Callable[[], None]
    ) -> None:
        self._hub = hub
        self._store = store
        self._clock = clock
        self._spread_s = spread_s
        self._urge = urge

    async def tell(self, outage_id: str) -> None:
        """Put what waits into the outbox when this hub's turn has come. Returns at once where nothing ever waits."""
        if not self._store.restored_later:
            return
        await asyncio.sleep(self._clock.lasts_s(share(self._hub, outage_id) * self._spread_s))
        while not await self._told():
            await asyncio.sleep(self._clock.lasts_s(WRITE_AGAIN_EVERY_S))
        self._urge()

    async def _told(self) -> bool:
        try:
            await self._store.tell_later_ones(self._clock.stamp())
        except StoreError as error:
            log.debug("a restoration waits until it can be written: %s", error)
            return False
        return True
