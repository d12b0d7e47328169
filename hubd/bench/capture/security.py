"""What NWK and APS security share: the auxiliary header, AES-CCM* and the keys made of a link key.

Zigbee specification, clause 4.5.1 (auxiliary frame header), annex A (CCM*), clause 4.5.3 (key hierarchy). At security
level 5 CCM* is CCM with a code of four octets.
"""

import struct
from enum import IntEnum

from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from hubd.zigbee.cbke import aes_mmo

LEVEL = 5
"""Encrypted, with a four-octet code. Frames on the air say 0 in its place: every device knows it."""
MIC_OCTETS = 4
WELL_KNOWN_KEY = b"ZigBeeAlliance09"
"""The link key of devices that come without an install code."""
_EXTENDED_NONCE = 0x20
_KEY_TRANSPORT, _KEY_LOAD, _VERIFY = b"\x00", b"\x02", b"\x03"


class KeyIdentifier(IntEnum):
    """Which key secures a frame."""

    DATA = 0
    NETWORK = 1
    KEY_TRANSPORT = 2
    KEY_LOAD = 3


def secure(
    header: bytes, payload: bytes, key: bytes, which: KeyIdentifier, counter: int, source: bytes, sequence: int | None
) -> bytes:
    """The frame from its header on: header, auxiliary header, encrypted payload, code. `source` is the sender's IEEE
    address in wire order; `sequence` the network key's number, None for the other keys.
    """
    control = _EXTENDED_NONCE | which << 3
    tail = struct.pack("<I8s", counter, source) + (b"" if sequence is None else bytes((sequence,)))
    nonce = source + struct.pack("<IB", counter, control | LEVEL)
    authenticated = header + bytes((control | LEVEL,)) + tail
    return header + bytes((control,)) + tail + AESCCM(key, MIC_OCTETS).encrypt(nonce, payload, authenticated)


def key_transport_key(link_key: bytes) -> bytes:
    """Secures a network key on its way to a device that joins."""
    return aes_mmo.hmac(link_key, _KEY_TRANSPORT)


def key_load_key(link_key: bytes) -> bytes:
    """Secures a link key on its way."""
    return aes_mmo.hmac(link_key, _KEY_LOAD)


def verify_key_hash(link_key: bytes) -> bytes:
    """How a device shows that it holds its new link key (Verify Key)."""
    return aes_mmo.hmac(link_key, _VERIFY)
