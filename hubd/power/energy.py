"""The supercapacitor as a pure model: what it holds, and how long it carries a constant power.

A capacitor of capacitance C behind an equivalent series resistance R feeds a converter of efficiency e, which draws
p = P/e whatever the voltage. With v the voltage inside and s = sqrt(v^2 - 4Rp), the current is (v - s)/(2R), so that
the time between two voltages is C/(4p) * [v^2 + v s - 4Rp ln(v + s)]: no steps, no rounding. It ends where the
voltage at the terminals, v - IR, falls to the converter's cut-off, or where no current gives that power any more
(v^2 < 4Rp).

Units: farads, ohms, volts, watts, seconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hubd.errors import ConfigurationError

AGED_CAPACITANCE = 0.7
AGED_RESISTANCE = 2.0
"""The usual end of life: capacitance down by 30 %, resistance doubled."""
REFERENCE_C = 25.0
COLDEST_C = -40.0
HOTTEST_C = 85.0
"""What makers of such banks give figures for."""
COLD_RESISTANCE = 2.5
COLD_CAPACITANCE = 0.95
"""At -40 degrees, against 25: resistance 2 to 3 times, and a little less capacitance."""


@dataclass(frozen=True, slots=True)
class Capacitor:
    """A bank of supercapacitors and the converter behind it, as it is now (`at`, `aged` make another)."""

    capacitance_f: float
    resistance_ohm: float = 0.02
    full_v: float = 5.0
    cutoff_v: float = 2.5
    efficiency: float = 0.85

    def __post_init__(self) -> None:
        good = 0 < self.efficiency <= 1 and 0 < self.cutoff_v < self.full_v
        if not (good and self.capacitance_f > 0 and self.resistance_ohm >= 0):
            raise ConfigurationError(
                f"a capacitor of {self.capacitance_f:g} F and {self.resistance_ohm:g} ohm, {self.full_v:g} V to "
                f"{self.cutoff_v:g} V at {self.efficiency:g}: these figures do not go together. Cure: capacitance "
                "and cut-off above 0, the cut-off below the full voltage, the efficiency above 0 and at most 1"
            )

    def aged(self, age: float = 1.0) -> "Capacitor":
        """The same bank at an age from 0 (new) to 1 (end of life)."""
        return replace(
            self,
            capacitance_f=self.capacitance_f * (1 - (1 - AGED_CAPACITANCE) * age),
            resistance_ohm=self.resistance_ohm * (1 + (AGED_RESISTANCE - 1) * age),
        )

    def at(self, temperature_c: float) -> "Capacitor":
        """The same bank in the cold; warmth above 25 degrees gives nothing."""
        cold = min(max((REFERENCE_C - temperature_c) / (REFERENCE_C - COLDEST_C), 0.0), 1.0)
        return replace(
            self,
            capacitance_f=self.capacitance_f * (1 - (1 - COLD_CAPACITANCE) * cold),
            resistance_ohm=self.resistance_ohm * (1 + (COLD_RESISTANCE - 1) * cold),
        )

    def end_v(self, load_w: float) -> float:
        """The voltage inside at which this load can no longer be carried."""
        drawn_w = load_w / self.efficiency
        least_v = max(self.cutoff_v, math.sqrt(self.resistance_ohm * drawn_w))
        return least_v + self.resistance_ohm * drawn_w / least_v

    def hold_up_s(self, load_w: float, from_v: float | None = None) -> float:
        """How long this load is carried from a voltage (default: full)."""
        return self.seconds_between(load_w, self.full_v if from_v is None else from_v, self.end_v(load_w))

    def seconds_between(self, load_w: float, from_v: float, to_v: float) -> float:
        """How long this load takes from one voltage inside to a lower one; 0 where that is not lower."""
        if from_v <= to_v:
            return 0.0
        drawn_w = load_w / self.efficiency
        if drawn_w <= 0:
            return math.inf
        return self.capacitance_f * (self._work(from_v, drawn_w) - self._work(to_v, drawn_w)) / (4 * drawn_w)

    def voltage_after(self, load_w: float, from_v: float, time_s: float) -> float:
        """The voltage inside after a time under this load; `end_v` of the load where it does not last that long."""
        low_v = self.end_v(load_w)
        if from_v <= low_v or load_w <= 0:
            return from_v
        high_v = from_v
        for _ in range(60):
            middle_v = (low_v + high_v) / 2
            if self.seconds_between(load_w, from_v, middle_v) > time_s:
                low_v = middle_v
            else:
                high_v = middle_v
        return high_v

    def inside_v(self, terminal_v: float, load_w: float) -> float:
        """The voltage inside, from that at the terminals under a load."""
        return terminal_v + self.resistance_ohm * load_w / self.efficiency / terminal_v

    def _work(self, inside_v: float, drawn_w: float) -> float:
        edge = 4 * self.resistance_ohm * drawn_w
        root = math.sqrt(max(inside_v * inside_v - edge, 0.0))
        return inside_v * inside_v + inside_v * root - edge * math.log(inside_v + root)


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch of the way down: so much power for so long."""

    name: str
    load_w: float
    time_s: float


def lasts(capacitor: Capacitor, legs: Sequence[Leg]) -> tuple[float, float]:
    """How long the legs are carried from full (their whole time where all are), and the voltage inside at the end."""
    inside_v, passed_s = capacitor.full_v, 0.0
    for leg in legs:
        carried_s = capacitor.hold_up_s(leg.load_w, inside_v)
        if carried_s < leg.time_s:
            return passed_s + carried_s, max(min(inside_v, capacitor.end_v(leg.load_w)), 0.0)
        inside_v = capacitor.voltage_after(leg.load_w, inside_v, leg.time_s)
        passed_s += leg.time_s
    return passed_s, inside_v


def carries(capacitor: Capacitor, legs: Sequence[Leg]) -> bool:
    """Whether the legs are carried to their end."""
    return lasts(capacitor, legs)[0] >= sum(leg.time_s for leg in legs)
