"""IEEE 802.15.4 MAC frames, without FCS (IEEE 802.15.4-2003, clause 7.2 and 7.3)."""

import struct

BROADCAST = 0xFFFF
LARGEST = 125
"""aMaxPHYPacketSize (127) without the FCS."""
HEADER_OCTETS = 9
_ALL_PANS = 0xFFFF
_DATA, _DATA_ACKNOWLEDGED = 0x8841, 0x8861
_ASSOCIATION_REQUEST, _DATA_REQUEST, _ASSOCIATION_RESPONSE, _BEACON_REQUEST = 1, 4, 2, 7
_SUPERFRAME = 0xCFFF
"""No superframes; PAN coordinator; association permitted."""
_PROTOCOL_ID, _PROFILE_AND_VERSION, _CAPACITY, _NO_OFFSET = 0x00, 0x22, 0x84, b"\xff\xff\xff"


def data(pan_id: int, dst: int, src: int, sequence: int, payload: bytes) -> bytes:
    """Between short addresses; acknowledged unless it is for all."""
    control = _DATA if dst == BROADCAST else _DATA_ACKNOWLEDGED
    return struct.pack("<HBHHH", control, sequence, pan_id, dst, src) + payload


def acknowledgement(sequence: int, *, more_waits: bool = False) -> bytes:
    """The answer to every acknowledged frame; `more_waits` follows a Data Request that finds something."""
    return struct.pack("<HB", 0x0012 if more_waits else 0x0002, sequence)


def beacon_request(sequence: int) -> bytes:
    """A device looks for networks."""
    return struct.pack("<HBHHB", 0x0803, sequence, _ALL_PANS, BROADCAST, _BEACON_REQUEST)


def beacon(pan_id: int, extended_pan_id: bytes, sequence: int) -> bytes:
    """The coordinator answers, with Zigbee's beacon payload (Zigbee specification, clause 3.6.7)."""
    head = struct.pack("<HBHHHBB", 0x8000, sequence, pan_id, 0x0000, _SUPERFRAME, 0, 0)
    payload = bytes((_PROTOCOL_ID, _PROFILE_AND_VERSION, _CAPACITY)) + extended_pan_id + _NO_OFFSET + b"\x00"
    return head + payload


def association_request(pan_id: int, device: bytes, capability: int, sequence: int) -> bytes:
    """A device asks for an address. `device` is its IEEE address in wire order."""
    addresses = struct.pack("<HHH8s", pan_id, 0x0000, _ALL_PANS, device)
    return struct.pack("<HB", 0xC823, sequence) + addresses + bytes((_ASSOCIATION_REQUEST, capability))


def association_response(pan_id: int, device: bytes, coordinator: bytes, nwk: int, sequence: int) -> bytes:
    """It has one."""
    head = struct.pack("<HBH8s8s", 0xCC63, sequence, pan_id, device, coordinator)
    return head + struct.pack("<BHB", _ASSOCIATION_RESPONSE, nwk, 0)


def data_request(pan_id: int, device: bytes | int, sequence: int) -> bytes:
    """A device asks what is held for it: by its short address, or its IEEE address before it has one."""
    if isinstance(device, int):
        return struct.pack("<HBHHHB", 0x8863, sequence, pan_id, 0x0000, device, _DATA_REQUEST)
    return struct.pack("<HBHH8sB", 0xC863, sequence, pan_id, 0x0000, device, _DATA_REQUEST)
