"""Brown-outs: the measured supply through the rules of `power/brown_out.py`, and what is told of it."""

import asyncio
import logging
import sqlite3
import uuid

import msgspec

from hubd.errors import LinkError, StoreError
from hubd.model.lane import Lane
from hubd.power import brown_out
from hubd.power.brown_out import BrownOut, BrownOutBegan
from hubd.power.voltage_adc import Voltmeter
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.notify import Notify
from hubd.utility.outage_bodies import Place

log = logging.getLogger(__name__)

MEASURE_EVERY_S = 0.5


class BrownOuts:
    """Measures for ever."""

    def __init__(
        self,
        voltmeter: Voltmeter,
        nominal_v: float,
        place: Place,
        journal: Journal,
        clock: HubClock,
        notify: Notify,
    ) -> None:
        self._voltmeter = voltmeter
        self._nominal_v = nominal_v
        self._place = place
        self._journal = journal
        self._clock = clock
        self._notify = notify
        self._state = BrownOut()
        self._name = ""
        self.supply_pu: float | None = None
        """The last measurement, in parts of nominal; None where the converter did not answer."""
        self.present_pu: float | None = None
        """The last measurement while there was any supply."""

    async def run(self) -> None:
        """For ever. A converter that does not answer says nothing about the supply."""
        while True:
            try:
                self.supply_pu = await asyncio.to_thread(self._voltmeter.volts) / self._nominal_v
            except LinkError:
                self.supply_pu = None
            else:
                await self.take(self.supply_pu)
            await asyncio.sleep(self._clock.lasts_s(MEASURE_EVERY_S))

    async def take(self, supply_pu: float) -> None:
        """One measurement."""
        if supply_pu >= brown_out.GONE_PU:
            self.present_pu = supply_pu
        self._state, effects = brown_out.step(self._state, supply_pu, self._clock.monotonic_s())
        for effect in effects:
            if isinstance(effect, BrownOutBegan):
                self._name = uuid.uuid4().hex
            body = msgspec.json.encode(self._place.brown_out(self._name, effect))
            await self._put(body)
            self._notify()

    async def _put(self, body: bytes) -> None:
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            outbox.put(connection, Lane.EVENT, "brown_out", body, at)

        try:
            await self._journal.commit(work)
        except StoreError as error:
            log.warning("a brown-out is not told: %s", error)
