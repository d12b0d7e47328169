"""Which capacitor a build needs: the worst way down, at the end of the capacitor's life."""

from dataclasses import dataclass, replace

from hubd.power.energy import REFERENCE_C, Capacitor, Leg, carries, lasts
from hubd.power.reserve import Loads
from hubd.power.rules import EVENT_CLOSES_S, Policy

CELLS_F = (10, 25, 50, 100, 150, 200, 300, 350, 400, 500, 650)
"""Usual cells of 2.7 V; a bank is two in series, so half of one, at 5.0 V (2.5 V each, for their life)."""
LARGEST_F = 100_000.0
WORST_RIDING_S = 45.0
"""Three dead times of 14.9 s before the lock-out: the longest that a feeder takes within the watch of a minute."""
UNSHED_S = 2.0
"""The time within which load is shed."""
WAIT_S = {Policy.CONFIRMED: 60.0, Policy.EARLIEST: EVENT_CLOSES_S, Policy.SUSTAINED: 180.0}


@dataclass(frozen=True, slots=True)
class Durations:
    """How long each leg takes. Seconds."""

    riding_s: float = WORST_RIDING_S
    spread_s: float = 30.0
    send_s: float = 20.0
    shutdown_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Bank:
    """Two cells in series, and what they carry of the way down. `end_v`: inside, at the end of it."""

    cell_f: int
    capacitance_f: float
    covers: bool
    new_lasts_s: float
    old_lasts_s: float
    end_v: float


def way_down(loads: Loads, policy: Policy, durations: Durations) -> tuple[Leg, ...]:
    """The worst way from full supply to off, without any charging in between."""
    unshed_s = min(UNSHED_S, durations.riding_s)
    legs = (
        Leg("load not yet shed", loads.riding_w, unshed_s),
        Leg("reclosers", loads.shed_w, durations.riding_s - unshed_s),
        Leg("wait", loads.shed_w, WAIT_S[policy]),
        Leg("spread", loads.shed_w, durations.spread_s),
        Leg("send", loads.sending_w, durations.send_s),
        Leg("shutdown", loads.shutdown_w, durations.shutdown_s),
    )
    return tuple(leg for leg in legs if leg.time_s > 0)


def needed_f(like: Capacitor, legs: tuple[Leg, ...], coldest_c: float = REFERENCE_C) -> float | None:
    """The least capacitance, new and warm, that carries the legs when it is old and cold; None where none does."""
    if not carries(_old(like, LARGEST_F, coldest_c), legs):
        return None
    low_f, high_f = 1e-6, LARGEST_F
    for _ in range(60):
        middle_f = (low_f + high_f) / 2
        if carries(_old(like, middle_f, coldest_c), legs):
            high_f = middle_f
        else:
            low_f = middle_f
    return high_f


def banks(like: Capacitor, legs: tuple[Leg, ...], coldest_c: float = REFERENCE_C) -> tuple[Bank, ...]:
    """The usual banks, each with what it carries."""
    return tuple(_bank(like, legs, cell_f, coldest_c) for cell_f in CELLS_F)


def voltage_curve(capacitor: Capacitor, legs: tuple[Leg, ...], every_s: float) -> list[float | None]:
    """The voltage inside at 0, every_s, 2 every_s ... to the end of the legs; None from where it is down."""
    total_s = sum(leg.time_s for leg in legs)
    return [_voltage_at(capacitor, legs, index * every_s) for index in range(int(total_s / every_s) + 1)]


def _voltage_at(capacitor: Capacitor, legs: tuple[Leg, ...], at_s: float) -> float | None:
    done: list[Leg] = []
    left_s = at_s
    for leg in legs:
        part_s = min(leg.time_s, left_s)
        if part_s > 0:
            done.append(replace(leg, time_s=part_s))
        left_s -= part_s
    lasts_s, inside_v = lasts(capacitor, done)
    return inside_v if lasts_s >= sum(leg.time_s for leg in done) else None


def _bank(like: Capacitor, legs: tuple[Leg, ...], cell_f: int, coldest_c: float) -> Bank:
    new, old = replace(like, capacitance_f=cell_f / 2).at(coldest_c), _old(like, cell_f / 2, coldest_c)
    old_lasts_s, end_v = lasts(old, legs)
    return Bank(cell_f, cell_f / 2, carries(old, legs), lasts(new, legs)[0], old_lasts_s, end_v)


def _old(like: Capacitor, capacitance_f: float, coldest_c: float) -> Capacitor:
    return replace(like, capacitance_f=capacitance_f).aged().at(coldest_c)
