"""Devices of the utility HAN, as the hub knows them."""

from dataclasses import dataclass
from enum import StrEnum

from hubd.model.identity import Eui64
from hubd.model.token_schemes import DEFAULT


class DeviceKind(StrEnum):
    """What a device of the utility HAN is for."""

    ELECTRICITY_METER = "electricity_meter"
    GAS_METER = "gas_meter"
    IN_HOME_DISPLAY = "in_home_display"


@dataclass(frozen=True, slots=True)
class Device:
    """A device the hub was told to let in. `alias` is its only name outside the utility's domain."""

    address: Eui64
    kind: DeviceKind
    alias: str
    token_scheme: str = DEFAULT
    """What codes a meter takes: a name in `token_schemes`."""
