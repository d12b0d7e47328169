"""Metering (0x0702): registers, demand, supply status, and the profile of past intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from hubd.errors import LinkError, WireError
from hubd.model.metering import MeterReading, ProfileBlock
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S, Stamp
from hubd.model.supply import SupplyState
from hubd.zigbee.se import profile
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.values import Value

CLUSTER_ID: Final = profile.METERING


class Attribute(IntEnum):
    """Attributes of the server that the hub reads."""

    CURRENT_SUMMATION_DELIVERED = 0x0000
    CURRENT_SUMMATION_RECEIVED = 0x0001
    SUPPLY_STATUS = 0x0014
    UNIT_OF_MEASURE = 0x0300
    MULTIPLIER = 0x0301
    DIVISOR = 0x0302
    SUMMATION_FORMATTING = 0x0303
    DEMAND_FORMATTING = 0x0304
    METERING_DEVICE_TYPE = 0x0306
    INSTANTANEOUS_DEMAND = 0x0400


READING: Final = (
    Attribute.CURRENT_SUMMATION_DELIVERED,
    Attribute.CURRENT_SUMMATION_RECEIVED,
    Attribute.INSTANTANEOUS_DEMAND,
    Attribute.SUPPLY_STATUS,
)
SCALE: Final = (
    Attribute.UNIT_OF_MEASURE,
    Attribute.MULTIPLIER,
    Attribute.DIVISOR,
    Attribute.SUMMATION_FORMATTING,
    Attribute.DEMAND_FORMATTING,
)


class Command(IntEnum):
    """Commands to the server; GET_PROFILE_RESPONSE has the same id on the way back."""

    GET_PROFILE = 0x00


GET_PROFILE_RESPONSE: Final = 0x00

_BCD: Final = 0x80
_NO_INTERVAL: Final = 0xFFFFFF
_SUCCESS: Final = 0x00
_TOO_MANY_PERIODS: Final = 0x04
"""More were asked for than fit; what fits is delivered with it."""
_NO_INTERVALS: Final = 0x05
_PROFILE_STATUS: Final = {
    0x01: "the interval channel is not defined",
    0x02: "the interval channel is not supported",
    0x03: "the end time is not valid",
    _TOO_MANY_PERIODS: "more periods were asked for than fit into an answer",
}
_INTERVAL_S: Final = {0: 86_400, 1: 3_600, 2: 1_800, 3: 900, 4: 600, 5: 450, 6: 300, 7: 150}


class Unit(IntEnum):
    """UnitOfMeasure that the hub understands, in binary; with bit 7 the same in decimal digits."""

    KWH = 0x00
    M3 = 0x01


@dataclass(frozen=True, slots=True)
class Scale:
    """How the meter's numbers become kWh and kW, or m3: value * multiplier / divisor, of digits if `bcd`.

    The formatting attributes say how many digits to show, and change no value.
    """

    multiplier: int
    divisor: int
    bcd: bool = False
    summation_formatting: int | None = None
    demand_formatting: int | None = None
    unit: Unit = Unit.KWH


def scale(read: Mapping[int, Value]) -> Scale:
    """The scale from the attributes in SCALE. Raises WireError where the meter counts neither kWh nor m3, or left one
    out: a number whose unit is not known is no reading.
    """
    unit, multiplier, divisor = (
        read.get(Attribute.UNIT_OF_MEASURE),
        read.get(Attribute.MULTIPLIER),
        read.get(Attribute.DIVISOR),
    )
    if not isinstance(unit, int) or unit & ~_BCD not in set(Unit):
        raise WireError(f"the meter counts in unit {unit!r}, which is neither kWh nor m3")
    if Attribute.MULTIPLIER not in read or Attribute.DIVISOR not in read:
        raise WireError("the meter's answer says nothing of multiplier and divisor")
    multiplier = 1 if multiplier is None else multiplier  # a meter that has neither counts whole units
    divisor = 1 if divisor is None else divisor
    if not (isinstance(multiplier, int) and isinstance(divisor, int) and multiplier > 0 and divisor > 0):
        raise WireError("the meter's multiplier or divisor is zero")
    return Scale(
        multiplier,
        divisor,
        bcd=bool(unit & _BCD),
        summation_formatting=_whole(read, Attribute.SUMMATION_FORMATTING),
        demand_formatting=_whole(read, Attribute.DEMAND_FORMATTING),
        unit=Unit(unit & ~_BCD),
    )


def reading(values: Mapping[int, Value], by: Scale, measured_at: Stamp) -> MeterReading | None:
    """What the attributes say of the meter; None where none of them is a value that a reading holds."""
    imported, exported = (
        _whole(values, Attribute.CURRENT_SUMMATION_DELIVERED),
        _whole(values, Attribute.CURRENT_SUMMATION_RECEIVED),
    )
    demand = _whole(values, Attribute.INSTANTANEOUS_DEMAND)
    supply = _supply(values.get(Attribute.SUPPLY_STATUS))
    if by.unit is Unit.M3:
        if imported is None and supply is None:
            return None
        volume_l = None if imported is None else _register_milli(imported, by)
        return MeterReading(measured_at, supply=supply, volume_l=volume_l)
    if imported is None and exported is None and demand is None and supply is None:
        return None
    return MeterReading(
        measured_at=measured_at,
        import_wh=None if imported is None else _register_milli(imported, by),
        export_wh=None if exported is None else _register_milli(exported, by),
        power_w=None if demand is None else _nearest_milli(demand, by),
        supply=supply,
    )


def get_profile(tsn: int, channel: int, end_unix_s: int, periods: int) -> ZclFrame:
    """Get Profile. `end_unix_s` 0 asks for the newest intervals; `channel` 0 is consumption delivered, 1 received."""
    end = max(end_unix_s - ZIGBEE_EPOCH_UNIX_S, 0)
    payload = bytes((channel,)) + end.to_bytes(4, "little") + bytes((periods,))
    return ZclFrame(tsn, Command.GET_PROFILE, payload, True, False, wants_default_response=True)


def parse_get_profile_response(payload: bytes, channel: int, by: Scale) -> ProfileBlock:
    """Get Profile Response: intervals newest first. Raises WireError for another form, LinkError where the meter says
    that it gives no profile.
    """
    if len(payload) < 7 or len(payload) != 7 + 3 * payload[6]:
        raise WireError("a Get Profile Response whose length is not what it says")
    end, status, period = int.from_bytes(payload[:4], "little"), payload[4], payload[5]
    if status not in (_SUCCESS, _NO_INTERVALS) and not (status == _TOO_MANY_PERIODS and payload[6]):
        raise LinkError(f"the meter gives no profile: {_PROFILE_STATUS.get(status, f'status 0x{status:02X}')}")
    if period not in _INTERVAL_S:
        raise WireError(f"a profile of intervals with code {period}, which is not known")
    counts = [int.from_bytes(payload[at : at + 3], "little") for at in range(7, len(payload), 3)]
    return ProfileBlock(
        channel=channel,
        end_unix_s=end + ZIGBEE_EPOCH_UNIX_S,
        interval_s=_INTERVAL_S[period],
        wh=tuple(None if count == _NO_INTERVAL else _nearest_milli(count, by) for count in counts),
    )


def _whole(values: Mapping[int, Value], attribute: Attribute) -> int | None:
    value = values.get(attribute)
    return value if isinstance(value, int) else None


def _supply(code: Value) -> SupplyState | None:
    return SupplyState(code) if isinstance(code, int) and code in set(SupplyState) else None


def _register_milli(raw: int, by: Scale) -> int:
    """Whole Wh, or litres, that the register has passed."""
    return _plain(raw, by) * by.multiplier * 1_000 // by.divisor


def _nearest_milli(raw: int, by: Scale) -> int:
    """Nearest W of a demand, nearest Wh of an interval."""
    return (2 * _plain(raw, by) * by.multiplier * 1_000 + by.divisor) // (2 * by.divisor)


def _plain(raw: int, by: Scale) -> int:
    if not by.bcd:
        return raw
    digits = f"{abs(raw):x}"
    if not digits.isdigit():
        raise WireError("a number that should be decimal digits and is not")
    return -int(digits) if raw < 0 else int(digits)
