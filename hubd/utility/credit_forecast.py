"""How long a meter's credit lasts at the present rate, and what generation an interruption cost (R40). Pure.

The rate is the fall of the balance over what was seen of it in the last six hours, at least ten minutes of it; a
balance that rose (a top-up) begins anew. What is left is what stands above the meter's cut-off; emergency credit is
not counted. It warns once when less than `WARN_BEFORE_S` is left, and again only after there was twice as much in
between. The household is shown for how long it lasts as long as that is so, and nothing from a top-up until a rate is
known again.

Lost generation: a solar inverter stops with the supply. What it would have given is estimated as the mean of the
same half-hours of the export register in the seven days before, the part of each half-hour that was interrupted. It
says nothing of what the house itself would have used of it, and nothing where no such half-hour is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

WARN_BEFORE_S = 6 * 3_600.0
SEEN_FOR_S = 6 * 3_600.0
SEEN_AT_LEAST_S = 600.0
HALF_HOUR_S, DAY_S, DAYS = 1_800, 86_400, 7
METHOD = "mean of the same half-hours' export in the 7 days before"


@dataclass(frozen=True, slots=True)
class CreditSeen:
    """Balances of one meter (Unix seconds, 10^-5 of its currency unit), oldest first."""

    balances: tuple[tuple[float, int], ...] = ()
    warned: bool = False
    until_unix_s: float | None = None
    """When the credit ends at the present rate, while it runs low."""


@dataclass(frozen=True, slots=True)
class RunningLow:
    """Duty: warn. `left_s` at the present rate; 0: nothing is left."""

    left_s: float
    balance_e5: int
    fall_e5_per_hour: int


def seen(
    state: CreditSeen, unix_s: float, balance_e5: int, cut_off_e5: int = 0
) -> tuple[CreditSeen, RunningLow | None]:
    """One more balance. A clock that went back begins anew, too."""
    before = state.balances
    if before and (balance_e5 > before[-1][1] or unix_s <= before[-1][0]):
        before, state = (), replace(state, until_unix_s=None)
    kept = tuple(one for one in before if unix_s - one[0] <= SEEN_FOR_S)
    state = replace(state, balances=(*kept, (unix_s, balance_e5)))
    first_s, first_e5 = state.balances[0]
    if unix_s - first_s < SEEN_AT_LEAST_S or first_e5 == balance_e5:
        return state, None
    fall_e5_per_s = (first_e5 - balance_e5) / (unix_s - first_s)
    left_s = max(0.0, (balance_e5 - cut_off_e5) / fall_e5_per_s)
    if left_s > 2 * WARN_BEFORE_S:
        return replace(state, warned=False, until_unix_s=None), None
    if left_s <= WARN_BEFORE_S or state.until_unix_s is not None:
        state = replace(state, until_unix_s=unix_s + left_s)
    if left_s > WARN_BEFORE_S or state.warned:
        return state, None
    return replace(state, warned=True), RunningLow(left_s, balance_e5, round(fall_e5_per_s * 3_600))


def lost_export_wh(from_unix_s: float, to_unix_s: float, export_wh: Mapping[int, int]) -> int | None:
    """The estimate, Wh; `export_wh` by the start of its half-hour. None where nothing is known to estimate from."""
    total, known = 0.0, False
    slot = int(from_unix_s) - int(from_unix_s) % HALF_HOUR_S
    while slot < to_unix_s:
        share = (min(to_unix_s, slot + HALF_HOUR_S) - max(from_unix_s, slot)) / HALF_HOUR_S
        same = [export_wh[at] for day in range(1, DAYS + 1) if (at := slot - day * DAY_S) in export_wh]
        if same:
            known = True
            total += share * sum(same) / len(same)
        slot += HALF_HOUR_S
    return round(total) if known else None
