"""From an install code to its link key: CRC-16/X-25 and the Matyas-Meyer-Oseas hash over AES-128.

Zigbee specification, annex B.6; Base Device Behavior, clause 10.1. Written apart from the hub's own, so that the two
hold each other.
"""

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from hubd.model.secret import Secret

LENGTHS = (8, 10, 14, 18)
"""Octets of an install code, its CRC included."""


def crc16(octets: bytes) -> int:
    """CRC-16/X-25, as its two octets stand (low first) behind the code."""
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    return crc ^ 0xFFFF


def link_key(code: bytes) -> Secret[bytes]:
    """The 16-octet key of an install code with its CRC. Raises ValueError for a wrong length or CRC."""
    if len(code) not in LENGTHS:
        raise ValueError(f"an install code has 8, 10, 14 or 18 octets with its CRC, not {len(code)}")
    if crc16(code[:-2]) != int.from_bytes(code[-2:], "little"):
        raise ValueError("the last two octets of the install code are not its CRC")
    return Secret(_mmo(code))


def _mmo(message: bytes) -> bytes:
    bits = len(message) * 8
    padded = message + b"\x80"
    padded += bytes(-(len(padded) + 2) % 16) + bits.to_bytes(2, "big")
    digest = bytes(16)
    for start in range(0, len(padded), 16):
        block = padded[start : start + 16]
        digest = bytes(a ^ b for a, b in zip(_aes(digest, block), block, strict=True))
    return digest


def _aes(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - one block of a hash, no encryption of data
    return encryptor.update(block) + encryptor.finalize()
