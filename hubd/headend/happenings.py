"""What the service tells whoever runs it, as it happens: the lines of `hubctl head listen`."""

from dataclasses import dataclass

from hubd.headend.inbound import Arrived, Unreadable
from hubd.headend.orders import Order
from hubd.headend.outages.standing import Incident
from hubd.model.identity import HubId
from hubd.wan.messages import Ack, Status


@dataclass(frozen=True, slots=True)
class Connected:
    """The session with the broker stands, and what waited there is coming."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The session was lost or could not be had; it is tried again. `reason` is for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class MessageStored:
    """A hub's message is on disk. `new` is False where it had been already."""

    arrived: Arrived
    new: bool
    order: Order | None
    """The order that this message is a receipt or a refusal of."""


@dataclass(frozen=True, slots=True)
class StatusSeen:
    """A hub said it is online, or its last will did."""

    status: Status


@dataclass(frozen=True, slots=True)
class UnreadableKept:
    """Something came that is not one of our messages."""

    message: Unreadable


@dataclass(frozen=True, slots=True)
class OrderSent:
    """A sending of an order is with the broker."""

    order: Order
    sending: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The hub was told what is stored."""

    hub: HubId
    ack: Ack


@dataclass(frozen=True, slots=True)
class OutagesGrouped:
    """Incidents of the supply that are new or changed, and how many hubs are asked how they are."""

    incidents: tuple[Incident, ...]
    asked: int


Happening = (
    Connected | Disconnected | MessageStored | StatusSeen | UnreadableKept | OrderSent | Acknowledged | OutagesGrouped
)
