"""Messaging (0x0703) as a display uses it: takes the hub's words, and asks for the last ones after a start."""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.zcl.header import Header, decode_header
from hubd.bench.devices.zcl.status import Global, Status
from hubd.errors import WireError
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S

MESSAGING = 0x0703
_DISPLAY_MESSAGE, _CANCEL_MESSAGE = 0x00, 0x01
_GET_LAST_MESSAGE, _MESSAGE_CONFIRMATION = 0x00, 0x01
_IMPORTANCE = ("low", "medium", "high", "critical")
_TO_BE_CONFIRMED, _CONFIRMED = 0x80, 0x01
_UNTIL_CHANGED = 0xFFFF


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on the display. `until_unix_s`: infinite until another comes."""

    message_id: int
    text: str
    importance: str
    until_unix_s: float
    to_be_confirmed: bool


class MessagingClient:
    """One message at a time; a newer one takes its place. Whoever stands before this display confirms at once. `send`
    makes a frame to the hub of a ZCL header and a payload; `next_tsn` numbers it.
    """

    def __init__(self, send: Callable[[int, bytes], ApsFrame], next_tsn: Callable[[], int]) -> None:
        self._send = send
        self._next_tsn = next_tsn
        self._confirmed: int | None = None
        self.shown: Shown | None = None
        self.asks = True
        """It has not heard yet what it is to show."""

    def get_last_message(self) -> ApsFrame:
        """What it asks after a start, until it is answered."""
        return self._command(_GET_LAST_MESSAGE, b"")

    def on_time(self, unix_s: float) -> None:
        """A message is shown for its duration."""
        if self.shown is not None and unix_s >= self.shown.until_unix_s:
            self.shown = None

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """A secured frame of this cluster, from the hub."""
        try:
            header, payload = decode_header(frame.data)
        except WireError:
            return []
        if not header.from_server or header.manufacturer is not None:
            return []
        if not header.cluster_specific:
            self.asks &= header.command != Global.DEFAULT_RESPONSE or payload[:1] != bytes([_GET_LAST_MESSAGE])
            return []
        return self._obey(frame, header, payload, unix_s)

    def _obey(self, frame: ApsFrame, header: Header, payload: bytes, unix_s: float) -> list[ApsFrame]:
        confirmation: list[ApsFrame] = []
        status = Status.SUCCESS
        try:
            if header.command == _DISPLAY_MESSAGE:
                self.shown, self.asks = _message(payload, unix_s), False
                confirmation = self._confirm(self.shown, unix_s)
            elif header.command == _CANCEL_MESSAGE:
                self._cancel(payload)
            else:
                status = Status.UNSUP_COMMAND
        except WireError:
            status = Status.MALFORMED_COMMAND
        return self._default(frame, header, status) + confirmation

    def _cancel(self, payload: bytes) -> None:
        if len(payload) != 5:
            raise WireError("a Cancel Message that is not 5 octets")
        if self.shown is not None and self.shown.message_id == int.from_bytes(payload[:4], "little"):
            self.shown = None

    def _confirm(self, shown: Shown, unix_s: float) -> list[ApsFrame]:
        if not shown.to_be_confirmed or shown.message_id == self._confirmed:
            return []
        self._confirmed = shown.message_id
        utc = int(unix_s) - ZIGBEE_EPOCH_UNIX_S
        return [self._command(_MESSAGE_CONFIRMATION, struct.pack("<II", shown.message_id, utc))]

    def _command(self, command: int, payload: bytes) -> ApsFrame:
        return self._send(MESSAGING, Header(self._next_tsn(), command, cluster_specific=True).encode() + payload)

    def _default(self, frame: ApsFrame, header: Header, status: Status) -> list[ApsFrame]:
        if header.no_default_response and status is Status.SUCCESS:
            return []
        back = Header(header.tsn, Global.DEFAULT_RESPONSE, no_default_response=True)
        return [self._send(frame.cluster_id, back.encode() + bytes([header.command, status]))]


def _message(payload: bytes, unix_s: float) -> Shown:
    """Raises WireError for a payload cut short, or of a start or a transmission that this display does not know."""
    if len(payload) < 12 or len(payload) < 12 + payload[11]:
        raise WireError("a Display Message cut short")
    message_id, control, start, minutes = struct.unpack_from("<IBIH", payload)
    if start or control & 0x03:
        raise WireError("a Display Message for later, or not of normal transmission")
    text, extended = payload[12 : 12 + payload[11]], payload[12 + payload[11] :]
    return Shown(
        message_id,
        text.decode("utf-8", errors="replace"),
        _IMPORTANCE[control >> 2 & 0x03],
        math.inf if minutes == _UNTIL_CHANGED else unix_s + 60 * minutes,
        bool(control & _TO_BE_CONFIRMED) and not (extended and extended[0] & _CONFIRMED),
    )
