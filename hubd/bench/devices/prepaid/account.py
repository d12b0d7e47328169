"""The meter's account: credit, emergency credit, the price of what is used, and whether the supply may be on.

Amounts in 10^-5 of the currency unit. The hub never computes any of this: it only reads it.
"""

from enum import IntFlag

from hubd.bench.devices.prepaid.settings import PrepaymentSettings
from hubd.model.supply import SupplyState

STEPS_PER_UNIT = 3_600_000_000
"""In what use is told: watt-milliseconds of a kWh, and (litres an hour)-milliseconds of a m3, are as many."""


PREPAYMENT_MODE = 0x0097
"""Disconnection, prepayment and credit management enabled, credit displayed, contactor fitted."""
PREPAYMENT_ENABLED = 0x0002


class CreditStatus(IntFlag):
    """Bits of the attribute CreditStatus (0x0705, 0x0003)."""

    CREDIT_OK = 0x01
    LOW_CREDIT = 0x02
    EMERGENCY_CREDIT_ENABLED = 0x04
    EMERGENCY_CREDIT_AVAILABLE = 0x08
    EMERGENCY_CREDIT_SELECTED = 0x10
    EMERGENCY_CREDIT_IN_USE = 0x20
    CREDIT_EXHAUSTED = 0x40


class Account:
    """`balance_e5` is what the consumer has paid for. Emergency credit, once selected, lasts when it is used up, and
    is paid back first by the next top-up.
    """

    def __init__(self, settings: PrepaymentSettings) -> None:
        self.settings = settings
        self.balance_e5 = settings.balance_e5
        self.debt_e5 = settings.debt_e5
        self.emergency_e5 = settings.emergency_limit_e5
        self.emergency_selected = False
        self.supply = SupplyState.ON if self.balance_e5 > 0 else SupplyState.OFF
        self._rest = 0
        self.configuration = PREPAYMENT_MODE
        self.cut_off_e5 = 0
        self.friendly = False

    @property
    def prepaid(self) -> bool:
        """Whether what is used is charged to the balance, and the supply depends on it."""
        return bool(self.configuration & PREPAYMENT_ENABLED)

    def configure(self, configuration: int, cut_off_e5: int) -> None:
        """Another payment mode. To credit, a supply that was off is armed: switching it on is the consumer's act."""
        self.configuration, self.cut_off_e5 = configuration, cut_off_e5
        if self.prepaid:
            self._switch_off_when_exhausted()
        elif self.supply is SupplyState.OFF:
            self.supply = SupplyState.ARMED

    def see_friendly(self, friendly: bool) -> None:
        """Whether a friendly period runs now. In one, a supply that is on stays on, and what is used is charged; at
        its end the supply goes off where nothing is left. It switches nothing on.
        """
        self.friendly = friendly
        self._switch_off_when_exhausted()

    @property
    def exhausted(self) -> bool:
        """Nothing is left to use."""
        if not self.prepaid:
            return False
        return self.balance_e5 <= self.cut_off_e5 and not (self.emergency_selected and self.emergency_e5 > 0)

    @property
    def emergency_available(self) -> bool:
        """Whether the consumer may select emergency credit now."""
        below = self.balance_e5 < self.settings.emergency_threshold_e5
        return bool(self.settings.emergency_limit_e5) and not self.emergency_selected and below

    def use(self, steps: int) -> None:
        """Charge what was used (`STEPS_PER_UNIT`); the supply goes off when nothing is left, unless it is a friendly
        hour.
        """
        if not self.prepaid:
            return
        owed = steps * self.settings.limits.price_e5_per_unit + self._rest
        cost_e5, self._rest = divmod(owed, STEPS_PER_UNIT)
        paid = min(cost_e5, max(0, self.balance_e5))
        self.balance_e5 -= paid
        if self.emergency_selected:
            lent = min(cost_e5 - paid, self.emergency_e5)
            self.emergency_e5 -= lent
            paid += lent
        self.balance_e5 -= cost_e5 - paid
        self._switch_off_when_exhausted()

    def add(self, amount_e5: int) -> None:
        """A top-up: emergency credit is paid back first. An exhausted account that is lifted arms the supply, or
        switches it on, as the settings say.
        """
        owed = self.settings.emergency_limit_e5 - self.emergency_e5
        paid_back = max(0, min(owed, amount_e5))
        self.emergency_e5 += paid_back
        self.balance_e5 += amount_e5 - paid_back
        if self.emergency_selected and self.emergency_e5 == self.settings.emergency_limit_e5 and self.balance_e5 > 0:
            self.emergency_selected = False
        self._switch_off_when_exhausted()
        self._lift()

    def clear(self) -> None:
        """All credit is gone; what is owed stays."""
        self.balance_e5 = min(0, self.balance_e5)
        self._switch_off_when_exhausted()

    def select_emergency(self) -> bool:
        """The consumer takes the emergency credit. False where there is none to take now."""
        if not self.emergency_available:
            return False
        self.emergency_selected = True
        self._lift()
        return True

    def switch_on(self) -> bool:
        """The consumer's act at the meter: from ARMED to ON. False from OFF."""
        if self.supply is SupplyState.ARMED:
            self.supply = SupplyState.ON
        return self.supply is SupplyState.ON

    def set_balance(self, balance_e5: int) -> None:
        """For the bench: put the account there."""
        self.balance_e5 = balance_e5
        self._switch_off_when_exhausted()
        self._lift()

    def status(self) -> CreditStatus:
        """The attribute CreditStatus."""
        in_use = self.emergency_selected and self.balance_e5 <= 0
        flags = (
            (CreditStatus.CREDIT_OK, self.balance_e5 > self.settings.low_credit_e5),
            (CreditStatus.LOW_CREDIT, self.balance_e5 <= self.settings.low_credit_e5),
            (CreditStatus.EMERGENCY_CREDIT_ENABLED, bool(self.settings.emergency_limit_e5)),
            (CreditStatus.EMERGENCY_CREDIT_AVAILABLE, self.emergency_available),
            (CreditStatus.EMERGENCY_CREDIT_SELECTED, self.emergency_selected),
            (CreditStatus.EMERGENCY_CREDIT_IN_USE, in_use),
            (CreditStatus.CREDIT_EXHAUSTED, self.exhausted),
        )
        status = CreditStatus(0)
        for flag, holds in flags:
            status |= flag if holds else CreditStatus(0)
        return status

    def save(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "balance_e5": self.balance_e5,
            "debt_e5": self.debt_e5,
            "emergency_e5": self.emergency_e5,
            "emergency_selected": self.emergency_selected,
            "supply": int(self.supply),
            "rest": self._rest,
            "friendly": self.friendly,
        }

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        numbers = [saved[name] for name in ("balance_e5", "debt_e5", "emergency_e5", "supply", "rest")]
        balance, debt, emergency, supply, rest = (n for n in numbers if isinstance(n, int))
        self.balance_e5, self.debt_e5, self.emergency_e5, self._rest = balance, debt, emergency, rest
        self.supply = SupplyState(supply)
        self.emergency_selected = bool(saved["emergency_selected"])
        self.friendly = bool(saved.get("friendly"))

    def _switch_off_when_exhausted(self) -> None:
        if self.exhausted and not (self.friendly and self.supply is SupplyState.ON):
            self.supply = SupplyState.OFF

    def _lift(self) -> None:
        if self.supply is SupplyState.OFF and not self.exhausted:
            self.supply = SupplyState.ARMED if self.settings.arms_after_top_up else SupplyState.ON
