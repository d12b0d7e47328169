"""The arguments of `prepayment`: which fields each setting takes.

| setting | fields |
|---|---|
| `payment_mode` | `mode`; `cut_off_e5` (0) |
| `emergency_credit` | `limit_e5`, `threshold_e5` |
| `low_credit_warning` | `level_e5` |
| `maximum_credit` | `balance_e5`, `top_up_e5` |
| `debt` | `debt`, `amount_e5`, `percent_e2`; `label` ("") |
| `debt_cap` | `cap_e5` |
| `friendly_hours` | `week` |
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from hubd.model.prepayment_settings import (
    PaymentMode,
    SetDebt,
    SetDebtCap,
    SetEmergencyCredit,
    SetFriendlyHours,
    SetLowCreditWarning,
    SetMaximumCredit,
    SetPaymentMode,
    Setting,
    fault_of,
)
from hubd.wan.messages import PrepaymentArgs

_MAKERS: Mapping[str, Callable[..., Setting]] = {
    "payment_mode": lambda mode, cut_off_e5=0: SetPaymentMode(PaymentMode(mode), cut_off_e5),
    "emergency_credit": SetEmergencyCredit,
    "low_credit_warning": SetLowCreditWarning,
    "maximum_credit": SetMaximumCredit,
    "debt": SetDebt,
    "debt_cap": SetDebtCap,
    "friendly_hours": SetFriendlyHours,
}


def setting_of(args: PrepaymentArgs) -> Setting:
    """The setting. Raises ValueError, in words, for fields too few, too many or out of range."""
    make = _MAKERS.get(args.setting)
    if make is None:
        raise ValueError(f"unknown setting; known are {', '.join(_MAKERS)}")
    given: dict[str, Any] = msgspec.to_builtins(args)
    fields = {name: value for name, value in given.items() if name not in ("device", "setting")}
    try:
        setting = make(**fields)
    except TypeError:
        raise ValueError(f"{args.setting} has fields too few or too many") from None
    if (fault := fault_of(setting)) is not None:
        raise ValueError(fault)
    return setting


def args_of(device: str, setting: Setting) -> PrepaymentArgs:
    """The reverse of `setting_of`."""
    match setting:
        case SetPaymentMode(mode, cut_off):
            args = PrepaymentArgs(device, "payment_mode", mode=mode.value, cut_off_e5=cut_off)
        case SetEmergencyCredit(limit, threshold):
            args = PrepaymentArgs(device, "emergency_credit", limit_e5=limit, threshold_e5=threshold)
        case SetLowCreditWarning(level):
            args = PrepaymentArgs(device, "low_credit_warning", level_e5=level)
        case SetMaximumCredit(balance, top_up):
            args = PrepaymentArgs(device, "maximum_credit", balance_e5=balance, top_up_e5=top_up)
        case SetDebt(debt, amount, percent, label):
            args = PrepaymentArgs(
                device, "debt", debt=debt, amount_e5=amount, percent_e2=percent, label=label or None
            )
        case SetDebtCap(cap):
            args = PrepaymentArgs(device, "debt_cap", cap_e5=cap)
        case SetFriendlyHours(week):
            args = PrepaymentArgs(device, "friendly_hours", week=week)
    return args
