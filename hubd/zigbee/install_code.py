"""Install codes: what is printed on a device, and the link key that follows from it.

A code is 6, 8, 12 or 16 octets and its CRC (CRC-16/X-25, least significant octet first); the link key is the
AES-MMO hash over both (Zigbee base device behaviour, install codes).
"""

import re

from zigpy.types import KeyData
from zigpy.util import convert_install_code

from hubd.errors import SecurityError
from hubd.model.secret import Secret

_OCTETS_WITH_CRC = (8, 10, 14, 18)


def parse(text: str) -> Secret[str]:
    """A code as written on a label, in hexadecimal, checksum included, as bare capital digits; spaces, dashes and
    colons between digits are allowed. Raises SecurityError, in words that do not contain the code.
    """
    digits = re.sub(r"[\s:\-]", "", text).upper()
    if not re.fullmatch(r"[0-9A-F]*", digits):
        raise SecurityError("the install code holds something that is not a hexadecimal digit (0-9, A-F)")
    octets, odd = divmod(len(digits), 2)
    if odd or octets not in _OCTETS_WITH_CRC:
        raise SecurityError(
            f"the install code has {len(digits)} hexadecimal digits: it must have 16, 20, 28 or 36,"
            " the last 4 of them its checksum"
        )
    code = Secret(digits)
    link_key(code)
    return code


def link_key(code: Secret[str]) -> Secret[KeyData]:
    """The link key that follows from a parsed code. Raises SecurityError where the checksum does not fit."""
    try:
        return Secret(convert_install_code(bytes.fromhex(code.reveal())))
    except ValueError:
        raise SecurityError(
            "the install code's checksum does not fit the rest: a digit was misread."
            " Cure: type it again from the label"
        ) from None
