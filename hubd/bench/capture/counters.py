"""Where the frame counters of an earlier capture ended, so that a capture that is continued never repeats one."""

import struct
from collections.abc import Iterable

from hubd.bench.capture import mac, nwk

_SECURED = 0x02
_IEEE_SOURCE = 0x10
_AUXILIARY = struct.Struct("<BI8s")


def latest_counters(packets: Iterable[bytes]) -> dict[bytes, int]:
    """By IEEE address in wire order: the highest counter in a frame under the network key. It reads what `mac` and
    `nwk` write, and no other layout.
    """
    latest: dict[bytes, int] = {}
    for packet in packets:
        if not _is_secured(packet):
            continue
        at = mac.HEADER_OCTETS + nwk.HEADER_OCTETS
        at += 8 if packet[mac.HEADER_OCTETS + 1] & _IEEE_SOURCE else 0
        _, counter, octets = _AUXILIARY.unpack_from(packet, at)
        latest[octets] = max(counter, latest.get(octets, 0))
    return latest


def _is_secured(packet: bytes) -> bool:
    longest_header = mac.HEADER_OCTETS + nwk.HEADER_OCTETS + 8 + _AUXILIARY.size
    is_data = packet[:1] in (b"\x41", b"\x61") and len(packet) >= longest_header
    return is_data and bool(packet[mac.HEADER_OCTETS + 1] & _SECURED)
