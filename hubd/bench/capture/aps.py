"""Zigbee APS frames: data in one piece or in several, acknowledgements, and the commands that carry keys.

Zigbee specification, clause 2.2.5 (frames), 2.2.8.4.5 (fragmentation), 4.4 (security and commands).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from hubd.bench.air.frame import ApsFrame
from hubd.bench.capture import mac, nwk, security
from hubd.bench.capture.security import MIC_OCTETS, KeyIdentifier

LARGEST = mac.LARGEST - mac.HEADER_OCTETS - nwk.HEADER_OCTETS - nwk.SECURITY_OCTETS
"""What is left for an APS frame."""
_COMMAND, _ACK = 0x01, 0x02
_BROADCAST, _SECURED, _ACK_REQUEST, _EXTENDED = 0x08, 0x20, 0x40, 0x80
_HEADER_OCTETS, _EXTENDED_OCTETS, _SECURITY_OCTETS = 8, 2, 13 + MIC_OCTETS
_FIRST, _LATER = 0x01, 0x02
_ALL_RECEIVED = 0xFF
_TRANSPORT_KEY, _REQUEST_KEY, _VERIFY_KEY, _CONFIRM_KEY = 0x05, 0x08, 0x0F, 0x10
_NETWORK_KEY_TYPE, _LINK_KEY_TYPE = 0x01, 0x04


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a frame that does not fit into one: `number` from 0, of `count`. One of one is not fragmented."""

    number: int
    count: int
    data: bytes

    @property
    def extended(self) -> bytes:
        """The extended header; empty for a frame in one piece."""
        if self.count == 1:
            return b""
        return bytes((_LATER, self.number)) if self.number else bytes((_FIRST, self.count))


@dataclass(frozen=True, slots=True)
class LinkSecurity:
    """A link key in use: whose frame it secures (IEEE address in wire order), under which frame counter."""

    key: bytes
    source: bytes
    frame_counter: int


def blocks(frame: ApsFrame) -> Iterator[Block]:
    """The pieces in which the frame's data goes on the air."""
    room = LARGEST - _HEADER_OCTETS - (_SECURITY_OCTETS if frame.secured else 0)
    if len(frame.data) <= room:
        yield Block(0, 1, frame.data)
        return
    room -= _EXTENDED_OCTETS
    pieces = [frame.data[at : at + room] for at in range(0, len(frame.data), room)]
    for number, piece in enumerate(pieces):
        yield Block(number, len(pieces), piece)


def data(
    frame: ApsFrame,
    block: Block,
    counter: int,
    *,
    acknowledged: bool,
    under: LinkSecurity | None,
    to_all: bool = False,
) -> bytes:
    """A data frame. `acknowledged` asks for an answer; `under` is its link key, None for the network key alone."""
    control = _EXTENDED if block.extended else 0
    control |= _BROADCAST if to_all else 0
    control |= _ACK_REQUEST if acknowledged else 0
    header = _header(control, frame.dst_endpoint, frame.src_endpoint, frame, counter)
    return _finished(header, block.extended, block.data, under)


def acknowledgement(frame: ApsFrame, block: Block, counter: int, under: LinkSecurity | None) -> bytes:
    """The answer to a data frame, from the other side and under the same key."""
    extended = block.extended
    header = _header(_ACK | (_EXTENDED if extended else 0), frame.src_endpoint, frame.dst_endpoint, frame, counter)
    if extended:
        extended = bytes((_LATER if block.number else _FIRST, block.number, _ALL_RECEIVED))
    return _finished(header, extended, b"", under)


def transport_network_key(key: nwk.NetworkKey, counter: int, to: bytes, under: LinkSecurity) -> bytes:
    """Transport Key with the network key, to a device that joins, under its link key's key-transport key."""
    payload = struct.pack("<BB16sB8s8s", _TRANSPORT_KEY, _NETWORK_KEY_TYPE, key.key, key.sequence, to, under.source)
    hashed = security.key_transport_key(under.key)
    return _command(payload, counter, hashed, KeyIdentifier.KEY_TRANSPORT, under)


def transport_link_key(link_key: bytes, counter: int, to: bytes, under: LinkSecurity) -> bytes:
    """Transport Key with a link key of the device's own, under the old one's key-load key."""
    payload = struct.pack("<BB16s8s8s", _TRANSPORT_KEY, _LINK_KEY_TYPE, link_key, to, under.source)
    return _command(payload, counter, security.key_load_key(under.key), KeyIdentifier.KEY_LOAD, under)


def request_link_key(counter: int, under: LinkSecurity) -> bytes:
    """Request Key: the device asks for a link key of its own."""
    return _command(bytes((_REQUEST_KEY, _LINK_KEY_TYPE)), counter, under.key, KeyIdentifier.DATA, under)


def verify_link_key(link_key: bytes, counter: int, source: bytes) -> bytes:
    """Verify Key: the device shows that it has it. Under the network key alone."""
    proof = security.verify_key_hash(link_key)
    return struct.pack("<BBBB8s16s", _COMMAND, counter, _VERIFY_KEY, _LINK_KEY_TYPE, source, proof)


def confirm_link_key(counter: int, to: bytes, under: LinkSecurity) -> bytes:
    """Confirm Key: success, under the new key."""
    payload = struct.pack("<BBB8s", _CONFIRM_KEY, 0x00, _LINK_KEY_TYPE, to)
    return _command(payload, counter, under.key, KeyIdentifier.DATA, under)


def _header(control: int, dst_endpoint: int, src_endpoint: int, frame: ApsFrame, counter: int) -> bytes:
    return struct.pack("<BBHHBB", control, dst_endpoint, frame.cluster_id, frame.profile_id, src_endpoint, counter)


def _finished(header: bytes, extended: bytes, payload: bytes, under: LinkSecurity | None) -> bytes:
    if under is None:
        return header + extended + payload
    header = bytes((header[0] | _SECURED,)) + header[1:] + extended
    return security.secure(header, payload, under.key, KeyIdentifier.DATA, under.frame_counter, under.source, None)


def _command(payload: bytes, counter: int, key: bytes, which: KeyIdentifier, under: LinkSecurity) -> bytes:
    header = bytes((_COMMAND | _SECURED, counter))
    return security.secure(header, payload, key, which, under.frame_counter, under.source, None)
