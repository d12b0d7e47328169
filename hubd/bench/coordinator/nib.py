"""The network information base and the key records, as a 32-bit Z-Stack keeps them in NV (natural alignment)."""

import struct
from dataclasses import dataclass

_NIB = struct.Struct("<15Bx H 3Bx H Bx H 8s H Bx I 4B II B 8s B 17s 17s 9Bx HHBx")
_TEMPLATE = (
    *(0, 3, 2, 50, 15, 50, 0, 30, 0, 3, 0, 1, 5, 1, 0x8F),  # SequenceNum .. CapabilityFlags
    7,  # TransactionPersistenceTime
    *(2, 12, 30),  # protocol version, route discovery, route expiry
    0,  # nwkDevAddress
    0,  # nwkLogicalChannel
    0,  # nwkCoordAddress
    bytes(8),
    0xFFFF,  # nwkPanId
    0,  # nwkState
    0,  # channelList
    *(15, 15, 4, 0),  # beacon order, superframe order, scan duration, battery life extension
    0,
    0,
    0,  # nodeDepth
    bytes(8),
    0,  # nwkKeyLoaded
    bytes(17),
    bytes(17),
    *(0, 0, 15, 3, 0, 1, 120, 15, 0),  # spare, spare, link status period, age limit .. nwkAllFresh
    0,  # nwkManagerAddr
    0,
    0,  # nwkUpdateId
)
_CHANNEL, _COORD_IEEE, _PAN, _STATE, _CHANNELS, _EPID, _KEY_LOADED = 20, 22, 23, 24, 25, 33, 34

NIB_OCTETS = _NIB.size


@dataclass(frozen=True, slots=True)
class NetworkParameters:
    """Which network this is. `extended_pan_id` and addresses are little-endian, as on the wire."""

    channel: int
    pan_id: int
    extended_pan_id: bytes
    channel_mask: int


def form(parameters: NetworkParameters, coordinator_ieee: bytes) -> bytes:
    """The record of a network just formed."""
    fields = list(_TEMPLATE)
    fields[_CHANNEL] = parameters.channel
    fields[_COORD_IEEE] = coordinator_ieee
    fields[_PAN] = parameters.pan_id
    fields[_STATE] = 8
    fields[_CHANNELS] = parameters.channel_mask
    fields[_EPID] = parameters.extended_pan_id
    fields[_KEY_LOADED] = 1
    return _NIB.pack(*fields)


def read(octets: bytes) -> NetworkParameters | None:
    """The network in the record; None where the record is not one of a formed network."""
    if len(octets) != _NIB.size:
        return None
    fields = _NIB.unpack(octets)
    if not fields[_CHANNEL] or not fields[_KEY_LOADED]:
        return None
    return NetworkParameters(fields[_CHANNEL], fields[_PAN], fields[_EPID], fields[_CHANNELS])


def with_channel(octets: bytes, channel: int) -> bytes:
    """The record after a move to another channel."""
    fields = list(_NIB.unpack(octets))
    fields[_CHANNEL] = channel
    return _NIB.pack(*fields)
