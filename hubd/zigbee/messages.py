"""What displays ask of the hub's Messaging server: the last message again, and that one was read."""

from dataclasses import dataclass
from typing import Protocol

from hubd.errors import WireError
from hubd.model.display_message import DisplayMessage
from hubd.model.identity import Eui64
from hubd.zigbee.se import messaging
from hubd.zigbee.se.messaging import FromDisplay, MessageConfirmation
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.general import Status, default_response


class Keeper(Protocol):
    """Who minds the messages. Called from the event loop; must not block or raise."""

    def last_message(self, device: Eui64) -> DisplayMessage | None:
        """The device asks what it is to show: the newest message for it; None: there is none."""

    def confirmed(self, device: Eui64, confirmation: MessageConfirmation) -> bool:
        """Somebody has read a message there: whether it is one that the device was to show."""


@dataclass(frozen=True, slots=True)
class NoKeeper:
    """Where nobody has anything to say."""

    def last_message(self, device: Eui64) -> DisplayMessage | None:
        """There is none."""
        return None

    def confirmed(self, device: Eui64, confirmation: MessageConfirmation) -> bool:
        """Nothing was sent."""
        return False


class Messages:
    """Answers the commands of Messaging clients."""

    def __init__(self) -> None:
        self.keeper: Keeper = NoKeeper()

    def answer(self, device: Eui64, frame: ZclFrame) -> ZclFrame | None:
        """What is to be said to a Messaging frame of this device; None: nothing, or it is none of these commands."""
        if frame.to_client or not frame.cluster_command or frame.manufacturer is not None:
            return None
        try:
            match frame.command_id:
                case FromDisplay.GET_LAST_MESSAGE:
                    return self._last(device, frame)
                case FromDisplay.MESSAGE_CONFIRMATION:
                    return self._confirmed(device, frame)
        except WireError:
            return default_response(frame, Status.MALFORMED_COMMAND)
        return None

    def _last(self, device: Eui64, frame: ZclFrame) -> ZclFrame:
        messaging.parse_get_last_message(frame.payload)
        last = self.keeper.last_message(device)
        if last is None:
            return default_response(frame, Status.NOT_FOUND)
        return messaging.display_message(frame.tsn, last, answer=True)

    def _confirmed(self, device: Eui64, frame: ZclFrame) -> ZclFrame | None:
        confirmation = messaging.parse_message_confirmation(frame.payload)
        if not self.keeper.confirmed(device, confirmation):
            return default_response(frame, Status.NOT_FOUND)
        return default_response(frame, Status.SUCCESS) if frame.wants_default_response else None
