"""The 66-bit token and its 20 digits: the class bits hide inside the block (IEC 62055-41, class insertion)."""

from enum import IntEnum

TOKEN_DIGITS = 20
MAX_TOKEN = 2**66 - 1
_CLASS_SHIFT = 27
"""The class takes bits 28 and 27 of the block; what stood there moves to bits 65 and 64."""


class TokenClass(IntEnum):
    """The two class bits."""

    CREDIT = 0
    DISPLAY = 1
    """Test and display: for any meter, not enciphered."""
    MANAGEMENT = 2
    RESERVED = 3


def to_digits(cls: TokenClass, block: int) -> str:
    """The token of a (mostly enciphered) 64-bit block."""
    moved = block >> _CLASS_SHIFT & 3
    token = moved << 64 | block & ~(3 << _CLASS_SHIFT) | cls << _CLASS_SHIFT
    return f"{token:0{TOKEN_DIGITS}d}"


def from_number(token: int) -> tuple[TokenClass, int]:
    """Class and 64-bit block of a token's number (at most MAX_TOKEN)."""
    cls = TokenClass(token >> _CLASS_SHIFT & 3)
    block = token & 2**64 - 1 & ~(3 << _CLASS_SHIFT) | (token >> 64) << _CLASS_SHIFT
    return cls, block


def has_token_form(text: str) -> bool:
    """Whether the text is 20 digits and nothing else."""
    return len(text) == TOKEN_DIGITS and text.isascii() and text.isdigit()
