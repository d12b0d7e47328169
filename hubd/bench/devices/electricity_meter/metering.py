"""The Metering cluster (0x0702) of the meter: registers, demand, supply, and Get Profile.

Registers count Wh: unit kWh, multiplier 1, divisor 1000.
"""

from collections.abc import Callable

from hubd.bench.devices.electricity_meter.energy import Energy
from hubd.bench.devices.prepaid.own_clock import zigbee_time
from hubd.bench.devices.zcl import Attribute, Cluster, DataType, Reply, Status
from hubd.errors import WireError
from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S
from hubd.model.supply import SupplyState

METERING = 0x0702
DELIVERED, RECEIVED, SUPPLY_STATUS, DEMAND = 0x0000, 0x0001, 0x0014, 0x0400
_STATUS = 0x0200
MAX_PERIODS = 24
_HALF_HOURLY = 0x02
_GET_PROFILE, _GET_PROFILE_RESPONSE, _LOCAL_CHANGE_SUPPLY = 0x00, 0x00, 0x0C
_SUPPLY_OPEN = 0x40
"""Bit of the attribute Status: Service Disconnect Open."""
_SUMMATION_FORMATTING = 0xAB
"""3 digits right of the point, 5 left, leading zeros suppressed."""
_PROFILE_OK, _UNDEFINED_CHANNEL, _NO_SUCH_CHANNEL, _TOO_MANY_PERIODS, _NO_INTERVALS = 0x00, 0x01, 0x02, 0x04, 0x05


def metering_cluster(
    energy: Energy,
    supply: Callable[[], SupplyState],
    switch: Callable[[SupplyState], bool],
    has_export: bool,
    serial: str,
) -> Cluster:
    """The server. `supply` tells the state of the supply; `switch` is the consumer's act at the meter."""
    return Cluster(
        METERING,
        attributes=(*_values(energy, supply, has_export), *_form(serial)),
        commands={
            _GET_PROFILE: lambda payload, _: _get_profile(energy, has_export, payload),
            _LOCAL_CHANGE_SUPPLY: lambda payload, _: _change_supply(switch, payload),
        },
        secured=True,
    )


def _values(energy: Energy, supply: Callable[[], SupplyState], has_export: bool) -> tuple[Attribute, ...]:
    exported = Attribute(RECEIVED, DataType.UINT48, lambda: energy.exported.wh, reportable=True)
    return (
        Attribute(DELIVERED, DataType.UINT48, lambda: energy.imported.wh, reportable=True),
        *((exported,) if has_export else ()),
        Attribute(0x000F, DataType.ENUM8, lambda: _HALF_HOURLY),
        Attribute(SUPPLY_STATUS, DataType.ENUM8, lambda: int(supply()), reportable=True),
        Attribute(_STATUS, DataType.MAP8, lambda: 0 if supply() is SupplyState.ON else _SUPPLY_OPEN, reportable=True),
        Attribute(DEMAND, DataType.INT24, lambda: energy.power_w, reportable=True),
    )


def _form(serial: str) -> tuple[Attribute, ...]:
    return (
        Attribute(0x0300, DataType.ENUM8, lambda: 0x00),  # unit of measure: kWh, kW
        Attribute(0x0301, DataType.UINT24, lambda: 1),
        Attribute(0x0302, DataType.UINT24, lambda: 1_000),
        Attribute(0x0303, DataType.MAP8, lambda: _SUMMATION_FORMATTING),
        Attribute(0x0304, DataType.MAP8, lambda: _SUMMATION_FORMATTING),
        Attribute(0x0305, DataType.MAP8, lambda: _SUMMATION_FORMATTING),
        Attribute(0x0306, DataType.MAP8, lambda: 0x00),  # metering device type: electric
        Attribute(0x0308, DataType.OCTETS, lambda: serial),
        Attribute(0x0500, DataType.UINT8, lambda: MAX_PERIODS),
    )


def reported(has_export: bool) -> tuple[int, ...]:
    """The attributes that go into the meter's own regular report."""
    return (DELIVERED, *((RECEIVED,) if has_export else ()), SUPPLY_STATUS, DEMAND)


def _get_profile(energy: Energy, has_export: bool, payload: bytes) -> Reply:
    if len(payload) != 6:
        raise WireError("Get Profile is 6 octets")
    channel, end, periods = payload[0], int.from_bytes(payload[1:5], "little"), payload[5]
    if channel > 1:
        return _profile_response(end, _UNDEFINED_CHANNEL, [])
    if channel == 1 and not has_export:
        return _profile_response(end, _NO_SUCH_CHANNEL, [])
    profile = (energy.exported if channel else energy.imported).profile
    wanted_end = end + ZIGBEE_EPOCH_UNIX_S if end else None
    newest_end, wh = profile.newest_first(wanted_end, min(periods, MAX_PERIODS))
    if not wh:
        return _profile_response(end, _NO_INTERVALS, [])
    status = _TOO_MANY_PERIODS if periods > MAX_PERIODS else _PROFILE_OK
    return _profile_response(zigbee_time(newest_end), status, wh)


def _profile_response(end: int, status: int, wh: list[int | None]) -> Reply:
    intervals = b"".join((0xFFFFFF if one is None else one).to_bytes(3, "little") for one in wh)
    head = end.to_bytes(4, "little") + bytes([status, _HALF_HOURLY, len(wh)])
    return Reply(_GET_PROFILE_RESPONSE, head + intervals)


def _change_supply(switch: Callable[[SupplyState], bool], payload: bytes) -> Reply:
    if len(payload) != 1:
        raise WireError("Local Change Supply is 1 octet")
    if payload[0] not in set(SupplyState):
        return Reply(status=Status.INVALID_VALUE)
    return Reply(status=Status.SUCCESS if switch(SupplyState(payload[0])) else Status.FAILURE)
