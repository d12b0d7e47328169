"""The statement of a visit, from what was found on its devices (pure). What was not found stays unknown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from hubd import __version__
from hubd.model.device import Device
from hubd.model.identity import Eui64
from hubd.model.nameplate import MeterSettings, Nameplate
from hubd.model.stamp import Stamp
from hubd.utility.commissioning.steps import METERS
from hubd.utility.commissioning.way import Way
from hubd.wan import statement as form
from hubd.wan.messages import When


@dataclass(frozen=True, slots=True)
class Found:
    """One device of the visit. `vend_tested`: it has passed the vend test, in this visit or before."""

    device: Device
    supplier: str | None
    way: Way
    vend_tested: bool


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What is said of the visit as a whole. `coordinator`: the hub's own address, where it is known. The day of a
    follow-up is None as long as the hub's clock is not trusted.
    """

    visit: str
    opened_at: Stamp
    closed_at: Stamp
    currency: str
    coordinator: Eui64 | None
    board_serial: str | None
    zone: str
    utc_offset_s: int
    follow_up_needed: bool
    follow_up_due: str | None


def statement(visit: VisitFacts, found: Sequence[Found], notes: form.VisitNotes) -> form.StatementBody:
    """All groups, the hub first."""
    meters = [each for each in found if each.device.kind in METERS]
    return form.StatementBody(
        visit=visit.visit,
        opened_at=_when(visit.opened_at),
        closed_at=_when(visit.closed_at),
        complete=all(each.way.done for each in found),
        software=__version__,
        currency=visit.currency,
        installer=notes.installer,
        remarks=notes.remarks,
        follow_up_due=visit.follow_up_due,
        follow_up_needed=visit.follow_up_needed,
        zone=visit.zone,
        utc_offset_s=visit.utc_offset_s,
        equipment=[_hub(visit.coordinator), *(_equipment(each) for each in found)],
        serial_numbers=[_serials_of_hub(visit), *(_serials(each) for each in found)],
        readings=[_reading(each) for each in meters],
        settings=[_settings(each) for each in meters],
        balances=[_balance(each) for each in meters],
        old_meters=list(notes.old_meters),
    )


def follow_up_is_needed(in_service: Collection[Device]) -> bool:
    """Whether a hub with these devices in service began with gas: the electricity meter is still to come (R14)."""
    kinds = {str(device.kind) for device in in_service}
    return "gas_meter" in kinds and "electricity_meter" not in kinds


def _when(stamp: Stamp) -> When:
    return When(stamp.unix_s, stamp.trust)


def _hub(coordinator: Eui64 | None) -> form.Equipment:
    return form.Equipment(
        device=coordinator or "unknown",
        alias="hub",
        kind="hub",
        supplier=None,
        manufacturer=None,
        model="hubd",
        product_code=None,
        hardware_version=None,
        application_version=None,
        firmware=__version__,
        date_code=None,
        in_service=True,
        waits_for=None,
    )


def _equipment(found: Found) -> form.Equipment:
    plate = found.way.findings.nameplate or Nameplate()
    held = found.way.held
    return form.Equipment(
        device=found.device.address,
        alias=found.device.alias,
        kind=str(found.device.kind),
        supplier=found.supplier,
        manufacturer=plate.manufacturer,
        model=plate.model,
        product_code=plate.product_code,
        hardware_version=plate.hardware_version,
        application_version=plate.application_version,
        firmware=plate.firmware,
        date_code=plate.date_code,
        in_service=found.way.done,
        waits_for=None if found.way.done else f"{found.way.step}: {held.words() if held else 'under way'}",
    )


def _serials_of_hub(visit: VisitFacts) -> form.SerialNumbers:
    return form.SerialNumbers(visit.coordinator or "unknown", "hub", visit.board_serial, None)


def _serials(found: Found) -> form.SerialNumbers:
    plate = found.way.findings.nameplate or Nameplate()
    settings = found.way.findings.settings or MeterSettings()
    return form.SerialNumbers(found.device.address, found.device.alias, plate.serial, settings.meter_serial)


def _reading(found: Found) -> form.Reading:
    reading = found.way.findings.reading
    if reading is None:
        return form.Reading(found.device.address, found.device.alias, None, None, None, None, None)
    supply: Literal["off", "armed", "on"] | None = None
    if reading.supply is not None:
        supply = reading.supply.name.lower()  # type: ignore[assignment]
    return form.Reading(
        found.device.address,
        found.device.alias,
        _when(reading.measured_at),
        reading.import_wh,
        reading.export_wh,
        reading.power_w,
        supply,
        reading.volume_l,
    )


def _settings(found: Found) -> form.Settings:
    findings = found.way.findings
    settings = findings.settings or MeterSettings()
    return form.Settings(
        device=found.device.address,
        alias=found.device.alias,
        key_suite=findings.suite,
        clock_drift_s=findings.drift_s,
        clock_note=findings.clock_note,
        payment_control=settings.payment_control,
        emergency_credit_limit_e5=settings.emergency_credit_limit_e5,
        emergency_credit_threshold_e5=settings.emergency_credit_threshold_e5,
        max_credit_e5=settings.max_credit_e5,
        max_top_up_e5=settings.max_top_up_e5,
        low_credit_e5=settings.low_credit_e5,
        vend_test="passed" if found.vend_tested else "not passed",
        vend_test_order=found.way.trial.order if found.way.done else None,
    )


def _balance(found: Found) -> form.BalanceOf:
    account, trial = found.way.findings.account, found.way.trial
    return form.BalanceOf(
        device=found.device.address,
        alias=found.device.alias,
        measured_at=_when(account.measured_at) if account else None,
        balance_e5=account.balance_e5 if account else None,
        emergency_credit_e5=account.emergency_credit_e5 if account else None,
        debt_e5=account.debt_e5 if account else None,
        credit_status=account.credit_status if account else None,
        before_vend_test_e5=trial.before.balance_e5 if trial.before else None,
        after_vend_test_e5=trial.after.balance_e5 if trial.after else None,
    )
