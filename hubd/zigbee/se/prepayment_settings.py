"""Prepayment (0x0705): the commands that set a meter up, and the attributes that say how it is set.

| setting | command | attributes read back |
|---|---|---|
| payment mode | Change Payment Mode 0x06 | Payment Control Configuration 0x0000, Cut Off Value 0x0040 |
| emergency credit | Emergency Credit Setup 0x03 | limit 0x0010, threshold 0x0011 |
| low credit warning | Set Low Credit Warning Level 0x09 | 0x0031 |
| maximum credit | Set Maximum Credit Limit 0x0B | 0x0021, per top-up 0x0022 |
| debt 1 to 3 | Change Debt 0x02 | amount 0x02n1, top-up percentage 0x02n9 (n: 1 to 3) |
| debt cap | Set Overall Debt Cap 0x0C | 0x0006 |

Friendly hours are a calendar (`calendar.py`).

A time of 0 says at once. Change Payment Mode has a response of its own (0x02), the others a Default Response.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from hubd.errors import WireError
from hubd.model.friendly_hours import words_of_week
from hubd.model.prepayment_settings import (
    AccountSetting,
    PaymentMode,
    SetDebt,
    SetDebtCap,
    SetEmergencyCredit,
    SetFriendlyHours,
    SetLowCreditWarning,
    SetMaximumCredit,
    SetPaymentMode,
    Setting,
)
from hubd.zigbee.zcl.frame import ZclFrame
from hubd.zigbee.zcl.values import Value

AT_ONCE: Final = b"\x00\x00\x00\x00"
PROVIDER: Final = b"\x00\x00\x00\x00"
"""No provider is named: the hub's order was signed by the one whom it serves."""
CONFIGURATION: Final = {PaymentMode.CREDIT: 0x0C94, PaymentMode.PREPAYMENT: 0x0097}
"""PaymentControlConfiguration as meters in service are set."""
PREPAYMENT_ENABLED: Final = 0x0002
CHANGE_PAYMENT_MODE_RESPONSE: Final = 0x02
_PERCENTAGE_BASED: Final = 0x01
_PER_DAY: Final = 0x01
_ABSOLUTE: Final = {1: 0x00, 2: 0x02, 3: 0x04}
"""DebtAmountType: type 1, 2 or 3, absolute."""


class Command(IntEnum):
    """Commands to the server."""

    CHANGE_DEBT = 0x02
    EMERGENCY_CREDIT_SETUP = 0x03
    CHANGE_PAYMENT_MODE = 0x06
    SET_LOW_CREDIT_WARNING_LEVEL = 0x09
    SET_MAXIMUM_CREDIT_LIMIT = 0x0B
    SET_OVERALL_DEBT_CAP = 0x0C


def frame(tsn: int, setting: AccountSetting, issuer_event_id: int) -> ZclFrame:
    """The command of a setting. A meter takes a later `issuer_event_id` over an earlier one."""
    command, payload = _command(setting, issuer_event_id.to_bytes(4, "little"))
    return ZclFrame(tsn, command, payload, True, False, wants_default_response=True)


def _command(setting: AccountSetting, event: bytes) -> tuple[Command, bytes]:
    match setting:
        case SetPaymentMode(mode, cut_off):
            head = PROVIDER + event + AT_ONCE + CONFIGURATION[mode].to_bytes(2, "little")
            return Command.CHANGE_PAYMENT_MODE, head + cut_off.to_bytes(4, "little", signed=True)
        case SetEmergencyCredit(limit, threshold):
            return Command.EMERGENCY_CREDIT_SETUP, event + AT_ONCE + _u32(limit) + _u32(threshold)
        case SetLowCreditWarning(level):
            return Command.SET_LOW_CREDIT_WARNING_LEVEL, _u32(level)
        case SetMaximumCredit(balance, top_up):
            return Command.SET_MAXIMUM_CREDIT_LIMIT, PROVIDER + event + AT_ONCE + _u32(balance) + _u32(top_up)
        case SetDebt():
            return Command.CHANGE_DEBT, event + _debt(setting)
        case SetDebtCap(cap):
            return Command.SET_OVERALL_DEBT_CAP, PROVIDER + event + AT_ONCE + _u32(cap)


def _debt(debt: SetDebt) -> bytes:
    """A share of each top-up, and nothing collected by the clock."""
    label = bytes((len(debt.label),)) + debt.label.encode("ascii")
    kind = bytes((_PERCENTAGE_BASED, _ABSOLUTE[debt.debt]))
    collected = AT_ONCE + bytes(2) + bytes((_PER_DAY,)) + _u32(0)
    return label + _u32(debt.amount_e5) + kind + collected + debt.percent_e2.to_bytes(2, "little")


def attributes(setting: AccountSetting) -> tuple[int, ...]:
    """What is read back."""
    match setting:
        case SetPaymentMode():
            return 0x0000, 0x0040
        case SetEmergencyCredit():
            return 0x0010, 0x0011
        case SetLowCreditWarning():
            return (0x0031,)
        case SetMaximumCredit():
            return 0x0021, 0x0022
        case SetDebt(debt=debt):
            return 0x0201 + 0x10 * debt, 0x0209 + 0x10 * debt
        case SetDebtCap():
            return (0x0006,)


def expected(setting: Setting) -> dict[str, int | str]:
    """What the meter must say afterwards, in the names of the receipt."""
    names: dict[str, int | str]
    match setting:
        case SetPaymentMode(mode, cut_off):
            names = {"mode": str(mode), "cut_off_e5": cut_off}
        case SetEmergencyCredit(limit, threshold):
            names = {"limit_e5": limit, "threshold_e5": threshold}
        case SetLowCreditWarning(level):
            names = {"level_e5": level}
        case SetMaximumCredit(balance, top_up):
            names = {"balance_e5": balance, "top_up_e5": top_up}
        case SetDebt(debt, amount, percent):
            names = {"debt": debt, "amount_e5": amount, "percent_e2": percent}
        case SetDebtCap(cap):
            names = {"cap_e5": cap}
        case SetFriendlyHours(week):
            names = {**words_of_week(week)}
    return names


def read_back(setting: AccountSetting, values: Mapping[int, Value]) -> dict[str, int | str]:
    """What the meter says, in the names of the receipt. A value that it does not tell is absent."""
    numbers = [values.get(attribute) for attribute in attributes(setting)]
    match setting:
        case SetPaymentMode():
            found = dict(zip(("mode", "cut_off_e5"), (_mode(numbers[0]), numbers[1]), strict=True))
        case SetDebt(debt=debt):
            found = {"debt": debt} | dict(zip(("amount_e5", "percent_e2"), numbers, strict=True))
        case _:
            found = dict(zip(expected(setting), numbers, strict=True))
    return {name: value for name, value in found.items() if isinstance(value, int | str)}


def parse_change_payment_mode_response(payload: bytes) -> None:
    """Change Payment Mode Response: 13 octets (friendly credit, calendar, emergency credit limit and threshold). The
    meter took the command; how it is set is read from its attributes. Raises WireError.
    """
    if len(payload) != 13:
        raise WireError("a Change Payment Mode Response that is not 13 octets")


def _mode(configuration: Value) -> str | None:
    if not isinstance(configuration, int):
        return None
    return str(PaymentMode.PREPAYMENT if configuration & PREPAYMENT_ENABLED else PaymentMode.CREDIT)


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")
