"""The Metering cluster (0x0702) of the gas meter: register, supply, battery, Get Profile, and its mirror.

Registers count litres: unit m3, multiplier 1, divisor 1000, three digits right of the point.
"""

from collections.abc import Callable, Mapping

from hubd.bench.devices.gas_meter.volume import Volume
from hubd.bench.devices.prepaid.get_profile import HALF_HOURLY, MAX_PERIODS, get_profile
from hubd.bench.devices.zcl import Attribute, Cluster, DataType
from hubd.bench.devices.zcl.cluster import Handler
from hubd.model.supply import SupplyState

METERING = 0x0702
DELIVERED, SUPPLY_STATUS, STATUS, BATTERY_LIFE = 0x0000, 0x0014, 0x0200, 0x0201
REPORTED = (DELIVERED, SUPPLY_STATUS, STATUS, BATTERY_LIFE)
_GET_PROFILE = 0x00
_M3, _GAS = 0x01, 0x01
"""UnitOfMeasure: m3 and m3/h in binary. MeteringDeviceType: gas."""
_SERVICE_DISCONNECT, _LOW_BATTERY = 0x40, 0x02
_LOW_BATTERY_PERCENT = 10
_SUMMATION_FORMATTING = 0xAB
"""3 digits right of the point, 5 left, leading zeros suppressed."""


def metering_cluster(
    volume: Volume,
    supply: Callable[[], SupplyState],
    battery_percent: Callable[[], int],
    mirror: Mapping[int, Handler],
    serial: str,
) -> Cluster:
    """The server. `mirror`: what the hub says of the meter's mirror."""

    def status() -> int:
        shut = 0 if supply() is SupplyState.ON else _SERVICE_DISCONNECT
        return shut | (_LOW_BATTERY if battery_percent() < _LOW_BATTERY_PERCENT else 0)

    return Cluster(
        METERING,
        attributes=(
            Attribute(DELIVERED, DataType.UINT48, lambda: volume.litres, reportable=True),
            Attribute(0x000F, DataType.ENUM8, lambda: HALF_HOURLY),
            Attribute(SUPPLY_STATUS, DataType.ENUM8, lambda: int(supply()), reportable=True),
            Attribute(STATUS, DataType.MAP8, status, reportable=True),
            Attribute(BATTERY_LIFE, DataType.UINT8, battery_percent, reportable=True),
            Attribute(0x0300, DataType.ENUM8, lambda: _M3),
            Attribute(0x0301, DataType.UINT24, lambda: 1),
            Attribute(0x0302, DataType.UINT24, lambda: 1_000),
            Attribute(0x0303, DataType.MAP8, lambda: _SUMMATION_FORMATTING),
            Attribute(0x0305, DataType.MAP8, lambda: _SUMMATION_FORMATTING),
            Attribute(0x0306, DataType.MAP8, lambda: _GAS),
            Attribute(0x0308, DataType.OCTETS, lambda: serial),
            Attribute(0x0500, DataType.UINT8, lambda: MAX_PERIODS),
        ),
        commands={_GET_PROFILE: lambda payload, _: get_profile(payload, (volume.profile, None)), **mirror},
        secured=True,
    )
