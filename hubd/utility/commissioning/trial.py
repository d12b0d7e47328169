"""The vend test's judgement: did a token of no value leave the balance where it was? (pure, R13)

The supply goes on while the test runs, so the balance may fall by what is used meanwhile. How much that may be is
known from the register: no more than so many Wh at the dearest price considered, and a penny for rounding and for
what the register has not counted yet. It may never rise.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DEAREST_E5_PER_WH: Final = 200
"""2.00 of the currency unit a kWh: dearer than any tariff of a home."""
ROUNDING_E5: Final = 1_000


class Phase(StrEnum):
    """How far the test has come."""

    WAITING = "waiting"
    """For a token."""
    BEFORE = "before"
    """The balance is being read, before the token goes out."""
    SENDING = "sending"
    AFTER = "after"
    """The meter accepted it; the balance is being read again."""


UNSENT: Final = frozenset({Phase.WAITING, Phase.BEFORE})
"""The token has not gone out."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The meter's balance and register at one moment."""

    balance_e5: int
    import_wh: int | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One test. `order` names the token."""

    phase: Phase = Phase.WAITING
    order: str | None = None
    before: Balance | None = None
    top_up_value_e5: int | None = None
    after: Balance | None = None


def moved(before: Balance, top_up_value_e5: int | None, after: Balance) -> str | None:
    """How the balance moved, in words; None: it did not."""
    if top_up_value_e5:
        return f"the meter says that the token added {top_up_value_e5} (in 10^-5), not nothing"
    rise_e5 = after.balance_e5 - before.balance_e5
    if rise_e5 > 0:
        return f"it rose by {rise_e5} (in 10^-5)"
    if -rise_e5 > _may_fall_e5(before.import_wh, after.import_wh):
        return f"it fell by {-rise_e5} (in 10^-5), which is more than was used meanwhile"
    return None


def _may_fall_e5(before_wh: int | None, after_wh: int | None) -> int:
    if before_wh is None or after_wh is None:
        return ROUNDING_E5
    return max(0, after_wh - before_wh) * DEAREST_E5_PER_WH + ROUNDING_E5
