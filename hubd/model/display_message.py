"""Words for a display in the home, as the hub sends them."""

from dataclasses import dataclass
from enum import IntEnum


class Importance(IntEnum):
    """How much a message matters (MessageControl of the Messaging cluster, bits 2 and 3)."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class DisplayMessage:
    """One message. `message_id`: 32 bits, never used twice; `text`: plain ASCII; `minutes`: how long it is to be
    shown from now on.
    """

    message_id: int
    text: str
    importance: Importance
    minutes: int
    asks_confirmation: bool = False
    """Somebody in the home is to press that he has read it."""
    confirmed: bool = False
    """He has, on this display."""
