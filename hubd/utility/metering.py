"""Readings: from the network's reports and the hub's own asking, into profile and outbox, and on to the feed."""

import asyncio
import functools
import logging
import sqlite3

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.model.metering import MeterReading, ProfileBlock
from hubd.model.topup import PrepaymentState
from hubd.store import profiles
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_profile, put_reading, reading_body
from hubd.wan.messages import ProfileBody
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

HALF_HOUR_S = 1_800
PROFILE_PERIODS_A_QUERY = 12
"""Half-hours asked for at once: what fits one frame of Get Profile Response."""
PROFILE_GRACE_S = 20.0
"""After the half-hour has struck, so that the meter has closed it."""
CHANNELS = {"import": 0, "export": 1}
"""Interval channels of Get Profile: consumption delivered and received."""


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
            for ask in (self.read, self.collect_profile):
                try:
                    await ask(device)
                except LinkError as error:
                    log.debug("%s does not answer: %s", device, error)
            now_s = self._clock.stamp().unix_s
            to_half_hour_s = HALF_HOUR_S - now_s % HALF_HOUR_S + PROFILE_GRACE_S
            await asyncio.sleep(min(poll_s, to_half_hour_s))

    async def collect_profile(self, device: Eui64) -> None:
        """Fetch the half-hours that are not in the journal yet, channel by channel. Raises LinkError."""
        latest = self._feeding.latest(device)
        has_export = latest is not None and latest.reading is not None and latest.reading.export_wh is not None
        for name, channel in CHANNELS.items():
            if name == "export" and not has_export:
                continue
            now_s = int(self._clock.stamp().unix_s)
            newest = functools.partial(profiles.newest_end_unix_s, address=device, channel=name)
            newest_s = await self._journal.read(newest)
            if newest_s is not None and now_s < newest_s + HALF_HOUR_S:
                continue
            block = await self._network.read_profile(device, channel, now_s, PROFILE_PERIODS_A_QUERY)
            await self._keep(device, name, block, newest_s or 0)

    async def _keep(self, device: Eui64, channel: str, block: ProfileBlock, after_unix_s: int) -> None:
        at = self._clock.stamp()
        starts = [block.end_unix_s - (i + 1) * block.interval_s for i in range(len(block.wh))]
        fresh = [(s, wh) for s, wh in zip(starts, block.wh, strict=True) if s >= after_unix_s]
        if not fresh:
            return
        fresh.reverse()
        body = ProfileBody(device, channel, fresh[0][0], block.interval_s, [wh for _, wh in fresh])  # type: ignore[arg-type]

        def work(connection: sqlite3.Connection) -> None:
            for start_unix_s, wh in fresh:
                profiles.put(connection, device, channel, start_unix_s, wh)
            put_profile(connection, at, body)

        await self._journal.commit_grouped(work)
        self._notify()
