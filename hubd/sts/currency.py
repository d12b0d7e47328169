"""Money in 20 bits: sign (1), exponent (5), mantissa (14), in 10^-5 of the currency unit (IEC 62055-41).

The bands are those of `amount`. Rounding is towards plus infinity: a credit is rounded up, a debit down in size.
So a token is not exact to the penny: 8.00 carries 8.00024, and from 182.03 on the step is a tenth.
"""

from hubd.sts.amount import MANTISSA_MAX, band_offset, ceil_band

_EXPONENT_MAX = 31
MAX_E5 = band_offset(_EXPONENT_MAX) + MANTISSA_MAX * 10**_EXPONENT_MAX


def encode_e5(amount_e5: int) -> int:
    """The 20-bit field. Raises ValueError for an amount beyond the largest band."""
    if abs(amount_e5) > MAX_E5:
        raise ValueError("the amount does not fit a token")
    exponent, mantissa = ceil_band(amount_e5) if amount_e5 >= 0 else _floor_band(-amount_e5)
    return (amount_e5 < 0) << 19 | exponent << 14 | mantissa


def _floor_band(value: int) -> tuple[int, int]:
    exponent = 0
    while (mantissa := (value - band_offset(exponent)) // 10**exponent) > MANTISSA_MAX:
        exponent += 1
    return exponent, mantissa


def decode_e5(field: int) -> int:
    """The amount that a field carries."""
    exponent, mantissa = field >> 14 & _EXPONENT_MAX, field & MANTISSA_MAX
    size = int(mantissa * 10**exponent) + band_offset(exponent)
    return -size if field >> 19 else size


def encoded_e5(amount_e5: int) -> int:
    """What a token for `amount_e5` really carries: 800_000 becomes 800_024."""
    return decode_e5(encode_e5(amount_e5))
