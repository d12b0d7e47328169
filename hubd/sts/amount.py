"""Units in 16 bits: exponent (2), mantissa (14), in tenths of a unit (IEC 62055-41, "Amount").

Band e holds values from its offset on in steps of 10^e: 0 to 1638.3 exactly, up to 1 820 162.4 in hundreds.
Rounding is up, in the customer's favour. The same coding carries watts in the maximum power limit.
"""

MANTISSA_MAX = 2**14 - 1
_EXPONENT_MAX = 3


def band_offset(exponent: int) -> int:
    """The smallest value of that band."""
    return sum(2**14 * 10**e for e in range(exponent))


MAX_TENTHS = band_offset(_EXPONENT_MAX) + MANTISSA_MAX * 10**_EXPONENT_MAX


def encode_tenths(tenths: int) -> int:
    """The 16-bit field. Raises ValueError for a negative amount or one beyond the largest band."""
    if not 0 <= tenths <= MAX_TENTHS:
        raise ValueError(f"{tenths / 10} units do not fit a token: 0 to {MAX_TENTHS / 10}")
    exponent, mantissa = ceil_band(tenths)
    return exponent << 14 | mantissa


def ceil_band(value: int) -> tuple[int, int]:
    """Exponent and mantissa of the smallest coded value that is not below `value`."""
    exponent = 0
    while (mantissa := -((band_offset(exponent) - value) // 10**exponent)) > MANTISSA_MAX:
        exponent += 1
    return exponent, mantissa


def decode_tenths(field: int) -> int:
    """The tenths that a field carries."""
    exponent, mantissa = field >> 14, field & MANTISSA_MAX
    return int(mantissa * 10**exponent) + band_offset(exponent)


def encoded_tenths(tenths: int) -> int:
    """What a token for `tenths` really carries."""
    return decode_tenths(encode_tenths(tenths))
