"""The Metering cluster (0x0702) of the meter: registers, demand, supply, and Get Profile.

Registers count Wh: unit kWh, multiplier 1, divisor 1000.
"""

from collections.abc import Callable

from hubd.bench.devices.electricity_meter.energy import Energy
from hubd.bench.devices.prepaid.get_profile import HALF_HOURLY, MAX_PERIODS, get_profile
from hubd.bench.devices.zcl import Attribute, Cluster, DataType, Reply, Status
from hubd.errors import WireError
from hubd.model.supply import SupplyState

METERING = 0x0702
DELIVERED, RECEIVED, SUPPLY_STATUS, DEMAND = 0x0000, 0x0001, 0x0014, 0x0400
_STATUS = 0x0200
_GET_PROFILE, _LOCAL_CHANGE_SUPPLY = 0x00, 0x0C
_SUPPLY_OPEN = 0x40
"""Bit of the attribute Status: Service Disconnect Open."""
_SUMMATION_FORMATTING = 0xAB
"""3 digits right of the point, 5 left, leading zeros suppressed."""


def metering_cluster(
    energy: Energy,
    supply: Callable[[], SupplyState],
    switch: Callable[[SupplyState], bool],
    has_export: bool,
    serial: str,
) -> Cluster:
    """The server. `supply` tells the state of the supply; `switch` is the consumer's act at the meter."""
    exported = energy.exported.profile if has_export else None
    return Cluster(
        METERING,
        attributes=(*_values(energy, supply, has_export), *_form(serial)),
        commands={
            _GET_PROFILE: lambda payload, _: get_profile(payload, (energy.imported.profile, exported)),
            _LOCAL_CHANGE_SUPPLY: lambda payload, _: _change_supply(switch, payload),
        },
        secured=True,
    )


def _values(energy: Energy, supply: Callable[[], SupplyState], has_export: bool) -> tuple[Attribute, ...]:
    exported = Attribute(RECEIVED, DataType.UINT48, lambda: energy.exported.wh, reportable=True)
    return (
        Attribute(DELIVERED, DataType.UINT48, lambda: energy.imported.wh, reportable=True),
        *((exported,) if has_export else ()),
        Attribute(0x000F, DataType.ENUM8, lambda: HALF_HOURLY),
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


def _change_supply(switch: Callable[[SupplyState], bool], payload: bytes) -> Reply:
    if len(payload) != 1:
        raise WireError("Local Change Supply is 1 octet")
    if payload[0] not in set(SupplyState):
        return Reply(status=Status.INVALID_VALUE)
    return Reply(status=Status.SUCCESS if switch(SupplyState(payload[0])) else Status.FAILURE)
