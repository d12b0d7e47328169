"""Readings: from the network's reports and the hub's own asking, into profile and outbox, and on to the feed."""

import asyncio
import logging

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.model.metering import MeterReading
from hubd.model.topup import PrepaymentState
from hubd.store.journal import Journal
from hubd.store.profiles import HALF_HOUR_S
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.utility.half_hours import HalfHours
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_reading, reading_body
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

PROFILE_GRACE_S = 20.0
"""After the half-hour has struck, so that the meter has closed it."""


class Metering:
    """The reading journey of the utility daemon."""

    def __init__(
        self, journal: Journal, network: SmartEnergyNetwork, feeding: Feeding, clock: HubClock, notify: Notify
    ) -> None:
        self._journal = journal
        self._network = network
        self._feeding = feeding
        self._clock = clock
        self._notify = notify
        self._half_hours = HalfHours(journal, network, clock, notify)

    async def record(self, device: Eui64, reading: MeterReading | None, prepayment: PrepaymentState | None) -> None:
        """Values arrived: to the outbox, then to the feed. Returns when they are on disk."""
        body = reading_body(device, reading, prepayment)
        at = self._clock.stamp()
        self._feeding.measured(device, reading, prepayment)
        await self._journal.commit_grouped(lambda c: put_reading(c, at, body))
        self._notify()

    async def read(self, device: Eui64) -> tuple[MeterReading, PrepaymentState | None]:
        """Ask the meter now, and record what it says. Raises LinkError where it does not answer."""
        reading = await self._network.read_metering(device)
        prepayment = await self._prepayment(device)
        await self.record(device, reading, prepayment)
        return reading, prepayment

    async def read_account(self, device: Eui64) -> None:
        """After a top-up: the meter's own account and its supply, read and recorded. Silence is not an error here,
        because the next regular asking brings the same.
        """
        try:
            await self.read(device)
        except LinkError as error:
            log.debug("%s does not answer after its top-up: %s", device, error)

    async def _prepayment(self, device: Eui64) -> PrepaymentState | None:
        try:
            return await self._network.read_prepayment(device)
        except LinkError as error:
            log.debug("no prepayment values of %s: %s", device, error)
            return None

    async def poll(self, device: Eui64, poll_s: float) -> None:
        """Ask one meter regularly, and for its half-hours when they have closed. For ever; cancel to stop."""
        while True:
            for ask in (self.read, self._collect_half_hours):
                try:
                    await ask(device)
                except LinkError as error:
                    log.debug("%s does not answer: %s", device, error)
            now_s = self._clock.stamp().unix_s
            to_half_hour_s = HALF_HOUR_S - now_s % HALF_HOUR_S + PROFILE_GRACE_S
            await asyncio.sleep(min(poll_s, to_half_hour_s))

    async def _collect_half_hours(self, device: Eui64) -> None:
        latest = self._feeding.latest(device)
        has_export = latest is not None and latest.reading is not None and latest.reading.export_wh is not None
        await self._half_hours.collect(device, has_export)
