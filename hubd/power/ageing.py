"""How old the capacitor is, from what each short outage shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

from hubd.power.energy import AGED_CAPACITANCE, REFERENCE_C, Capacitor, Leg, carries

SOON = 0.8
"""Below this part of the new capacitance the alarm comes: about a third of the life is left then."""
LEAST_DROP_V = 0.05
LEAST_TIME_S = 2.0
"""A smaller or shorter discharge drowns in the error of the voltage that is measured."""
LEAST_ESTIMATES = 3
OLDEST = 3.0
"""A tenth of the capacitance: what is estimated below is no capacitor any more."""


class Condition(StrEnum):
    """What to do about the capacitor."""

    UNKNOWN = "unknown"
    """Too few outages to tell."""
    GOOD = "good"
    REPLACE_SOON = "replace_soon"
    """It still does its work, and is close to the end of it."""
    TOO_OLD = "too_old"
    """Below 70 % of new, or too little for the way down."""


@dataclass(frozen=True, slots=True)
class Discharge:
    """One short outage: voltages at the terminals under the same load, at its beginning and its end."""

    from_v: float
    to_v: float
    load_w: float
    time_s: float


def estimate_f(seen: Discharge, capacitor: Capacitor) -> float | None:
    """The capacitance that explains a discharge, at the resistance of `capacitor`; None where it says too little.

    The time between two voltages is proportional to the capacitance: so one discharge gives it outright.
    """
    if seen.time_s < LEAST_TIME_S or seen.from_v - seen.to_v < LEAST_DROP_V or seen.load_w <= 0 or seen.to_v <= 0:
        return None
    begin_v, end_v = (capacitor.inside_v(v, seen.load_w) for v in (seen.from_v, seen.to_v))
    per_farad_s = replace(capacitor, capacitance_f=1.0).seconds_between(seen.load_w, begin_v, end_v)
    return seen.time_s / per_farad_s if per_farad_s > 0 else None


def present(estimates_f: Sequence[float], new: Capacitor, aged_share: float) -> Capacitor:
    """The bank as old as the last estimates say, by their median: one bad reading changes nothing, and resistance
    goes with capacitance. Of too few estimates and `aged_share` (0 new, 1 end of life) the worse is taken.
    """
    if not estimates_f:
        return new.aged(aged_share)
    age = (1 - median(estimates_f) / new.capacitance_f) / (1 - AGED_CAPACITANCE)
    age = min(max(age, 0.0), OLDEST)
    return new.aged(age if len(estimates_f) >= LEAST_ESTIMATES else max(age, aged_share))


def condition(
    estimates_f: Sequence[float], new: Capacitor, legs: Sequence[Leg], coldest_c: float = REFERENCE_C
) -> Condition:
    """The verdict over the last estimates: whether the bank carries the legs, also in the cold."""
    if len(estimates_f) < LEAST_ESTIMATES:
        return Condition.UNKNOWN
    bank = present(estimates_f, new, 1.0)
    if bank.capacitance_f < AGED_CAPACITANCE * new.capacitance_f or not carries(bank.at(coldest_c), legs):
        return Condition.TOO_OLD
    return Condition.REPLACE_SOON if bank.capacitance_f < SOON * new.capacitance_f else Condition.GOOD
