"""Readings: from the network's reports and the hub's own asking, into profile and outbox, and on to the feed."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable
from typing import Protocol

from hubd.errors import LinkError, NoRoomError
from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64
from hubd.model.metering import MeterReading
from hubd.model.topup import PrepaymentState
from hubd.store.journal import Journal
from hubd.store.profiles import HALF_HOUR_S
from hubd.utility import readings_bound
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.utility.half_hours import HalfHours
from hubd.utility.mailbox import LetterKind
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_reading, reading_body
from hubd.utility.turns import NobodySleeps, Turns
from hubd.zigbee.device_link import DeviceRefusedError
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

PROFILE_GRACE_S = 20.0
"""After the half-hour has struck, so that the meter has closed it."""
ROUTINE_EVERY_WAKES = 12
"""A sleeping meter reports by itself at each wake; what it does not say then is asked for at every so many."""


Told = Callable[[Eui64, MeterReading | None, PrepaymentState | None], None]
"""Hears what a meter said, once it is on disk."""


class MindsSilence(Protocol):
    """`silence.MainsMeters`."""

    async def answered(self, device: Eui64) -> None:
        """It was asked, and answered."""

    async def unanswered(self, device: Eui64, asked_every_s: float) -> None:
        """It was asked, and did not answer."""


class Metering:
    """The reading journey of the utility daemon."""

    def __init__(
        self,
        journal: Journal,
        network: SmartEnergyNetwork,
        feeding: Feeding,
        clock: HubClock,
        notify: Notify,
        turns: Turns | None = None,
        told: Told = lambda device, reading, prepayment: None,
        *,
        silence: MindsSilence,
        most_readings: int,
    ) -> None:
        self._journal = journal
        self._network = network
        self._feeding = feeding
        self._clock = clock
        self._notify = notify
        self._turns = turns or NobodySleeps()
        self._told = told
        self._silence = silence
        self._most_readings = most_readings
        self._asked_at_once = asyncio.Event()
        self._half_hours = HalfHours(journal, network, clock, notify)

    async def record(self, device: Eui64, reading: MeterReading | None, prepayment: PrepaymentState | None) -> None:
        """Values arrived: to the outbox, then to the feed. Returns when they are on disk. Raises NoRoomError where
        the card is full; the feed has them all the same.
        """
        body = reading_body(device, reading, prepayment)
        at = self._clock.stamp()
        self._feeding.measured(device, reading, prepayment)

        def work(connection: sqlite3.Connection) -> None:
            readings_bound.keep(connection, at, put_reading(connection, at, body), self._most_readings)

        await self._journal.commit_telemetry(work)
        self._notify()
        self._told(device, reading, prepayment)

    async def read(self, device: Eui64) -> tuple[MeterReading, PrepaymentState | None]:
        """Ask the meter now, and record what it says. Raises LinkError where it does not answer."""
        reading = await self._network.read_metering(device)
        prepayment = await self._prepayment(device)
        await self.record(device, reading, prepayment)
        return reading, prepayment

    async def read_account(self, device: Eui64) -> None:
        """After a top-up: the meter's own account and its supply, read and recorded. Silence or a full card is not an
        error here, because the next regular asking brings the same.
        """
        try:
            await self.read_in_turn(device, "account", LetterKind.ROUTINE)
        except (LinkError, NoRoomError) as error:
            log.debug("%s does not answer after its top-up: %s", device, error)

    async def read_in_turn(
        self, device: Eui64, name: str, kind: LetterKind = LetterKind.READ
    ) -> tuple[MeterReading, PrepaymentState | None]:
        """As `read`, of a meter that may sleep: then at its next wake. Raises LinkError where it does not answer."""
        return await self._turns.deliver(device, kind, name, lambda: self.read(device))

    async def _prepayment(self, device: Eui64) -> PrepaymentState | None:
        try:
            return await self._network.read_prepayment(device)
        except LinkError as error:
            log.debug("no prepayment values of %s: %s", device, error)
            return None

    async def poll(self, device: Eui64, poll_s: float) -> None:
        """Ask one meter regularly, and for its half-hours when they have closed. For ever; cancel to stop."""
        while True:
            try:
                await self._turns.deliver(device, LetterKind.ROUTINE, "routine", lambda: self._ask(device))
                self._turns.in_service(device)
                await self._silence.answered(device)
            except DeviceRefusedError as error:
                log.debug("%s refuses: %s", device, error)
                await self._silence.answered(device)
            except NoRoomError as error:
                log.debug("what %s says is not kept: %s", device, error)
                await self._silence.answered(device)
            except LinkError as error:
                log.debug("%s does not answer: %s", device, error)
                if not self._turns.sleeps(device):
                    await self._silence.unanswered(device, poll_s)
            await self._pause(device, poll_s)

    def ask_now(self) -> None:
        """The radio is up: every meter is asked at once, so that what can be heard is known."""
        self._asked_at_once.set()
        self._asked_at_once = asyncio.Event()

    async def _pause(self, device: Eui64, poll_s: float) -> None:
        if self._turns.sleeps(device):
            await asyncio.sleep(max(poll_s, ROUTINE_EVERY_WAKES * self._turns.wakes_every_s(device)))
            return
        now_s = self._clock.stamp().unix_s
        to_half_hour_s = HALF_HOUR_S - now_s % HALF_HOUR_S + PROFILE_GRACE_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(poll_s, to_half_hour_s)):
                await self._asked_at_once.wait()

    async def _ask(self, device: Eui64) -> None:
        await self.read(device)
        try:
            await self._collect_half_hours(device)
        except LinkError as error:
            log.debug("%s gives no half-hours: %s", device, error)

    async def _collect_half_hours(self, device: Eui64) -> None:
        latest = self._feeding.latest(device)
        if latest is None or latest.device.kind is not DeviceKind.ELECTRICITY_METER:
            return
        has_export = latest.reading is not None and latest.reading.export_wh is not None
        await self._half_hours.collect(device, has_export)
