"""Attribute values of the ZCL: a type octet and what it says follows (Zigbee Cluster Library, data types)."""

import math
import struct
from typing import Final

from hubd.errors import WireError

Value = int | float | bytes | None
"""A decoded value. None is the type's own "non-value" (all ones; for signed types the lowest number)."""

BITMAP8: Final = 0x18
INT32: Final = 0x2B
UTC_TIME: Final = 0xE2

_WIDTHS: Final = {
    0x00: 0, 0x10: 1, 0x30: 1, 0x31: 2, 0x38: 2, 0x39: 4, 0x3A: 8,
    0xE0: 4, 0xE1: 4, UTC_TIME: 4, 0xE8: 2, 0xE9: 2, 0xEA: 4, 0xF0: 8, 0xF1: 16,
    **{0x08 + n: n + 1 for n in range(8)},  # general data
    **{0x18 + n: n + 1 for n in range(8)},  # bitmaps
    **{0x20 + n: n + 1 for n in range(8)},  # unsigned integers
    **{0x28 + n: n + 1 for n in range(8)},  # signed integers
}  # fmt: skip
_LENGTH_OCTETS: Final = {0x41: 1, 0x42: 1, 0x43: 2, 0x44: 2}
_FLOATS: Final = {0x38: "<e", 0x39: "<f", 0x3A: "<d"}
_SIGNED: Final = range(0x28, 0x30)
_PLAIN: Final = (*range(0x08, 0x10), *range(0x18, 0x20), 0xF0, 0xF1)
"""Types of which every pattern is a value."""


def take(data: bytes, at: int) -> tuple[Value, int]:
    """The value whose type octet stands at `at`, and where the next thing begins.

    Raises WireError where the data ends early, or for a type without a known size (arrays, structures).
    """
    if at >= len(data):
        raise WireError("an attribute without its type")
    kind, start = data[at], at + 1
    if kind in _LENGTH_OCTETS:
        return _string(data, start, _LENGTH_OCTETS[kind])
    width = _WIDTHS.get(kind)
    if width is None:
        raise WireError(f"an attribute of type 0x{kind:02X}, which is not known here")
    end = start + width
    if end > len(data):
        raise WireError("an attribute cut short")
    return _number(kind, data[start:end]), end


def _string(data: bytes, start: int, octets: int) -> tuple[Value, int]:
    begin = start + octets
    length = int.from_bytes(data[start:begin], "little")
    if len(data) < begin:
        raise WireError("a string without its length")
    if length == (1 << 8 * octets) - 1:
        return None, begin
    if begin + length > len(data):
        raise WireError("a string cut short")
    return bytes(data[begin : begin + length]), begin + length


def _number(kind: int, raw: bytes) -> Value:
    if not raw:
        return None
    if kind in _FLOATS:
        number = float(struct.unpack(_FLOATS[kind], raw)[0])
        return None if math.isnan(number) else number
    if kind in _SIGNED:
        signed = int.from_bytes(raw, "little", signed=True)
        return None if signed == -(1 << 8 * len(raw) - 1) else signed
    unsigned = int.from_bytes(raw, "little")
    non_value = kind not in _PLAIN and unsigned == (1 << 8 * len(raw)) - 1
    return None if non_value else unsigned


def encode(kind: int, value: int) -> bytes:
    """A whole number with its type octet, as it stands in a Read Attributes Response."""
    return bytes((kind,)) + value.to_bytes(_WIDTHS[kind], "little", signed=value < 0)
