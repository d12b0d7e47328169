"""What is in the capacitor now, reckoned on from the last that was known of it. Pure."""

import math
from dataclasses import dataclass

from hubd.power.energy import Capacitor


@dataclass(frozen=True, slots=True)
class Charge:
    """The voltage inside, at a moment of the monotonic clock."""

    inside_v: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Held:
    """What outlives the program: a charge, and the load that has drawn on it since (0: it has been charging)."""

    charge: Charge
    load_w: float


def empty(capacitor: Capacitor, now_s: float) -> Charge:
    """As it is left where the machine went down for want of it. Also the honest guess where nothing is known."""
    return Charge(capacitor.cutoff_v, now_s)


def measured(capacitor: Capacitor, terminal_v: float, load_w: float, now_s: float) -> Charge:
    """From a voltage at the terminals, under the load that the capacitor carries (0 while supply is on)."""
    inside_v = capacitor.inside_v(terminal_v, load_w) if terminal_v > 0 else 0.0
    return Charge(min(inside_v, capacitor.full_v), now_s)


def passed(charge: Charge, capacitor: Capacitor, load_w: float, charge_w: float, now_s: float) -> Charge:
    """After time under one load, or under charge (`load_w` 0)."""
    now_s = max(now_s, charge.at_s)
    passed_s = now_s - charge.at_s
    if load_w > 0:
        return Charge(capacitor.voltage_after(load_w, charge.inside_v, passed_s), now_s)
    charged_v = math.sqrt(charge.inside_v**2 + 2 * charge_w * passed_s / capacitor.capacitance_f)
    return Charge(min(charged_v, capacitor.full_v), now_s)


def found(held: Held | None, capacitor: Capacitor, charge_w: float, now_s: float) -> Charge:
    """At a start of the program. `held`: what was written down in this life of the machine, if anything was. If not,
    the machine was down, and by then the bank was as good as empty.
    """
    if held is None:
        return empty(capacitor, now_s)
    return passed(held.charge, capacitor, held.load_w, charge_w, now_s)
