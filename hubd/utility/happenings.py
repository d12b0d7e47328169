"""What the network tells the daemon, turned into readings, register changes and events. One at a time, in order."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Mapping

from hubd.errors import NoRoomError
from hubd.model.han import (
    DeviceArrived,
    DeviceInterviewed,
    DeviceJoined,
    DeviceLeft,
    FrameBeforeKeyRefused,
    HanEvent,
    Heard,
    KeyEstablished,
    KeyEstablishmentFailed,
    KeyInDoubt,
    OwnCertificateUnusable,
    RadioForeign,
    RadioLost,
    RadioUp,
    Reported,
    UnlistedDeviceRefused,
    UnsecuredFrameRefused,
)
from hubd.model.identity import Eui64
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName
from hubd.utility.household import Household
from hubd.utility.metering import Metering
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_event
from hubd.utility.repeats import Repeats
from hubd.utility.vending import Vending

log = logging.getLogger(__name__)

WATCH = Callable[[Eui64], None]
OfDevice = Heard | Reported | DeviceJoined | DeviceLeft
OfSecurity = (
    KeyEstablished
    | KeyEstablishmentFailed
    | KeyInDoubt
    | OwnCertificateUnusable
    | UnsecuredFrameRefused
    | FrameBeforeKeyRefused
    | UnlistedDeviceRefused
)


class Happenings:
    """The queue between the radio's callbacks and the daemon's coroutines."""

    def __init__(self, journal: Journal, clock: HubClock, notify: Notify) -> None:
        self._journal = journal
        self._clock = clock
        self._notify = notify
        self._repeats = Repeats()
        self._queue: asyncio.Queue[HanEvent] = asyncio.Queue()

    def put(self, event: HanEvent) -> None:
        """Called by the network, from the event loop; never blocks."""
        self._queue.put_nowait(event)

    async def run(
        self,
        household: Household,
        metering: Metering,
        vending: Vending,
        watch: WATCH,
        also_tell: Callable[[HanEvent], None] = lambda event: None,
    ) -> None:
        """Take the happenings in turn, for ever. `watch` begins the regular asking of a device; `also_tell` hears of
        everything before it is taken.
        """
        while True:
            event = await self._next()
            also_tell(event)
            match event:
                case Heard() | Reported() | DeviceJoined() | DeviceLeft():
                    await self._take(event, household, metering, vending, watch)
                case RadioUp(coordinator):
                    await self.tell(EventName.RADIO_UP, detail={"coordinator": coordinator})
                    for known in household.all():
                        vending.heard_of(known.address)
                        watch(known.address)
                    metering.ask_now()
                case RadioForeign(bound, found, reason):
                    detail = {"bound": bound, "found": found}
                    household.radio_lost()
                    await self.tell(EventName.RADIO_FOREIGN, reason=reason, detail=detail)
                case RadioLost(reason):
                    household.radio_lost()
                    await self.tell(EventName.RADIO_LOST, reason=reason)
                case DeviceArrived() | DeviceInterviewed():
                    pass  # not in yet: told when it is
                case of_security:
                    await self._tell_of_security(of_security)

    async def _take(
        self, event: OfDevice, household: Household, metering: Metering, vending: Vending, watch: WATCH
    ) -> None:
        """A device on the network said something, came or left."""
        match event:
            case Heard(device):
                if household.knows(device):
                    household.heard_of(device)
            case Reported(device, reading, prepayment):
                if household.knows(device):
                    self._heard(household, vending, device)
                    with contextlib.suppress(NoRoomError):  # the journal has said so once
                        await metering.record(device, reading, prepayment)
            case DeviceJoined(device):
                self._heard(household, vending, device)
                await self.tell(EventName.DEVICE_JOINED, device=device)
                watch(device)
            case DeviceLeft(device):
                household.left(device)
                await self.tell(EventName.DEVICE_LEFT, device=device)

    async def _next(self) -> HanEvent:
        """The next happening. While none comes, what was only counted is told when its hour is over."""
        while (due_s := self._repeats.next_due_s()) is not None:
            left_s = max(0.0, due_s - self._clock.monotonic_s())
            try:
                async with asyncio.timeout(self._clock.lasts_s(left_s)):
                    return await self._queue.get()
            except TimeoutError:
                await self._tell_what_was_counted()
        return await self._queue.get()

    async def _tell_of_security(self, happening: OfSecurity) -> None:
        match happening:
            case KeyEstablished(device, suite, took_s):
                made = {"suite": suite, "took_ms": round(1000 * took_s)}
                await self.tell(EventName.KEY_ESTABLISHED, device=device, detail=made)
            case KeyEstablishmentFailed(device, reason, status):
                told = {} if status is None else {"status": f"0x{status:02X}"}
                await self._tell_of_many(EventName.KEY_ESTABLISHMENT_FAILED, device, reason, told)
            case KeyInDoubt(device, reason):
                await self._tell_of_many(EventName.KEY_IN_DOUBT, device, reason, {})
            case OwnCertificateUnusable(reason):
                await self.tell(EventName.OWN_CERTIFICATE_UNUSABLE, reason=reason)
            case UnsecuredFrameRefused(device, cluster_id):
                reason = "a Smart Energy frame came without APS security; it was dropped unread"
                told = {"cluster": f"0x{cluster_id:04X}"}
                await self._tell_of_many(EventName.UNSECURED_FRAME_REFUSED, device, reason, told)
            case FrameBeforeKeyRefused(device, cluster_id):
                reason = "a Smart Energy frame came before a key was established; it was dropped unread"
                told = {"cluster": f"0x{cluster_id:04X}"}
                await self._tell_of_many(EventName.FRAME_BEFORE_KEY_REFUSED, device, reason, told)
            case UnlistedDeviceRefused(device):
                reason = "nobody admitted it; it was told to leave"
                await self._tell_of_many(EventName.UNLISTED_DEVICE_REFUSED, device, reason, {})

    def _heard(self, household: Household, vending: Vending, device: Eui64) -> None:
        household.heard_of(device)
        vending.heard_of(device)

    async def _tell_of_many(
        self, name: EventName, device: Eui64, reason: str, detail: Mapping[str, str | int]
    ) -> None:
        """An event that anybody on the air can cause: how often is told, not each. Nothing that the sender chooses
        makes a kind of its own: the reason quotes what it said, and there are as many clusters as it likes.
        """
        await self._tell_what_was_counted()
        kind = (device, str(detail.get("status", "")))
        times = self._repeats.times_to_tell(name, kind, self._clock.monotonic_s())
        if times:
            await self.tell(name, device=device, reason=reason, detail={**detail, "times": times})

    async def _tell_what_was_counted(self) -> None:
        for name, times in self._repeats.left_over(self._clock.monotonic_s()).items():
            reason = "more of these within an hour; they were counted and not told one by one"
            await self.tell(EventName(name), reason=reason, detail={"times": times})

    async def tell(self, name: EventName, **facts: object) -> None:
        """One event, on disk when this returns; lost where the card is full to the last."""
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            put_event(connection, at, name, **facts)

        try:
            await self._journal.commit(work)
        except NoRoomError as full:
            log.debug("%s is not told: %s", name, full)
        self._notify()
