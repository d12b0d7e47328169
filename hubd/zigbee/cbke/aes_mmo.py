"""The Matyas-Meyer-Oseas hash over AES-128 and its HMAC (Zigbee specification, annex B.4 to B.6)."""

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

OCTETS: Final = 16
"""Of a block, and of a digest."""
_LONGEST: Final = 0xFFFF // 8
"""Messages of 2^16 bits and more are padded otherwise; none occurs here."""


def digest(message: bytes) -> bytes:
    """The hash of a message shorter than 2^16 bits. Raises ValueError for a longer one."""
    if len(message) > _LONGEST:
        raise ValueError(f"a message of {len(message)} octets: at most {_LONGEST} are hashed here")
    padded = message + b"\x80"
    padded += bytes(-(len(padded) + 2) % OCTETS) + (len(message) * 8).to_bytes(2, "big")
    state = bytes(OCTETS)
    for start in range(0, len(padded), OCTETS):
        block = padded[start : start + OCTETS]
        state = _xor(_encrypt(state, block), block)
    return state


def hmac(key: bytes, message: bytes) -> bytes:
    """HMAC (FIPS 198) over this hash, for a key of at most one block."""
    key = key.ljust(OCTETS, b"\0")
    inner = digest(_xor(key, b"\x36" * OCTETS) + message)
    return digest(_xor(key, b"\x5c" * OCTETS) + inner)


def _encrypt(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(AES(key), ECB()).encryptor()  # noqa: S305 - one block of a hash, no encryption of data
    return encryptor.update(block) + encryptor.finalize()


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))
