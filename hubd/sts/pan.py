"""Meter numbers: the 18-digit MeterPAN and the DRN inside it, each with its Luhn digit (IEC 62055-41)."""

PAN_DIGITS = 18
_IIN_OF_11_DIGIT_DRN = "600727"
_IIN_OF_13_DIGIT_DRN = "0000"


def luhn_digit(payload: str) -> int:
    """The check digit that belongs behind these digits."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(payload)))
    return -sum(value - 9 if value > 9 else value for value in doubled) % 10


def has_good_luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn digit of those before it."""
    return _digits_only(digits) and len(digits) > 1 and luhn_digit(digits[:-1]) == int(digits[-1])


def drn_of(pan: str) -> str:
    """The DRN (11 or 13 digits, Luhn digit last) inside a checked PAN."""
    return pan[4:17] if pan.startswith(_IIN_OF_13_DIGIT_DRN) else pan[6:17]


def check_pan(pan: str) -> str:
    """The PAN itself. Raises ValueError, naming what is wrong, for anything but a good one."""
    if not _digits_only(pan) or len(pan) != PAN_DIGITS:
        raise ValueError(f"{pan!r} is not a meter PAN: 18 digits, the IIN, the number on the meter and a check digit")
    if not pan.startswith((_IIN_OF_11_DIGIT_DRN, _IIN_OF_13_DIGIT_DRN)):
        raise ValueError(f"PAN {pan}: it starts with neither 600727 nor 0000, so it is no STS meter's")
    if not has_good_luhn(drn := drn_of(pan)):
        raise ValueError(
            f"PAN {pan}: check digit {drn[-1]} of the meter number {drn} is wrong: look for a typing error"
        )
    if not has_good_luhn(pan):
        raise ValueError(f"PAN {pan}: its last (check) digit is wrong: look for a typing error")
    return pan


def _digits_only(text: str) -> bool:
    return text.isascii() and text.isdigit()
