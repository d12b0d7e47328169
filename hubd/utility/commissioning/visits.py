"""The shell of commissioning: every device that a visit has named, its machine, and what the machine asks for.

A new state is on disk before its effects are performed, in one transaction with what must not part from it
(`written.py`): erased codes, the trial token's move into the ledger, the passed test, the answer to the order that
let the device in, the events, and the statement when the last device of a visit is in service.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from hubd.errors import LinkError
from hubd.model import han
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.store import commissioning
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning import machine, saved
from hubd.utility.commissioning.asking import Asking
from hubd.utility.commissioning.closing import Closing
from hubd.utility.commissioning.guest import Guest, guest_of
from hubd.utility.commissioning.trial import Phase
from hubd.utility.commissioning.verdict import verdict
from hubd.utility.commissioning.written import Written, write
from hubd.utility.notify import Notify
from hubd.utility.vending import Vending
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

ASK_RADIO_AGAIN_S = 0.5


class Visits:
    """All devices on their way. Events come in by `happened`; `run` takes them in turn."""

    def __init__(
        self,
        journal: Journal,
        network: SmartEnergyNetwork,
        vending: Vending,
        clock: HubClock,
        notify: Notify,
        asking: Asking,
        closing: Closing,
    ) -> None:
        self._journal = journal
        self._network = network
        self._vending = vending
        self._clock = clock
        self._notify = notify
        self._asking = asking
        self._closing = closing
        self._guests: dict[Eui64, Guest] = {}
        self._events: asyncio.Queue[tuple[Eui64, ev.Event]] = asyncio.Queue()
        self._questions: dict[Eui64, asyncio.Task[None]] = {}
        self._to_resume: list[tuple[Eui64, ev.Effect]] = []
        self._one_at_a_time = asyncio.Lock()
        self._changed = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self.version = 0
        """Rises with every change that somebody who watches would see."""

    def on_its_way(self, device: Eui64) -> bool:
        """Whether the device is being put into service, and nothing holds it up."""
        guest = self._guests.get(device)
        return guest is not None and not guest.way.done and guest.way.held is None

    # What happens

    def happened(self, device: Eui64, event: ev.Event) -> None:
        """Something happened to a device; nothing, where no visit has named it."""
        if device in self._guests:
            self._events.put_nowait((device, event))

    def on_the_network(self, event: han.HanEvent) -> None:
        """What the utility HAN tells, as far as it concerns the way of a device."""
        match event:
            case han.RadioUp():
                for device in self._network.known() & self._guests.keys():
                    self.happened(device, ev.Interviewed())
                    self.happened(device, ev.Heard())  # what was asked in vain is asked again at once
            case han.DeviceArrived(device):
                self.happened(device, ev.Arrived())
            case han.DeviceInterviewed(device) | han.DeviceJoined(device):
                self.happened(device, ev.Interviewed())
            case han.KeyEstablished(device, suite):
                self.happened(device, ev.KeyReady(suite))
            case han.KeyEstablishmentFailed(device, reason) if event.retry_in_s is None:
                self.happened(device, ev.KeyFailed(reason))
            case han.DeviceLeft(device):
                self.happened(device, ev.Left())
            case han.Reported(device):
                if (guest := self._guests.get(device)) is not None and not guest.way.done:
                    self.happened(device, ev.Heard())
            case _:
                pass

    def begin(self, guest: Guest, window_s: float) -> None:
        """The admission of this device is on disk: it is on its way."""
        self._guests[guest.device] = guest
        self.happened(guest.device, ev.Invited(window_s))

    async def removed(self, device: Eui64) -> None:
        """The device was struck from the register: nothing of its way stays."""
        async with self._one_at_a_time:
            guest = self._guests.pop(device, None)
            if guest is None:
                return
            self._stop_asking(device)
            left = tuple(self._guests.values())
            at = self._clock.stamp()
            await self._journal.commit(lambda c: self._closing.forget(c, guest, left, at))
        self._show()
        self._notify()

    async def close(self, visit: str) -> None:
        """The installer ends the visit, whatever it has come to. Devices that are not in service yet go on with their
        way, and when the last of them is, the visit is told once more.
        """
        async with self._one_at_a_time:
            guests, at = tuple(self._guests.values()), self._clock.stamp()
            await self._journal.commit(lambda c: self._closing.close(c, visit, guests, at))
        self._show()
        self._notify()

    # What can be seen

    def guests(self) -> tuple[Guest, ...]:
        """Every device that a visit has named."""
        return tuple(self._guests.values())

    def guest(self, device: Eui64) -> Guest | None:
        """One of them."""
        return self._guests.get(device)

    def seconds_left(self, device: Eui64) -> float | None:
        """Until the clock of the device's step is over; None where no clock runs."""
        way = self._guests[device].way
        running = way.held is None and way.ends_at_s is not None
        return max(0.0, (way.ends_at_s or 0.0) - self._clock.monotonic_s()) if running else None

    async def until_changed(self, after: int, wait_s: float) -> None:
        """Return when something has changed since this version, or the time is over."""
        try:
            async with asyncio.timeout(wait_s):
                while self.version <= after:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass

    def changed(self) -> None:
        """Something beside the devices' ways changed that a watcher would see."""
        self._show()

    def _show(self) -> None:
        self.version += 1
        self._changed.set()

    # Life

    async def recover(self) -> None:
        """Take up every device where the journal left it."""
        for row in await self._journal.read(commissioning.every):
            try:
                guest = guest_of(row)
            except msgspec.DecodeError as error:  # written by another version: the daemon must start all the same
                log.warning("%s: its way into service cannot be read (%s); admit it again", row.device, error)
                continue
            left_s = guest.window_left_s(self._clock.boot(), self._clock.monotonic_s())
            way = machine.recovered(guest.way, self._clock.monotonic_s(), left_s or 0.0)
            self._guests[row.device] = replace(guest, way=way)
            self.happened(row.device, ev.WindowShut() if left_s is None else ev.Clock())
            if way.trial.phase is Phase.SENDING and way.trial.order is not None:
                self._to_resume.append((row.device, ev.SendTrial(way.trial.order)))
            if row.trial_token is not None and row.trial_order is not None:
                self.happened(row.device, ev.TrialCame(row.trial_order))

    async def run(self) -> None:
        """Turn events into states and effects, for ever."""
        async with asyncio.TaskGroup() as self._tasks:
            self._tasks.create_task(self._closing.watch_follow_ups(), name="follow-ups")
            for device, effect in self._to_resume:
                self._perform(device, effect, Written())
            while True:
                device, event = await self._next_event()
                async with self._one_at_a_time:
                    await self._take(device, event)

    async def _next_event(self) -> tuple[Eui64, ev.Event]:
        due = [(at, d) for d, g in self._guests.items() if (at := machine.next_deadline_s(g.way)) is not None]
        if not due:
            return await self._events.get()
        at_s, device = min(due)
        try:
            async with asyncio.timeout(max(0.0, at_s - self._clock.monotonic_s())):
                return await self._events.get()
        except TimeoutError:
            return device, ev.Clock()

    async def _take(self, device: Eui64, event: ev.Event) -> None:
        before = self._guests.get(device)
        if before is None:
            return
        way, effects = machine.step(before.way, event, self._clock.monotonic_s())
        after = replace(before, way=way)
        written: Written | None = Written()
        if saved.encode(way) != saved.encode(before.way):  # every effect that is written comes with a change
            everyone = tuple((self._guests | {device: after}).values())
            at = self._clock.stamp()
            written = await self._journal.commit(
                lambda c: write(c, before, after, effects, everyone, self._closing, self._vending, at)
            )
            self._notify()
            if ev.EraseInstallCode() in effects:
                await self._journal.empty_log()
        if written is None or self._guests.get(device) is not before:
            self._overtaken(device, event, effects, written)
            return
        self._guests[device] = after
        if written.answered is not None:
            self._guests = {d: _answered(g, written.answered) for d, g in self._guests.items()}
        if way.step is not before.way.step or way.held is not None:
            self._stop_asking(device)
        if way != before.way:
            self._show()
        for effect in effects:
            self._perform(device, effect, written)

    def _overtaken(
        self, device: Eui64, event: ev.Event, effects: Sequence[ev.Effect], written: Written | None
    ) -> None:
        """It was admitted anew meanwhile: what was learnt belongs to the way before. No token is lost by that."""
        if isinstance(event, ev.TrialCame):
            self.happened(device, event)
        for effect in effects:
            if isinstance(effect, ev.SendTrial) and written is not None and written.token is not None:
                self._vending.start(effect.order, device, written.token)

    # What the machine asks for

    def _perform(self, device: Eui64, effect: ev.Effect, written: Written) -> None:
        assert self._tasks is not None
        match effect:
            case ev.OpenDoor(until_s):
                self._ask(device, self._open_door(device, until_s))
            case ev.SendTrial(order):
                if written.token is not None:
                    self._vending.start(order, device, written.token)
                self._tasks.create_task(self._await_verdict(device, order), name=f"trial {order}")
            case ev.AskNameplate() | ev.AskKey() | ev.AskClock() | ev.AskReading() | ev.AskAccount():
                self._ask(device, self._put_question(device, effect))
            case _:
                pass  # done with the state

    def _ask(self, device: Eui64, asking: Coroutine[Any, Any, None]) -> None:
        """One question a device at a time: a newer one takes the place of the older."""
        assert self._tasks is not None
        self._stop_asking(device)
        self._questions[device] = self._tasks.create_task(asking, name=f"ask {device}")

    def _stop_asking(self, device: Eui64) -> None:
        if (task := self._questions.pop(device, None)) is not None:
            task.cancel()

    async def _put_question(self, device: Eui64, question: ev.Effect) -> None:
        self.happened(device, await self._asking.ask(device, question))

    async def _open_door(self, device: Eui64, until_s: float) -> None:
        """As soon as the radio can: an admission may come while it is starting or lost."""
        row = await self._journal.read(lambda c: commissioning.find(c, device))
        code: Secret[str] | None = None if row is None else row.install_code
        while (left_s := until_s - self._clock.monotonic_s()) > 0:
            if device in self._network.known():
                return self.happened(device, ev.Interviewed())
            try:
                if code is not None:
                    await self._network.admit(device, code, max(1, round(left_s)))
                    return self.happened(device, ev.DoorOpened())
            except LinkError as error:
                log.debug("%s cannot be let in yet: %s", device, error)
            await asyncio.sleep(ASK_RADIO_AGAIN_S)
        return None

    async def _await_verdict(self, device: Eui64, order: str) -> None:
        self.happened(device, await verdict(order, self._journal, self._vending))


def _answered(guest: Guest, order: str) -> Guest:
    return replace(guest, admit_order=None) if guest.admit_order == order else guest
