"""Prepayment: what a meter answers to a top-up, and its own account of itself."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from hubd.model.secret import Secret
from hubd.model.stamp import Stamp


class TopUpResult(IntEnum):
    """ResultType of Consumer Top Up Response (0x0705, command 0x03)."""

    ACCEPTED = 0x00
    REJECTED_INVALID_TOP_UP = 0x01
    REJECTED_DUPLICATE_TOP_UP = 0x02
    REJECTED_ERROR = 0x03
    REJECTED_MAX_CREDIT_REACHED = 0x04
    REJECTED_KEYPAD_LOCK = 0x05
    REJECTED_TOP_UP_VALUE_TOO_LARGE = 0x06
    ACCEPTED_SUPPLY_ENABLED = 0x10
    ACCEPTED_SUPPLY_DISABLED = 0x11
    ACCEPTED_SUPPLY_ARMED = 0x12

    @property
    def accepted(self) -> bool:
        """Whether the value reached the meter's account."""
        return self in _ACCEPTED


_ACCEPTED = frozenset(
    {
        TopUpResult.ACCEPTED,
        TopUpResult.ACCEPTED_SUPPLY_ENABLED,
        TopUpResult.ACCEPTED_SUPPLY_DISABLED,
        TopUpResult.ACCEPTED_SUPPLY_ARMED,
    }
)


@dataclass(frozen=True, slots=True)
class TopUpAnswer:
    """Consumer Top Up Response. `result` is a TopUpResult, or the bare code where the meter sent an unknown one.

    Amounts in 10^-5 of the meter's currency unit; None where the meter sent 0xFFFFFFFF.
    """

    result: TopUpResult | int
    top_up_value_e5: int | None
    credit_remaining_e5: int | None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The token went out and nothing came back: the meter may or may not have taken it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The token did not leave the hub (no radio, meter unknown to the network): the meter has not seen it."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotReady:
    """The meter answered that it cannot carry out the command now: it has not looked at the token."""

    reason: str


class Stage(StrEnum):
    """How far an order is that has not ended."""

    RECEIVED = "received"
    """On disk, and acknowledged to whoever gave it."""
    QUEUED = "queued"
    """In its meter's queue."""
    SENT = "sent"
    """It has left the hub, and the meter has not said what it made of it."""


class Outcome(StrEnum):
    """How an order to top up ended, or stands."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    """The meter had this token already, from elsewhere. No second effect."""
    REJECTED = "rejected"
    DEFERRED = "deferred"
    """Not final: the meter cannot take it now (locked, too much credit); it is tried again later."""
    NO_ANSWER = "no_answer"
    """Sent until its time ran out, and never answered: the effect is unknown."""
    UNREACHABLE = "unreachable"
    """Its time ran out before the meter saw it: the code is unused."""
    EXPIRED = "expired"
    """Its time ran out while the meter wanted it later (locked, full, not ready): the code is unused."""
    REFUSED = "refused"
    """The hub itself refused the order; nothing went out on the HAN."""


@dataclass(frozen=True, slots=True)
class MeterTopUp:
    """A top-up as the meter's own list tells it. `source`: `energy_service_interface` (a hub), `meter` (its keypad),
    `in_home_display`, or the bare code. `unix_s` is the meter's clock.
    """

    code: Secret[str]
    amount_e5: int
    unix_s: int
    source: str


@dataclass(frozen=True, slots=True)
class PrepaymentState:
    """A meter's own account (0x0705). Amounts in 10^-5 of its currency unit; None where the meter did not say."""

    measured_at: Stamp
    balance_e5: int | None = None
    emergency_credit_e5: int | None = None
    debt_e5: int | None = None
    credit_status: int | None = None
    """CreditStatus bitmap (attribute 0x0003) as on the wire: `model/credit_status.py`."""
    cut_off_e5: int | None = None
    """The balance at which the supply goes off (attribute 0x0040)."""
