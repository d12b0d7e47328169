"""What a device says of itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nameplate:
    """Attributes of the Basic cluster (0x0000). What the device does not tell is None: never an invented word."""

    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    product_code: str | None = None
    hardware_version: int | None = None
    application_version: int | None = None
    firmware: str | None = None
    date_code: str | None = None


@dataclass(frozen=True, slots=True)
class MeterSettings:
    """How a meter is set, as it tells itself. Amounts in 10^-5 of its currency unit; None where it does not say."""

    meter_serial: str | None = None
    payment_control: int | None = None
    """PaymentControlConfiguration bitmap (0x0705, attribute 0x0000), as on the wire."""
    emergency_credit_limit_e5: int | None = None
    emergency_credit_threshold_e5: int | None = None
    max_credit_e5: int | None = None
    max_top_up_e5: int | None = None
    low_credit_e5: int | None = None
