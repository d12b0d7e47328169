"""The meter's entry in the devices file, read and checked."""

from dataclasses import dataclass, field
from typing import Any, Literal

from hubd.bench.devices.prepaid.commodity import ELECTRICITY
from hubd.bench.devices.prepaid.settings import PrepaymentSettings, PrepaymentTable, positive_e5, read_prepayment
from hubd.configuration import decode
from hubd.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class LoadTable:
    """`[device.load]`. What stands behind the meter; `solar_w` above 0 gives it an export register."""

    base_w: int = 250
    curve: Literal["home", "flat"] = "home"
    solar_w: int = 0
    seed: int | None = None
    history_days: int = 0
    """Half-hours and registers that a new meter already has, as if it had measured that long."""


@dataclass(frozen=True, slots=True)
class MeterTable:
    """One `[[device]]` of kind `electricity_meter`; what the air reads of it is here so that it is known."""

    ieee: str
    kind: Literal["electricity_meter"] = "electricity_meter"
    name: str = ""
    install_code: str = ""
    open: bool = False
    reports_per_s: float = 0.0
    poll_interval_s: float | None = None
    prepayment: PrepaymentTable | None = None
    load: LoadTable = field(default_factory=LoadTable)


def read_table(table: dict[str, Any]) -> tuple[MeterTable, PrepaymentSettings | None]:
    """The entry, decoded and checked. Raises ConfigurationError naming key and cure."""
    decoded = decode(table, MeterTable, "electricity_meter")
    if decoded.poll_interval_s is not None:
        raise ConfigurationError("poll_interval_s: an electricity meter never sleeps. Cure: leave it out")
    if decoded.reports_per_s < 0:
        raise ConfigurationError("reports_per_s: is below 0")
    load = decoded.load
    for name, value, most in (
        ("base_w", load.base_w, 50_000),
        ("solar_w", load.solar_w, 50_000),
        ("history_days", load.history_days, 400),
    ):
        if not 0 <= value <= most:
            raise ConfigurationError(f"load.{name}: {value} is not 0 to {most}")
    if (prepayment := decoded.prepayment) is None:
        return decoded, None
    return decoded, read_prepayment(prepayment, positive_e5(prepayment, "price_per_kwh"), ELECTRICITY, decoded.ieee)
