"""Settings of a prepayment meter that an office may change: what is asked for, and what the meter must then say.

Amounts in 10^-5 of the meter's currency unit (`_e5`), percentages in hundredths (`_e2`). The words are those of the
Smart Energy Prepayment cluster (0x0705), and of Calendar (0x0707) for friendly hours.
"""

from dataclasses import dataclass
from enum import StrEnum

from hubd.model.friendly_hours import Week, fault_of_week

LARGEST_E5 = 2**31 - 1
DEBTS = (1, 2, 3)


class PaymentMode(StrEnum):
    """How the consumer pays."""

    CREDIT = "credit"
    PREPAYMENT = "prepayment"


@dataclass(frozen=True, slots=True)
class SetPaymentMode:
    """From credit to prepayment or back. `cut_off_e5`: the balance at which the supply goes off."""

    mode: PaymentMode
    cut_off_e5: int = 0


@dataclass(frozen=True, slots=True)
class SetEmergencyCredit:
    """How much there is, and below which balance the consumer may take it."""

    limit_e5: int
    threshold_e5: int


@dataclass(frozen=True, slots=True)
class SetLowCreditWarning:
    """Below this balance the meter warns."""

    level_e5: int


@dataclass(frozen=True, slots=True)
class SetMaximumCredit:
    """The largest balance, and the largest single top-up, that the meter takes."""

    balance_e5: int
    top_up_e5: int


@dataclass(frozen=True, slots=True)
class SetDebt:
    """One of the meter's three debts: what is owed, and the share of each top-up that goes to it."""

    debt: int
    amount_e5: int
    percent_e2: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class SetDebtCap:
    """The most that all debts together may take."""

    cap_e5: int


@dataclass(frozen=True, slots=True)
class SetFriendlyHours:
    """When the supply stays on though the credit is used up, UTC; `friendly_hours.NEVER`: at no time."""

    week: Week


AccountSetting = SetPaymentMode | SetEmergencyCredit | SetLowCreditWarning | SetMaximumCredit | SetDebt | SetDebtCap
"""What one command of the Prepayment cluster sets."""
Setting = AccountSetting | SetFriendlyHours


def fault_of(setting: Setting) -> str | None:
    """Why no meter could be set so, in words; None: it can be."""
    if isinstance(setting, SetFriendlyHours):
        return fault_of_week(setting.week)
    amounts = [value for value in _numbers(setting) if not -1 < value <= LARGEST_E5]
    if amounts and not (isinstance(setting, SetPaymentMode) and -LARGEST_E5 <= setting.cut_off_e5 <= LARGEST_E5):
        return f"an amount is below 0 or above {LARGEST_E5} (10^-5 of the currency unit)"
    if isinstance(setting, SetDebt):
        if setting.debt not in DEBTS:
            return f"a meter has the debts 1, 2 and 3; not {setting.debt}"
        if setting.percent_e2 > 10_000:
            return "more than 100 % of a top-up cannot go to a debt"
        if not setting.label.isascii() or len(setting.label) > 12:
            return "a debt's label has at most 12 ASCII characters"
    return None


def _numbers(setting: AccountSetting) -> list[int]:
    match setting:
        case SetPaymentMode(cut_off_e5=cut_off):
            return [cut_off]
        case SetEmergencyCredit(limit, threshold):
            return [limit, threshold]
        case SetLowCreditWarning(level):
            return [level]
        case SetMaximumCredit(balance, top_up):
            return [balance, top_up]
        case SetDebt(_, amount, percent):
            return [amount, percent]
        case SetDebtCap(cap):
            return [cap]
