"""What the host is told of a device's frame: AF_INCOMING_MSG, and its form for data that does not fit."""

import struct

from hubd.bench.air.frame import ApsFrame
from hubd.bench.coordinator.unpi import AF, AREQ, encode

HEARD_AT_MOST = 223
"""Data that fits an AF_INCOMING_MSG; more is announced and fetched with AF_DATA_RETRIEVE."""
LQI = 200
_RADIUS = 29
_SHORT_ADDRESS = 2
_HEAD = struct.Struct("<HHHBBBBBIBB")
_HEAD_EXT = struct.Struct("<HHBH6xBHBBBBIBH")
_TAIL = struct.Struct("<HB")


def message(nwk: int, frame: ApsFrame, secured: bool, stamp: int, sequence: int) -> bytes:
    """The whole frame, on the line."""
    head = _HEAD.pack(
        *(0, frame.cluster_id, nwk, frame.src_endpoint, frame.dst_endpoint, 0, LQI, secured, stamp),
        *(sequence, len(frame.data)),
    )
    return encode(AREQ | AF, 0x81, head + frame.data + _TAIL.pack(nwk, _RADIUS))


def announced(nwk: int, frame: ApsFrame, secured: bool, stamp: int, sequence: int) -> bytes:
    """The announcement of a frame that the host fetches by its `stamp`."""
    head = _HEAD_EXT.pack(
        *(0, frame.cluster_id, _SHORT_ADDRESS, nwk, frame.src_endpoint, 0, frame.dst_endpoint),
        *(0, LQI, secured, stamp, sequence, len(frame.data)),
    )
    return encode(AREQ | AF, 0x82, head + _TAIL.pack(nwk, _RADIUS))
