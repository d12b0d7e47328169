"""Where a Smart Energy frame goes that obeyed the security rule: to the request it answers, to a cluster, or back."""

from collections.abc import Callable, Mapping
from typing import Protocol

from hubd.errors import WireError
from hubd.model.identity import Eui64
from hubd.model.stamp import Stamp
from hubd.zigbee.device_link import DeviceLink
from hubd.zigbee.duplicates import Duplicates
from hubd.zigbee.se import messaging, metering
from hubd.zigbee.se import time as se_time
from hubd.zigbee.zcl import general
from hubd.zigbee.zcl.frame import ZclFrame, decode
from hubd.zigbee.zcl.general import GeneralCommand, Status
from hubd.zigbee.zcl.values import Value


class Duties(Protocol):
    """What a frame may lead to."""

    def reported(self, device: Eui64, cluster_id: int, values: Mapping[int, Value]) -> None:
        """The device reported attributes."""

    def of_mirror(self, device: Eui64, frame: ZclFrame) -> ZclFrame | None:
        """What is to be said to a Metering frame that concerns the device's mirror; None: it does not."""

    def of_messages(self, device: Eui64, frame: ZclFrame) -> ZclFrame | None:
        """What is to be said to a Messaging frame of a display; None: nothing, or it is no command of a display."""

    def reply(self, device: Eui64, endpoint: int, cluster_id: int, frame: ZclFrame) -> None:
        """Send this back."""


class Dispatch:
    """Takes each frame once, in order."""

    def __init__(self, duties: Duties, link: Callable[[Eui64], DeviceLink], stamp: Callable[[], Stamp]) -> None:
        self._duties = duties
        self._link = link
        self._stamp = stamp
        self._duplicates = Duplicates()

    def take(self, device: Eui64, endpoint: int, cluster_id: int, data: bytes, now_s: float) -> None:
        """One frame as it came. Frames that make no sense are dropped."""
        if not self._duplicates.is_new((device, endpoint, cluster_id, data), now_s):
            return
        try:
            frame = decode(data)
            done = self._is_report(device, cluster_id, frame) or self._link(device).hear(endpoint, cluster_id, frame)
        except WireError:
            return
        if (said := self._said_to(device, cluster_id, frame)) is not None:
            self._duties.reply(device, endpoint, cluster_id, said)
            return
        answer = general.default_response(frame, Status.SUCCESS) if done else self._answer(cluster_id, frame)
        if _is_default_response(frame) or (done and not frame.wants_default_response):
            return
        if answer is not None:
            self._duties.reply(device, endpoint, cluster_id, answer)

    def _said_to(self, device: Eui64, cluster_id: int, frame: ZclFrame) -> ZclFrame | None:
        match cluster_id:
            case metering.CLUSTER_ID:
                return self._duties.of_mirror(device, frame)
            case messaging.CLUSTER_ID:
                return self._duties.of_messages(device, frame)
            case _:
                return None

    def _is_report(self, device: Eui64, cluster_id: int, frame: ZclFrame) -> bool:
        if frame.cluster_command or frame.command_id != GeneralCommand.REPORT_ATTRIBUTES or not frame.to_client:
            return False
        if frame.manufacturer is None:
            self._duties.reported(device, cluster_id, general.parse_report_attributes(frame.payload))
        return True

    def _answer(self, cluster_id: int, frame: ZclFrame) -> ZclFrame | None:
        """What the hub truthfully says to a frame that nobody waits for."""
        if not frame.cluster_command and frame.command_id == GeneralCommand.READ_ATTRIBUTES:
            known = self._served(cluster_id) if frame.manufacturer is None and not frame.to_client else {}
            return general.read_attributes_response(frame, general.parse_read_attributes(frame.payload), known)
        return general.default_response(frame, _unsupported(frame)) if frame.wants_default_response else None

    def _served(self, cluster_id: int) -> Mapping[int, tuple[int, int]]:
        return se_time.served(self._stamp()) if cluster_id == se_time.CLUSTER_ID else {}


def _is_default_response(frame: ZclFrame) -> bool:
    return not frame.cluster_command and frame.command_id == GeneralCommand.DEFAULT_RESPONSE


def _unsupported(frame: ZclFrame) -> Status:
    if frame.manufacturer is None:
        return Status.UNSUP_CLUSTER_COMMAND if frame.cluster_command else Status.UNSUP_GENERAL_COMMAND
    return Status.UNSUP_MANUF_CLUSTER_COMMAND if frame.cluster_command else Status.UNSUP_MANUF_GENERAL_COMMAND
