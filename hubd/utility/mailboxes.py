"""The shell of the mailboxes: one machine a sleeping meter (`mailbox.py`), its letters and its wakes on disk.

A meter sleeps once it has set up a mirror (docs/adr/0010). Until then, and for a device without one, everything is
done at once. The answer to a meter's report cannot wait for the disk: whether it is to stay awake is decided from
memory, in the same turn of the loop. What waits is on disk before: commands in the inbox, tokens in the ledger, and
each of them, with the readings ordered on the hub itself, as a letter here.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from hubd.errors import LinkError, NoRoomError
from hubd.model.han import Mirror
from hubd.model.identity import Eui64
from hubd.model.stamp import Stamp
from hubd.store import sleepers
from hubd.store.journal import Journal
from hubd.store.sleepers import LetterRow
from hubd.utility import mailbox as machine
from hubd.utility.clock import HubClock
from hubd.utility.mailbox import Letter, LetterKind, Mailbox
from hubd.utility.one_after_another import OneAfterAnother
from hubd.zigbee.device_link import DeviceRefusedError
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

T = TypeVar("T")
Duty = Callable[[], Awaitable[object]]
TOKENS = "tokens"
_ON_DISK = frozenset({LetterKind.COMMAND, LetterKind.READ})


class Tokens(Protocol):
    """What a wake means to the vending part."""

    def awake(self, device: Eui64) -> None:
        """Send what is owed, now."""

    def asleep(self, device: Eui64) -> None:
        """Send nothing until the meter is awake again."""


class Silence(Protocol):
    """Who is told of meters that do not wake."""

    async def meter_silent(self, device: Eui64, silent_s: float) -> None:
        """It has not woken for so long."""

    async def meter_back(self, device: Eui64, silent_s: float) -> None:
        """It woke again, after so long."""


class Mailboxes:
    """All sleeping meters. It is the keeper of the network's mirrors, and the `Turns` of everybody else."""

    def __init__(self, journal: Journal, network: SmartEnergyNetwork, clock: HubClock, silence: Silence) -> None:
        self._journal = journal
        self._network = network
        self._clock = clock
        self._silence = silence
        self._tokens: Tokens | None = None
        self._boxes: dict[Eui64, Mailbox] = {}
        self._mirrors: dict[Eui64, Mirror] = {}
        self._woke_at: dict[Eui64, Stamp] = {}
        self._turns: dict[tuple[Eui64, str], asyncio.Future[None]] = {}
        self._commands = OneAfterAnother()
        self.on_its_way: Callable[[Eui64], bool] = lambda device: False
        """Whether a device is being put into service (`Visits.on_its_way`)."""
        self._in_service: set[Eui64] = set()
        self._numbers = itertools.count(1)
        self._duties: asyncio.Queue[Duty | None] = asyncio.Queue()

    async def recover(self, tokens: Tokens) -> list[LetterRow]:
        """Take up who sleeps; from now on the network's reports are answered. Returns the letters that wait: those of
        commands are posted again by their errands, the others by the caller.
        """
        self._tokens = tokens
        for row in await self._journal.read(sleepers.every):
            self._mirrors[row.address] = row.mirror
            self._boxes[row.address] = Mailbox(seen_at_s=self._clock.monotonic_s())
            if row.woke_at is not None:
                self._woke_at[row.address] = row.woke_at
        self._network.mirrors.recall(self._mirrors)
        self._network.mirrors.keeper = self
        return await self._journal.read(sleepers.letters)

    async def run(self) -> None:
        """Keep time, and put on disk what happened. For ever."""
        while True:
            due_s = min((machine.next_deadline_s(box) for box in self._boxes.values()), default=float("inf"))
            try:
                async with asyncio.timeout(max(0.0, min(due_s - self._clock.monotonic_s(), 3_600.0))):
                    duty = await self._duties.get()
            except TimeoutError:
                for device, box in list(self._boxes.items()):
                    if machine.next_deadline_s(box) <= self._clock.monotonic_s():
                        self._step(device, machine.Clock())
            else:
                if duty is not None:
                    await duty()

    # What the network tells

    def mirrored(self, device: Eui64, mirror: Mirror) -> None:
        """A meter has set up its mirror: it is awake, as a newcomer. Its reports are answered once this is kept."""
        self._mirrors[device] = mirror
        self._boxes.setdefault(device, Mailbox(seen_at_s=self._clock.monotonic_s()))
        self._step(device, machine.Joined())

        async def keep() -> None:
            await self._journal.commit(lambda c: sleepers.put(c, device, mirror))
            self._network.mirrors.recall({device: mirror})

        self._duties.put_nowait(keep)

    def woke(self, device: Eui64) -> bool:
        """A meter reported, and waits for the answer: whether it is to stay awake."""
        if device not in self._boxes:
            return False
        at = self._woke_at[device] = self._clock.stamp()

        async def keep() -> None:
            with contextlib.suppress(NoRoomError):  # its next wake is as good
                await self._journal.commit_telemetry(lambda c: sleepers.woke(c, device, at))

        self._duties.put_nowait(keep)
        self._release(device)
        effects = self._step(device, machine.Woke(), told_in_answer=True)
        return any(isinstance(effect, machine.KeepAwake) for effect in effects)

    def joined(self, device: Eui64) -> None:
        """A device that sleeps joined again: it is awake."""
        if device in self._boxes:
            self._step(device, machine.Joined())

    async def forget(self, device: Eui64) -> None:
        """The device was removed."""
        self._boxes.pop(device, None)
        self._mirrors.pop(device, None)
        self._woke_at.pop(device, None)
        for (address, name), turn in list(self._turns.items()):
            if address == device and not turn.done():
                turn.set_exception(LinkError(f"{device} was removed before {name} could be delivered"))
        await self._journal.commit(lambda c: sleepers.forget(c, device))

    # What other parts ask (`turns.Turns`)

    def sleeps(self, device: Eui64) -> bool:
        """Whether what is for it must wait for its wake."""
        return device in self._boxes

    def wakes_every_s(self, device: Eui64) -> float:
        """How often it said that it reports."""
        mirror = self._mirrors.get(device)
        return float(mirror.reports_every_s) if mirror else 0.0

    def woke_at(self, device: Eui64) -> Stamp | None:
        """Its last wake, of this run or an earlier one."""
        return self._woke_at.get(device)

    def waiting(self, device: Eui64) -> list[str]:
        """What waits for it, in words for the operator: the names of its letters."""
        box = self._boxes.get(device)
        return [letter.name for letter in sorted(box.letters, key=lambda each: each.kind)] if box else []

    def is_awake(self, device: Eui64) -> bool:
        """Whether it can be spoken to now."""
        box = self._boxes.get(device)
        return box is None or machine.is_awake(box, self._clock.monotonic_s())

    async def keep(self, device: Eui64, kind: LetterKind, name: str) -> Stamp:
        """Put a letter on disk, unless it is there already; returns since when it waits."""
        at = self._clock.stamp()
        return await self._journal.commit(lambda c: sleepers.post(c, device, name, kind.name.lower(), at))

    async def deliver(self, device: Eui64, kind: LetterKind, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """See `turns.Turns`."""
        if kind is LetterKind.COMMAND:
            work = self._commands.in_order(device, work)
        if device not in self._boxes:
            return await work()
        if kind not in _ON_DISK:
            name = f"{name} {next(self._numbers)}"  # the same may be asked for again before it was done
        letter = Letter(name, kind, await self._expiry_s(device, kind, name))
        try:
            done = await self._until_taken(device, letter, work)
        except asyncio.CancelledError:
            self._step(device, machine.Withdrawn(name))
            raise  # the daemon ends: the letter waits on disk for the next one
        except BaseException:
            self._end(device, letter)
            raise
        self._end(device, letter)
        return done

    def in_service(self, device: Eui64) -> None:
        """A newcomer need not be kept awake any longer, unless its commissioning goes on."""
        self._in_service.add(device)
        self._release(device)

    def tokens_wait(self, device: Eui64) -> None:
        """There are tokens for the device."""
        self._step(device, machine.Posted(Letter(TOKENS, LetterKind.TOKENS)))

    def tokens_rest(self, device: Eui64, *, still_owed: bool) -> None:
        """All tokens have ended, or the meter wants none at this wake."""
        self._step(device, machine.Undelivered(TOKENS) if still_owed else machine.Delivered(TOKENS))

    # Within

    def _release(self, device: Eui64) -> None:
        """A newcomer that was read need not be kept awake, once its commissioning is over."""
        if device in self._in_service and not self.on_its_way(device):
            self._in_service.discard(device)
            self._step(device, machine.InService())

    async def _expiry_s(self, device: Eui64, kind: LetterKind, name: str) -> float:
        if kind not in _ON_DISK:
            return float("inf")
        posted = await self.keep(device, kind, name)
        # A clock that was set in the meantime must neither fail a letter at once nor keep it for ever.
        waited_s = min(max(self._clock.stamp().unix_s - posted.unix_s, 0.0), machine.LETTER_LIFETIME_S / 2)
        return self._clock.monotonic_s() + machine.LETTER_LIFETIME_S - waited_s

    async def _until_taken(self, device: Eui64, letter: Letter, work: Callable[[], Awaitable[T]]) -> T:
        while True:
            await self._turn(device, letter)
            try:
                return await work()
            except DeviceRefusedError:
                raise
            except LinkError as error:
                log.debug("%s: %s waits for the next wake: %s", device, letter.name, error)
                self._step(device, machine.Undelivered(letter.name))

    def _end(self, device: Eui64, letter: Letter) -> None:
        self._step(device, machine.Delivered(letter.name))
        if letter.kind in _ON_DISK:
            self._duties.put_nowait(
                lambda: self._journal.commit(lambda c: sleepers.take_away(c, device, letter.name))
            )

    async def _turn(self, device: Eui64, letter: Letter) -> None:
        turn = self._turns[device, letter.name] = asyncio.get_running_loop().create_future()
        self._step(device, machine.Posted(letter))
        try:
            await turn
        finally:
            self._turns.pop((device, letter.name), None)

    def _step(
        self, device: Eui64, event: machine.Event, *, told_in_answer: bool = False
    ) -> tuple[machine.Effect, ...]:
        box = self._boxes.get(device)
        if box is None:
            return ()
        self._boxes[device], effects = machine.step(box, event, self._clock.monotonic_s())
        for effect in effects:
            self._perform(device, effect, told_in_answer)
        self._duties.put_nowait(None)
        return effects

    def _perform(self, device: Eui64, effect: machine.Effect, told_in_answer: bool) -> None:
        match effect:
            case machine.Deliver(name):
                self._bring(device, name)
            case machine.Recall(name):
                if name == TOKENS and self._tokens is not None:
                    self._tokens.asleep(device)
            case machine.Expire(name):
                if (turn := self._turns.get((device, name))) is not None and not turn.done():
                    hours = machine.LETTER_LIFETIME_S / 3_600
                    turn.set_exception(LinkError(f"{device} sleeps, and did not take it within {hours:g} hours"))
            case machine.LetSleep():
                if not told_in_answer:
                    self._network.let_sleep(device)
            case machine.TellSilent(silent_s):
                self._duties.put_nowait(lambda: self._silence.meter_silent(device, silent_s))
            case machine.TellBack(silent_s):
                self._duties.put_nowait(lambda: self._silence.meter_back(device, silent_s))

    def _bring(self, device: Eui64, name: str) -> None:
        if name == TOKENS:
            if self._tokens is not None:
                self._tokens.awake(device)
        elif (turn := self._turns.get((device, name))) is not None and not turn.done():
            turn.set_result(None)
