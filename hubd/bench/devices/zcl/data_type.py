"""ZCL data types and their octets (ZCL specification, section "Data types"). Little-endian throughout."""

import struct
from enum import IntEnum

from hubd.errors import WireError

Value = int | float | bytes | str | None
"""A value on the ZCL wire. None is the type's "invalid value": all ones, or the most negative number."""


class DataType(IntEnum):
    """Data type identifiers; those the virtual devices need."""

    NO_DATA = 0x00
    BOOL = 0x10
    MAP8 = 0x18
    MAP16 = 0x19
    MAP24 = 0x1A
    MAP32 = 0x1B
    UINT8 = 0x20
    UINT16 = 0x21
    UINT24 = 0x22
    UINT32 = 0x23
    UINT40 = 0x24
    UINT48 = 0x25
    UINT56 = 0x26
    UINT64 = 0x27
    INT8 = 0x28
    INT16 = 0x29
    INT24 = 0x2A
    INT32 = 0x2B
    INT40 = 0x2C
    INT48 = 0x2D
    INT56 = 0x2E
    INT64 = 0x2F
    ENUM8 = 0x30
    ENUM16 = 0x31
    SINGLE = 0x39
    OCTETS = 0x41
    STRING = 0x42
    TIME_OF_DAY = 0xE0
    DATE = 0xE1
    UTC = 0xE2
    CLUSTER_ID = 0xE8
    ATTRIBUTE_ID = 0xE9
    EUI64 = 0xF0
    KEY128 = 0xF1

    @property
    def analog(self) -> bool:
        """Whether a reportable change goes with the type in Configure Reporting."""
        return DataType.UINT8 <= self <= DataType.INT64 or self in (
            self.SINGLE,
            self.TIME_OF_DAY,
            self.DATE,
            self.UTC,
        )

    @property
    def signed(self) -> bool:
        """Whether the integer is signed."""
        return DataType.INT8 <= self <= DataType.INT64


_STRINGS = (DataType.OCTETS, DataType.STRING)
_NULL_STRING = 0xFF
_WIDTHS = {
    DataType.NO_DATA: 0,
    DataType.BOOL: 1,
    DataType.ENUM8: 1,
    DataType.ENUM16: 2,
    DataType.TIME_OF_DAY: 4,
    DataType.DATE: 4,
    DataType.UTC: 4,
    DataType.CLUSTER_ID: 2,
    DataType.ATTRIBUTE_ID: 2,
    DataType.EUI64: 8,
    DataType.KEY128: 16,
}


def width(kind: DataType) -> int:
    """Octets of a fixed-width type. Strings have none: WireError."""
    if kind in _STRINGS or kind is DataType.SINGLE:
        raise WireError(f"ZCL type {kind.name} has no integer width")
    if kind in _WIDTHS:
        return _WIDTHS[kind]
    return (kind & 0x07) + 1


def encode(kind: DataType, value: Value) -> bytes:
    """The octets of a value, without the type identifier. Raises WireError where it does not fit its type."""
    try:
        return _encode(kind, value)
    except (OverflowError, struct.error, TypeError) as error:
        raise WireError(f"a value does not fit ZCL type {kind.name}: {error}") from None


def _encode(kind: DataType, value: Value) -> bytes:
    if kind in _STRINGS:
        return _encode_string(value)
    if kind is DataType.SINGLE:
        return struct.pack("<f", float("nan") if value is None else value)
    size = width(kind)
    if value is None:
        return b"\x00" * (size - 1) + b"\x80" if kind.signed else b"\xff" * size
    if not isinstance(value, int):
        raise TypeError(f"{type(value).__name__} where an integer belongs")
    return value.to_bytes(size, "little", signed=kind.signed)


def _encode_string(value: Value) -> bytes:
    if value is None:
        return bytes([_NULL_STRING])
    if not isinstance(value, bytes | str):
        raise TypeError(f"{type(value).__name__} where a string belongs")
    octets = value.encode() if isinstance(value, str) else value
    if len(octets) >= _NULL_STRING:
        raise OverflowError("a string of more than 254 octets")
    return bytes([len(octets)]) + octets


def decode(kind: DataType, data: bytes) -> tuple[Value, bytes]:
    """The value at the start of `data`, and what follows it. Integers come as they are (an invalid value is not
    turned into None). Raises WireError where octets are missing.
    """
    if kind in _STRINGS:
        return _decode_string(kind, data)
    size = 4 if kind is DataType.SINGLE else width(kind)
    head, rest = take(data, size)
    if kind is DataType.SINGLE:
        return float(struct.unpack("<f", head)[0]), rest
    return int.from_bytes(head, "little", signed=kind.signed), rest


def _decode_string(kind: DataType, data: bytes) -> tuple[Value, bytes]:
    length, rest = take(data, 1)
    if length[0] == _NULL_STRING:
        return None, rest
    octets, rest = take(rest, length[0])
    return (octets if kind is DataType.OCTETS else octets.decode(errors="replace")), rest


def take(data: bytes, size: int) -> tuple[bytes, bytes]:
    """The first `size` octets, and the rest. Raises WireError where there are fewer."""
    if len(data) < size:
        raise WireError(f"a ZCL frame ends {size - len(data)} octets early")
    return data[:size], data[size:]


def known(code: int) -> DataType:
    """The type of that identifier. Raises WireError for one these devices do not know."""
    try:
        return DataType(code)
    except ValueError:
        raise WireError(f"ZCL data type 0x{code:02x} is not known here") from None
