"""Key establishment on the running network: the shell around `cbke.machine`.

One event at a time goes through the machine; its arithmetic runs in threads; a key it comes to is put into the radio
and written down before the partner is told that all is well, so that a hub that dies in between has promised nothing.
Devices begin it themselves after joining; the hub begins it with those that do not.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import Protocol

from hubd.errors import HubdError, WireError
from hubd.model.han import HanEvent, KeyEstablished, KeyEstablishmentFailed, KeyInDoubt
from hubd.model.identity import Eui64
from hubd.zigbee import failures, speaking
from hubd.zigbee.background import Background
from hubd.zigbee.cbke import initiator, machine
from hubd.zigbee.cbke.exchange import (
    Begin,
    Clock,
    Compute,
    Computed,
    Effect,
    Established,
    Event,
    Failed,
    Heard,
    KeyEstablishment,
    NotDelivered,
    Send,
    Unreadable,
)
from hubd.zigbee.cbke.work import perform
from hubd.zigbee.established_keys import EstablishedKeys
from hubd.zigbee.initiating import Initiating
from hubd.zigbee.own_certificates import OwnCertificates
from hubd.zigbee.readiness import Readiness
from hubd.zigbee.se import key_establishment as cluster
from hubd.zigbee.speaking import Speaking
from hubd.zigbee.taking_keys import KeyStore, TakingKeys
from hubd.zigbee.zcl.frame import decode

log = logging.getLogger(__name__)


class Prepare:
    """Event of the shell alone: a device is about to come, have everything ready."""


class Air(speaking.Air, KeyStore, Protocol):
    """What is asked of `SmartEnergyApplication` while it is up."""


class Establishing:
    """`keep` runs for ever beside the network. `established` is called when a device may be spoken to."""

    def __init__(
        self,
        certificates: OwnCertificates,
        keys: EstablishedKeys,
        background: Background,
        tell: Callable[[HanEvent], None],
        established: Callable[[Eui64], None],
    ) -> None:
        self._certificates = certificates
        self._readiness = Readiness(certificates, tell)
        self._keys = keys
        self._taking = TakingKeys(keys, tell)
        self._background = background
        self._tell = tell
        self._established = established
        self._air: Air | None = None
        self._own = Eui64("")
        self._state: KeyEstablishment | None = None
        self._events: asyncio.Queue[tuple[int, Event | Prepare]] = asyncio.Queue()
        self._life = 0
        self._initiating = Initiating(tuple(sorted(certificates.by_suite, reverse=True)))
        self._began: tuple[int, float] = (0, 0.0)
        """The number of the latest exchange, and when it began."""
        self._speaking = Speaking()

    # The radio's lives

    async def look_over(self, air: Air, own: Eui64) -> None:
        """Before a life of the radio begins: our certificates must be this radio's (SecurityError where they are
        not), and a key that was established and that it does not hold is struck, to be made anew.
        """
        self._certificates.refuse_anothers(own)
        await self._taking.look_over(air)

    def radio_is_up(self, air: Air, own: Eui64) -> None:
        """A life of the radio begins."""
        if own != self._own:
            self._state = None
        self._air, self._own = air, own

    def radio_is_lost(self) -> None:
        """What was under way is over; partners run out of time and begin anew."""
        self._air = None
        self._life += 1
        if self._state is not None:
            self._state = KeyEstablishment(self._own, self._state.credentials, self._state.times)

    # What the network tells

    @property
    def objection(self) -> str | None:
        """Why no exchange can be held here, whoever the device is; None: one can."""
        return self._readiness.objection

    def prepare(self) -> None:
        """A device is about to join. Measuring what we advertise takes as long as an exchange of each suite, and no
        device should have to wait for that.
        """
        if self._certificates.by_suite:
            self._put(Prepare())

    def want(self, device: Eui64) -> None:
        """There is no key with this device yet: begin it, unless the device does so itself in a while."""
        self._initiating.want(device, time.monotonic())
        self._put(Prepare())

    def renew(self, device: Eui64) -> None:
        """Make another key with this device, now: by one exchange with its attempts, where a key stands. That one is
        kept until another is made.
        """
        if device not in self._keys:
            self._initiating.want(device, time.monotonic())
        self._initiating.at_once(device, time.monotonic())
        self._put(Prepare())

    def hasten(self, device: Eui64) -> None:
        """A device that is wanted is awake, or somebody waits for it."""
        self._initiating.hasten(device, time.monotonic())
        self._put(Clock())

    def forget(self, device: Eui64) -> None:
        """It left, or joined anew: what was agreed does not hold any more, nor what is under way."""
        self._initiating.settled(device)
        if self._state is not None:
            self._state = machine.without(self._state, device)
        if self._keys.strike(device):
            self._background.spawn(self._keys.save(), f"strike the key of {device}")

    def heard(self, device: Eui64, endpoint: int, data: bytes) -> None:
        """A frame of the cluster, from a device that is listed."""
        try:
            frame = decode(data)
        except WireError:
            return
        if not frame.cluster_command:
            if self._air is not None:
                answer = self._speaking.answer_read(self._air, device, endpoint, frame, self._certificates.by_suite)
                self._background.spawn(answer, f"suites to {device}")
            return
        self._speaking.heard(device, endpoint, frame.tsn)
        try:
            self._put(Heard(device, cluster.parse(frame)))
        except WireError:
            self._put(Unreadable(device, frame.to_client))

    # The machine

    def _put(self, event: Event | Prepare) -> None:
        self._events.put_nowait((self._life, event))

    async def keep(self) -> None:
        """Prove our certificates; then take the events in turn, for ever."""
        await self._readiness.prove()
        while True:
            life, event = await self._next()
            if life != self._life or self._air is None:
                continue
            try:
                await self._take(event)
                await self._begin_what_is_due()
            except HubdError as error:
                log.error("key establishment cannot be done: %s", error)

    async def _next(self) -> tuple[int, Event | Prepare]:
        deadline_s = self._next_deadline_s()
        try:
            async with asyncio.timeout(None if deadline_s is None else max(0.0, deadline_s - time.monotonic())):
                return await self._events.get()
        except TimeoutError:
            return self._life, Clock()

    def _next_deadline_s(self) -> float | None:
        if self._air is None:
            return None
        own = machine.next_deadline_s(self._state) if self._state is not None else None
        due = (at_s for at_s in (own, self._initiating.next_due_s()) if at_s is not None)
        return min(due, default=None)

    async def _take(self, event: Event | Prepare) -> None:
        if isinstance(event, Clock) and self._state is None:
            return
        if self.objection is not None:
            self._decline(event, self.objection)
            return
        state = await self._ready()
        if isinstance(event, Prepare):
            return
        now_s = time.monotonic()
        self._state, effects = machine.step(state, event, now_s)
        if self._state.count != self._began[0]:
            self._began = (self._state.count, now_s)
        await self._do(effects)

    async def _ready(self) -> KeyEstablishment:
        if self._state is None:
            self._state = await self._readiness.fresh(self._own)
        return self._state

    def _decline(self, event: Event | Prepare, why: str) -> None:
        """The device hears nothing, and tries again: it may be right, and the hub is not."""
        match event:
            case Begin(partner) | Heard(partner, cluster.InitiateRequest()):
                self._initiating.failed(partner, None, 0, time.monotonic())
                self._tell(KeyEstablishmentFailed(partner, why))
            case _:
                pass

    async def _begin_what_is_due(self) -> None:
        now_s = time.monotonic()
        due = self._initiating.due(now_s)
        if due is None:
            return
        device, suite = due
        if device in self._keys and not self._initiating.renews(device):
            self._initiating.settled(device)
        elif self._state is not None and not initiator.may_begin(self._state, device, now_s):
            self._initiating.put_off(device, now_s)
        else:
            self._initiating.begun(device, now_s)
            await self._take(Begin(device, suite))

    # Its duties

    async def _do(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if isinstance(effect, Established) and not await self._take_key(effect):
                return  # and the partner is not told that all is well
        for effect in effects:
            match effect:
                case Send(partner, message):
                    await self._send(partner, message)
                case Compute():
                    self._background.spawn(self._compute(effect), f"key establishment, work {effect.number}")
                case Failed():
                    self._failed(effect)
                case Established(partner):
                    self._established(partner)

    async def _take_key(self, made: Established) -> bool:
        assert self._air is not None
        if not await self._taking.take(self._air, made):
            self._initiating.want(made.partner, time.monotonic())
            return False
        self._initiating.settled(made.partner)
        took_s = time.monotonic() - self._began[1]
        self._tell(KeyEstablished(made.partner, made.suite.number, took_s))
        return True

    def _failed(self, failed: Failed) -> None:
        now_s, partner = time.monotonic(), failed.partner
        status = None if failed.status is None else int(failed.status)
        self._initiating.failed(partner, status, failed.wait_s, now_s, over=failures.is_over(failed))
        if not failures.was_only_put_off(failed):
            next_in_s = self._initiating.next_in_s(partner, now_s)
            again_in_s = failures.again_in_s(failed, next_in_s, keyed=partner in self._keys)
            self._tell(KeyEstablishmentFailed(partner, failed.why, status, again_in_s))

    async def _compute(self, order: Compute) -> None:
        life = self._life
        result = await asyncio.to_thread(perform, order.work, secrets.token_bytes)
        self._events.put_nowait((life, Computed(order.number, result)))

    async def _send(self, partner: Eui64, message: cluster.Message) -> None:
        air = self._air
        if air is not None and not await self._speaking.say(air, partner, message):
            self._undelivered(partner, message)

    def _undelivered(self, partner: Eui64, message: cluster.Message) -> None:
        """It certainly did not go out. Without the responder's last word the partner has no key, and the hub has one;
        a Terminate is owed to nobody.
        """
        match message:
            case cluster.ConfirmKeyDataResponse():
                self._tell(KeyInDoubt(partner, "the hub's last word of the exchange did not go out"))
                self.renew(partner)
            case cluster.Terminate():
                pass
            case _:
                self._put(NotDelivered(partner))
