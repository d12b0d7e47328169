"""The gas meter's entry in the devices file, read and checked."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from hubd.bench.devices.prepaid.commodity import GAS
from hubd.bench.devices.prepaid.settings import PrepaymentSettings, PrepaymentTable, positive_e5, read_prepayment
from hubd.configuration import decode
from hubd.errors import ConfigurationError

CONVERSION_FACTOR = Decimal("1.02264")
"""Volume at the meter to volume at standard temperature and pressure, as gas is billed."""
MJ_PER_KWH = Decimal("3.6")
WAKE_EVERY_S = 1_800.0


@dataclass(frozen=True, slots=True)
class FlowTable:
    """`[device.load]`. What burns behind the meter; `flat_l_h` above 0 is a steady flow in litres an hour."""

    flat_l_h: int = 0
    seed: int | None = None
    calorific_value_mj_m3: float = 39.5
    """Turns `price_per_kwh` into the price of a cubic metre, by which the meter charges."""


@dataclass(frozen=True, slots=True)
class GasMeterTable:
    """One `[[device]]` of kind `gas_meter`."""

    ieee: str
    kind: Literal["gas_meter"] = "gas_meter"
    name: str = ""
    install_code: str = ""
    open: bool = False
    wake_s: float = WAKE_EVERY_S
    """How often it wakes."""
    poll_interval_s: float | None = None
    """How often it also polls between its wakes; without it, it does not."""
    reports_per_s: float = 0.0
    prepayment: PrepaymentTable | None = None
    load: FlowTable = field(default_factory=FlowTable)


def read_table(table: dict[str, Any]) -> tuple[GasMeterTable, PrepaymentSettings | None]:
    """The entry, decoded and checked. Raises ConfigurationError naming key and cure."""
    decoded = decode(table, GasMeterTable, "gas_meter")
    load = decoded.load
    if not 5 <= decoded.wake_s <= 86_400:
        raise ConfigurationError(f"wake_s: {decoded.wake_s:g} is not 5 to 86400")
    if decoded.reports_per_s:
        raise ConfigurationError("reports_per_s: a gas meter reports when it wakes. Cure: wake_s")
    if not 0 <= load.flat_l_h <= 10_000:
        raise ConfigurationError(f"load.flat_l_h: {load.flat_l_h} is not 0 to 10000")
    if not 10 <= load.calorific_value_mj_m3 <= 60:
        raise ConfigurationError(f"load.calorific_value_mj_m3: {load.calorific_value_mj_m3:g} is not 10 to 60")
    if (prepayment := decoded.prepayment) is None:
        return decoded, None
    return decoded, read_prepayment(prepayment, price_e5_per_m3(prepayment, load), GAS, decoded.ieee)


def price_e5_per_m3(prepayment: PrepaymentTable, load: FlowTable) -> int:
    """kWh = m3 x 1.02264 x CV / 3.6; rounded to the nearest 10^-5 of the currency unit."""
    kwh_per_m3 = CONVERSION_FACTOR * Decimal(str(load.calorific_value_mj_m3)) / MJ_PER_KWH
    return round(positive_e5(prepayment, "price_per_kwh") * kwh_per_m3)
