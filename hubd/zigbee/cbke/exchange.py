"""What an exchange is made of: the state, what can happen to it, and the duties of the shell. See `machine`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum
from typing import Final

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.curve import Point
from hubd.zigbee.cbke.keys import AgreedKeys, Side
from hubd.zigbee.cbke.suite import Suite, mask
from hubd.zigbee.cbke.work import Agree, Ephemeral, Result, Work
from hubd.zigbee.se.key_establishment import LONGEST_TIME_S, GenerateTimes, Message, Status, Terminate

TRANSIT_S: Final = 10.0
"""Added to the time that the partner advertises. At least 2 s are recommended; sleeping devices poll each 7.5 s."""
INITIATE_TIMEOUT_S: Final = 10.0
"""For the Initiate response, which comes before any time was advertised."""
OWN_WORK_TIMEOUT_S: Final = float(LONGEST_TIME_S)
"""For our own thread: no partner waits longer than can be advertised."""
ATTEMPTS: Final = 3
"""Of an initiator, before it gives up for good."""
RETRY_S: Final = 5.0
"""Before another attempt, where the partner has not said how long to wait."""


class Role(StrEnum):
    """Which side we are."""

    INITIATOR = "initiator"
    RESPONDER = "responder"


class Phase(Enum):
    """What an exchange waits for: the partner's message, or our own arithmetic."""

    INITIATE_RESPONSE = "the partner's certificate"
    CHECKING = "our check of the certificate"
    EPHEMERAL_REQUEST = "the initiator's ephemeral data"
    GENERATING = "our ephemeral data"
    EPHEMERAL_RESPONSE = "the responder's ephemeral data"
    CONFIRM_REQUEST = "the initiator's confirmation"
    AGREEING = "our keys"
    CONFIRM_RESPONSE = "the responder's confirmation"


WORKING: Final = frozenset({Phase.CHECKING, Phase.GENERATING, Phase.AGREEING})
"""Phases in which a thread of ours is at work."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange under way. `seen`: the partner's messages taken so far; what comes twice is passed over."""

    number: int
    role: Role
    partner: Eui64
    suite: Suite
    phase: Phase
    deadline_s: float
    attempt: int = 1
    seen: tuple[Message, ...] = ()
    partner_times: GenerateTimes = field(default_factory=lambda: GenerateTimes(0, 0))
    partner_key: Point | None = None
    ephemeral: Ephemeral | None = None
    partner_point: bytes = b""
    partner_mac: bytes = b""
    keys: AgreedKeys | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """An initiator's next attempt."""

    partner: Eui64
    suite: Suite
    attempt: int
    at_s: float


@dataclass(frozen=True, slots=True)
class AtWork:
    """A thread of ours that has not come back, and until when it is believed to be running."""

    number: int
    until_s: float


@dataclass(frozen=True, slots=True)
class KeyEstablishment:
    """This device: its address, credentials and advertised times by suite, and the one exchange there can be."""

    own: Eui64
    credentials: Mapping[Suite, Credentials]
    times: Mapping[Suite, GenerateTimes]
    exchange: Exchange | None = None
    retry: Retry | None = None
    at_work: AtWork | None = None
    """Outlives an exchange that ends meanwhile, so that nobody makes the hub start one thread after another."""
    count: int = 0
    """Exchanges begun: the number of the last one."""

    @property
    def suites(self) -> int:
        """The attribute KeyEstablishmentSuite of this device."""
        return mask(self.credentials)


# -- what can happen ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """We are to establish a key with this device, as the initiator."""

    partner: Eui64
    suite: Suite


