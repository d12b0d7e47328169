"""Two devices on a table: what one machine sends, the other hears, as octets; what it asks a thread for is done."""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache

from hubd.errors import WireError
from hubd.model.identity import Eui64
from hubd.zigbee.cbke.credentials import Credentials
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
    Send,
    Unreadable,
)
from hubd.zigbee.cbke.machine import next_deadline_s, step
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.cbke.work import MakeEphemeral, Result, Work, perform
from hubd.zigbee.se.key_establishment import GenerateTimes, Message, build, is_to_client, parse
from hubd.zigbee.zcl import frame

from .published import Published, PublishedSide

TIMES = GenerateTimes(ephemeral_s=3, confirm_s=7)
Tamper = Callable[[Eui64, Message], Message | bytes | None]
"""What reaches the other side instead: another message, a payload of the same command, or nothing."""


def credentials(published: Published, side: PublishedSide) -> Credentials:
    return Credentials(side.certificate, side.private, published.ca_public)


def device(*own: Credentials, times: GenerateTimes = TIMES) -> KeyEstablishment:
    by_suite: Mapping[Suite, Credentials] = {each.suite: each for each in own}
    return KeyEstablishment(own[0].subject, by_suite, dict.fromkeys(by_suite, times))


@lru_cache(maxsize=512)
def performed(work: Work, salt: str) -> Result:
    """The same work gives the same result in every test: chance is a hash, and what was computed once is kept."""
    return perform(work, lambda octets: hashlib.shake_256(f"{salt} {octets}".encode()).digest(octets))


class TwoSides:
    """An initiator and a responder, and a clock that stands still unless `pass_time` moves it."""

    def __init__(self, initiator: KeyEstablishment, responder: KeyEstablishment, tamper: Tamper | None = None):
        self.states = {initiator.own: initiator, responder.own: responder}
        self.initiator, self.responder = initiator.own, responder.own
        self.tamper = tamper or (lambda _sender, message: message)
        self.chance = "one"
        self.copies = 1
        self.now_s = 1_000.0
        self.sent: list[tuple[Eui64, Message]] = []
        self.reported: dict[Eui64, list[Established | Failed]] = {initiator.own: [], responder.own: []}

    def begin(self, suite: Suite) -> None:
        self.happens(self.initiator, Begin(self.responder, suite))

    def pass_time(self) -> None:
        """Go to the next deadline of either side, and past it."""
        self.now_s = min(at for at in map(next_deadline_s, self.states.values()) if at is not None)
        for address in self.states:
            self.happens(address, Clock())

    def happens(self, where: Eui64, event: Event) -> None:
        waiting = deque([(where, event)])
        for _ in range(200):
            if not waiting:
                return
            address, event = waiting.popleft()
            self.states[address], effects = step(self.states[address], event, self.now_s)
            for effect in effects:
                waiting.extend(self._done(address, effect))
        raise AssertionError("they do not stop talking")

    def _done(self, address: Eui64, effect: Effect) -> list[tuple[Eui64, Event]]:
        match effect:
            case Send(partner, message):
                self.sent.append((address, message))
                return self._carried(address, partner, message) * self.copies
            case Compute(number, work):
                salt = f"{self.chance} {address} {number}" if isinstance(work, MakeEphemeral) else ""
                return [(address, Computed(number, performed(work, salt)))]
            case _:
                self.reported[address].append(effect)
                return []

    def _carried(self, sender: Eui64, to: Eui64, message: Message) -> list[tuple[Eui64, Event]]:
        arriving = self.tamper(sender, message)
        if arriving is None or to not in self.states:
            return []
        if isinstance(arriving, bytes):
            sent = build(1, message)
            octets = frame.ZclFrame(1, sent.command_id, arriving, True, sent.to_client).encode()
        else:
            octets = build(1, arriving).encode()
        try:
            return [(to, Heard(sender, parse(frame.decode(octets))))]
        except WireError:
            return [(to, Unreadable(sender, is_to_client(message)))]


def two_sides(published: Published, tamper: Tamper | None = None) -> TwoSides:
    """The two published devices, with ephemeral keys of the test's own."""
    u, v = (device(credentials(published, side)) for side in (published.initiator, published.responder))
    return TwoSides(u, v, tamper)
