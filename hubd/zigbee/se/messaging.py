"""Messaging (0x0703): what the hub has to say to whoever stands before a display in the home.

The hub is the server. The display is the client: it lists the cluster among its output clusters.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from hubd.errors import WireError
from hubd.model.display_message import DisplayMessage
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S
from hubd.zigbee.se import profile
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.general import Status, parse_default_response

CLUSTER_ID: Final = profile.MESSAGING
LONGEST_TEXT: Final = 254
"""Letters behind a length of one octet; 255 would mean that there is no text."""
UNTIL_CHANGED: Final = 0xFFFF
_NOW: Final = 0
_CONFIRMATION_OCTETS: Final = 8


class ToDisplay(IntEnum):
    """Commands of the server."""

    DISPLAY_MESSAGE = 0x00
    CANCEL_MESSAGE = 0x01


class FromDisplay(IntEnum):
    """Commands to the server."""

    GET_LAST_MESSAGE = 0x00
    MESSAGE_CONFIRMATION = 0x01


class MessageControl(IntFlag):
    """Bits of MessageControl beside the importance, which stands in bits 2 and 3. Transmission is the normal one."""

    CONFIRMATION_REQUIRED = 0x80


class ExtendedMessageControl(IntFlag):
    """Bits of the octet behind the text, which may be left out."""

    CONFIRMED = 0x01


@dataclass(frozen=True, slots=True)
class MessageConfirmation:
    """Somebody has read the message, by the display's own clock."""

    message_id: int
    unix_s: int


def display_message(tsn: int, message: DisplayMessage, *, answer: bool = False) -> ZclFrame:
    """Display Message, to be shown from now on. `answer`: it answers a Get Last Message, and wants none itself.
    Raises ValueError for a text that is not ASCII or is too long.
    """
    text = message.text.encode("ascii")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a message of {len(text)} letters; at most {LONGEST_TEXT} can be sent")
    payload = (
        message.message_id.to_bytes(4, "little")
        + bytes((_control(message),))
        + _NOW.to_bytes(4, "little")
        + min(message.minutes, UNTIL_CHANGED - 1).to_bytes(2, "little")
        + bytes((len(text),))
        + text
        + (bytes((ExtendedMessageControl.CONFIRMED,)) if message.confirmed else b"")
    )
    return ZclFrame(tsn, ToDisplay.DISPLAY_MESSAGE, payload, True, True, wants_default_response=not answer)


def _control(message: DisplayMessage) -> int:
    asks = MessageControl.CONFIRMATION_REQUIRED if message.asks_confirmation else MessageControl(0)
    return int(asks) | message.importance << 2


def cancel_message(tsn: int, message_id: int) -> ZclFrame:
    """Cancel Message: it is not to be shown any more."""
    payload = message_id.to_bytes(4, "little") + bytes(1)
    return ZclFrame(tsn, ToDisplay.CANCEL_MESSAGE, payload, True, True, wants_default_response=True)


def parse_get_last_message(payload: bytes) -> None:
    """Get Last Message says nothing. Raises WireError where it does."""
    if payload:
        raise WireError("a Get Last Message with a payload")


def parse_message_confirmation(payload: bytes) -> MessageConfirmation:
    """Message Confirmation. Newer displays write more behind it, which is not read. Raises WireError."""
    if len(payload) < _CONFIRMATION_OCTETS:
        raise WireError("a Message Confirmation cut short")
    message_id, utc = int.from_bytes(payload[:4], "little"), int.from_bytes(payload[4:8], "little")
    return MessageConfirmation(message_id, utc + ZIGBEE_EPOCH_UNIX_S)


def parse_taken(command: ToDisplay, payload: bytes) -> None:
    """The Default Response by which a display says that it has taken this command. Raises WireError for another."""
    if parse_default_response(payload) != (command, Status.SUCCESS):
        raise WireError(f"not a Default Response of success to {command.name}")