@dataclass(frozen=True, slots=True)
class Heard:
    """A command came from this device, by the address that the radio knows it under."""

    partner: Eui64
    message: Message


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A frame of the cluster came that is no command of it. `to_client`: sent as a responder would."""

    partner: Eui64
    to_client: bool


@dataclass(frozen=True, slots=True)
class Computed:
    """A thread has done what `Compute` of this number asked for."""

    number: int
    result: Result


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """What was sent to this device certainly did not reach it. Where nobody knows, the time that is waited tells."""

    partner: Eui64


@dataclass(frozen=True, slots=True)
class Clock:
    """Time passed."""


Event = Begin | Heard | Unreadable | Computed | NotDelivered | Clock


# -- duties of the shell --------------------------------------------------------------------------------------------


class Failure(StrEnum):
    """How an exchange ended without a key."""

    TERMINATED = "terminated"
    """By us, with a status."""
    TERMINATED_BY_PARTNER = "terminated by partner"
    TIMED_OUT = "timed out"
    NOT_DELIVERED = "not delivered"
    ABANDONED = "abandoned"
    """The partner began anew."""
    BUSY = "busy"
    """Another exchange is under way or about to be tried again: ours was not begun."""
    NO_CREDENTIALS = "no credentials"
    """We have no certificate of that suite: ours was not begun."""


@dataclass(frozen=True, slots=True)
class Send:
    """Duty: send it with APS acknowledgement, under the network key; report NotDelivered where it cannot be sent."""

    partner: Eui64
    message: Message


@dataclass(frozen=True, slots=True)
class Compute:
    """Duty: `work.perform` it in a thread, and come back with Computed of the same number."""

    number: int
    work: Work


@dataclass(frozen=True, slots=True)
class Established:
    """Duty: both sides have shown that they hold this key (16 octets); put it in the place of the joining key."""

    partner: Eui64
    suite: Suite
    role: Role
    link_key: Secret[bytes]


@dataclass(frozen=True, slots=True)
class Failed:
    """Duty: report it. `why` is for people.

    With `retry_in_s` another attempt, ours or the partner's, follows by itself.
    `wait_s`: the partner wants no other attempt before that.
    """

    partner: Eui64
    role: Role
    failure: Failure
    why: str
    status: Status | int | None = None
    retry_in_s: float | None = None
    wait_s: int = 0


Effect = Send | Compute | Established | Failed
Step = tuple[KeyEstablishment, tuple[Effect, ...]]


# -- steps that both roles take -------------------------------------------------------------------------------------


def go_on(state: KeyEstablishment, exchange: Exchange, *effects: Effect) -> Step:
    """The exchange continues so."""
    return replace(state, exchange=exchange), effects


def compute(state: KeyEstablishment, exchange: Exchange, phase: Phase, work: Work, now_s: float) -> Step:
    """The exchange continues when a thread has done this."""
    exchange = replace(exchange, phase=phase, deadline_s=now_s + OWN_WORK_TIMEOUT_S)
    busy = replace(state, at_work=AtWork(exchange.number, exchange.deadline_s))
    return go_on(busy, exchange, Compute(exchange.number, work))


def terminate(state: KeyEstablishment, status: Status, why: str) -> Step:
    """The exchange is over, and the partner is told."""
    exchange = state.exchange
    assert exchange is not None
    told = Send(exchange.partner, Terminate(status, 0, state.suites, exchange.role is Role.RESPONDER))
    ended, effects = end(state, Failure.TERMINATED, why, status)
    return ended, (told, *effects)


def end(state: KeyEstablishment, failure: Failure, why: str, status: Status | int | None = None) -> Step:
    """The exchange is over for good; the partner is not told."""
    exchange = state.exchange
    assert exchange is not None
    return replace(state, exchange=None), (Failed(exchange.partner, exchange.role, failure, why, status),)


def established(state: KeyEstablishment, *before: Effect) -> Step:
    """The exchange is over, with a key."""
    exchange = state.exchange
    assert exchange is not None
    assert exchange.keys is not None
    done = Established(exchange.partner, exchange.suite, exchange.role, exchange.keys.link_key)
    waiting = state.retry if state.retry and state.retry.partner != exchange.partner else None
    return replace(state, exchange=None, retry=waiting), (*before, done)


def agree_order(state: KeyEstablishment, exchange: Exchange) -> Agree:
    """The order for the keys, from all that the exchange has brought."""
    assert exchange.ephemeral is not None
    assert exchange.partner_key is not None
    return Agree(
        suite=exchange.suite,
        static=state.credentials[exchange.suite].private,
        ephemeral=exchange.ephemeral.pair,
        partner_static=exchange.partner_key,
        own=Side(state.own, exchange.ephemeral.point),
        partner=Side(exchange.partner, exchange.partner_point),
        initiating=exchange.role is Role.INITIATOR,
    )


def is_busy(state: KeyEstablishment, now_s: float) -> bool:
    """Whether another device that wants a key must wait."""
    return state.exchange is not None or (state.at_work is not None and now_s < state.at_work.until_s)


def busy_for_s(state: KeyEstablishment, now_s: float) -> int:
    """About how long a device should wait before it asks again, 1 to 254 s: as long as both sides of the exchange
    under way say that their arithmetic takes.
    """
    exchange = state.exchange
    if exchange is None:
        return 1
    sides = (state.times[exchange.suite], exchange.partner_times)
    advertised_s = sum(side.ephemeral_s + side.confirm_s for side in sides)
    left_s = max(exchange.deadline_s - now_s, 0.0)
    return min(max(math.ceil(min(left_s, advertised_s, 2 * TRANSIT_S)), 1), LONGEST_TIME_S)
