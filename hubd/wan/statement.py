"""The statement that ends an installer's visit (R16): what stands there now, and what was taken away.

Five groups: equipment, serial numbers, readings, settings, balances; and the old meters as the installer entered
them. A value that was not read stands there as null: nobody fills it in. Amounts in 10^-5 of the currency unit; the
old meters' figures are the installer's own words.
"""

from typing import Literal

import msgspec

from hubd.wan.messages import When


class Equipment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device as it tells itself. `waits_for` says what a device that is not in service yet is held by."""

    device: str
    alias: str
    kind: str
    supplier: str | None
    manufacturer: str | None
    model: str | None
    product_code: str | None
    hardware_version: int | None
    application_version: int | None
    firmware: str | None
    date_code: str | None
    in_service: bool
    waits_for: str | None


class SerialNumbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`nameplate`: the device's own (Basic cluster; the hub's: its board's); `meter`: the meter's behind it (Metering
    cluster).
    """

    device: str
    alias: str
    nameplate: str | None
    meter: str | None


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first reading."""

    device: str
    alias: str
    measured_at: When | None
    import_wh: int | None
    export_wh: int | None
    power_w: int | None
    supply: Literal["off", "armed", "on"] | None
    volume_l: int | None = None


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the meter is set, and what the checks of the visit found."""

    device: str
    alias: str
    key_suite: int | None
    clock_drift_s: float | None
    clock_note: str
    payment_control: int | None
    emergency_credit_limit_e5: int | None
    emergency_credit_threshold_e5: int | None
    max_credit_e5: int | None
    max_top_up_e5: int | None
    low_credit_e5: int | None
    vend_test: Literal["passed", "not passed"]
    vend_test_order: str | None


class BalanceOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The meter's own account at its first reading, and around the vend test."""

    device: str
    alias: str
    measured_at: When | None
    balance_e5: int | None
    emergency_credit_e5: int | None
    debt_e5: int | None
    credit_status: int | None
    before_vend_test_e5: int | None
    after_vend_test_e5: int | None


class OldReading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One register of an old meter, as it was read off: `value` in digits."""

    register: str
    value: str
    unit: str = "kWh"


class OldMeter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A meter that was taken away. `replaced_by`: alias or address of the new one."""

    serial: str | None = None
    replaced_by: str | None = None
    readings: list[OldReading] = []
    balance: str | None = None
    debt: str | None = None


class VisitNotes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the installer entered."""

    installer: str | None = None
    remarks: str | None = None
    old_meters: list[OldMeter] = []


class StatementBody(msgspec.Struct, frozen=True):
    """The whole statement. `complete`: every device of the visit is in service."""

    visit: str
    opened_at: When
    closed_at: When
    complete: bool
    software: str
    currency: str
    installer: str | None
    remarks: str | None
    follow_up_due: str | None
    equipment: list[Equipment]
    serial_numbers: list[SerialNumbers]
    readings: list[Reading]
    settings: list[Settings]
    balances: list[BalanceOf]
    old_meters: list[OldMeter]
    follow_up_needed: bool = False
    """Where `follow_up_due` is null all the same, the hub's clock is not right yet; the statement comes again."""
    zone: str | None = None
    utc_offset_s: int | None = None
    """The hub's own time zone at `closed_at`: its name, and how far it is ahead of UTC."""
