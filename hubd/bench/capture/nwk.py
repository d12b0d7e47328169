"""Zigbee NWK frames (Zigbee specification, clause 3.3 and 3.4)."""

import struct
from dataclasses import dataclass

from hubd.bench.capture import security
from hubd.bench.capture.security import MIC_OCTETS, KeyIdentifier

ALL_AWAKE = 0xFFFD
"""Broadcast address: every device that listens always."""
COORDINATOR = 0x0000
HEADER_OCTETS = 8
SECURITY_OCTETS = 14 + MIC_OCTETS
_RADIUS = 30
_DATA, _COMMAND, _VERSION, _DISCOVER_ROUTE, _SECURED, _HAS_IEEE_SOURCE = (
    0x0000,
    0x0001,
    0x0008,
    0x0040,
    0x0200,
    0x1000,
)
_LEAVE = 0x04


@dataclass(frozen=True, slots=True)
class NetworkKey:
    """The active network key, and its sequence number."""

    key: bytes
    sequence: int


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a frame, and the numbers of this one. `ieee` in wire order."""

    ieee: bytes
    nwk: int
    sequence: int
    frame_counter: int


def secured_data(sender: Sender, dst: int, payload: bytes, key: NetworkKey) -> bytes:
    """An APS frame under the network key."""
    route = 0 if dst >= 0xFFF8 else _DISCOVER_ROUTE
    return _secured(_header(_DATA | _VERSION | route | _SECURED, sender, dst, _RADIUS), payload, sender, key)


def plain_data(sender: Sender, dst: int, payload: bytes) -> bytes:
    """An APS frame for a device that has no network key yet."""
    return _header(_DATA | _VERSION, sender, dst, _RADIUS) + payload


def leave(sender: Sender, key: NetworkKey) -> bytes:
    """A device says that it leaves, for good."""
    header = _header(_COMMAND | _VERSION | _SECURED | _HAS_IEEE_SOURCE, sender, ALL_AWAKE, 1) + sender.ieee
    return _secured(header, bytes((_LEAVE, 0x00)), sender, key)


def _header(control: int, sender: Sender, dst: int, radius: int) -> bytes:
    return struct.pack("<HHHBB", control, dst, sender.nwk, radius, sender.sequence)


def _secured(header: bytes, payload: bytes, sender: Sender, key: NetworkKey) -> bytes:
    return security.secure(
        header, payload, key.key, KeyIdentifier.NETWORK, sender.frame_counter, sender.ieee, key.sequence
    )
