"""The 64-bit data block: 48 bits of content and the checksum over class and content (IEC 62055-41).

Content is subclass (4), then 44 bits: random (4), token identifier (24) and amount (16) in most tokens.
"""

from hubd.sts.crc import crc16
from hubd.sts.token import TokenClass

FIRST_CURRENCY_SUBCLASS = 4
LAST_CURRENCY_SUBCLASS = 7
_CURRENCY_OCTET = b"\x01"
"""Stands behind the content in the checksum of currency tokens; found in, and confirmed by, published vectors."""


def carries_currency(cls: int, subclass: int) -> bool:
    """Whether the token's amount is money."""
    return cls == TokenClass.CREDIT and FIRST_CURRENCY_SUBCLASS <= subclass <= LAST_CURRENCY_SUBCLASS


def seal(cls: TokenClass, subclass: int, body: int) -> int:
    """The data block of a subclass and its 44-bit body."""
    content = subclass << 44 | body
    return content << 16 | _checksum(cls, content)


def opened(cls: TokenClass, block: int) -> tuple[int, int] | None:
    """Subclass and 44-bit body of a data block; None where the checksum does not fit."""
    content = block >> 16
    if _checksum(cls, content) != block & 0xFFFF:
        return None
    return content >> 44, content & 2**44 - 1


def _checksum(cls: TokenClass, content: int) -> int:
    octets = (cls << 48 | content).to_bytes(7)
    return crc16(octets + _CURRENCY_OCTET if carries_currency(cls, content >> 44) else octets)
