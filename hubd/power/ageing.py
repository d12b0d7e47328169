"""How old the capacitor is, from what each short outage shows of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median

from hubd.power.energy import AGED_CAPACITANCE, Capacitor, Leg, carries

SOON = 0.8
"""Below this part of the new capacitance the alarm comes: about a third of the life is left then."""
LEAST_DROP_V = 0.05
LEAST_TIME_S = 2.0
"""A smaller or shorter discharge drowns in the error of the voltage that is measured."""


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


def condition(estimates_f: Sequence[float], new: Capacitor, legs: Sequence[Leg], least: int = 3) -> Condition:
    """The verdict over the last estimates, by their median: one bad reading changes nothing."""
    if len(estimates_f) < least:
        return Condition.UNKNOWN
    now_f = median(estimates_f)
    age = (1 - now_f / new.capacitance_f) / (1 - AGED_CAPACITANCE)
    present = replace(new.aged(min(max(age, 0.0), 1.0)), capacitance_f=now_f)
    if now_f < AGED_CAPACITANCE * new.capacitance_f or not carries(present, legs):
        return Condition.TOO_OLD
    return Condition.REPLACE_SOON if now_f < SOON * new.capacitance_f else Condition.GOOD
