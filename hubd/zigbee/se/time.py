"""Time (0x000A): the hub is the time server of the utility HAN.

A hub that does not trust its own clock gives the non-value, so that no meter takes a wrong time from it.
"""

from collections.abc import Mapping
from enum import IntEnum, IntFlag
from typing import Final

from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S, Stamp, TimeTrust
from hubd.zigbee.se import profile
from hubd.zigbee.zcl import values
from hubd.zigbee.zcl.values import Value

CLUSTER_ID: Final = profile.TIME


class Attribute(IntEnum):
    """Attributes the hub serves."""

    TIME = 0x0000
    TIME_STATUS = 0x0001
    TIME_ZONE = 0x0002


class TimeStatus(IntFlag):
    """Bits of TimeStatus."""

    MASTER = 0x01
    SYNCHRONISED = 0x02


_NO_TIME: Final = 0xFFFFFFFF


def served(now: Stamp) -> dict[int, tuple[int, int]]:
    """Attribute id -> (type, value) as the hub answers at this moment. UTC; the zone offset is 0."""
    trusted = now.trust is not TimeTrust.UNSYNCED
    utc = int(now.unix_s) - ZIGBEE_EPOCH_UNIX_S if trusted else _NO_TIME
    status = TimeStatus.MASTER | (TimeStatus.SYNCHRONISED if trusted else TimeStatus(0))
    return {
        Attribute.TIME: (values.UTC_TIME, utc & _NO_TIME),
        Attribute.TIME_STATUS: (values.BITMAP8, int(status)),
        Attribute.TIME_ZONE: (values.INT32, 0),
    }


def told(read: Mapping[int, Value]) -> float | None:
    """A device's own time in Unix seconds; None where it does not know it."""
    utc = read.get(Attribute.TIME)
    return float(utc + ZIGBEE_EPOCH_UNIX_S) if isinstance(utc, int) else None
