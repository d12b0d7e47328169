"""How much longer the hub may wait: the energy model in the two moments that the last-gasp rules ask for."""

from dataclasses import dataclass

from hubd.power.energy import Capacitor
from hubd.power.outage_events import EnergyLeft
from hubd.power.phases import Phase


@dataclass(frozen=True, slots=True)
class Loads:
    """What the hub draws: as usual, with load shed, while sending, while shutting down. Watts."""

    riding_w: float
    shed_w: float
    sending_w: float
    shutdown_w: float

    def of(self, phase: Phase, shed: bool) -> float:
        """The load in a phase."""
        if phase is Phase.SENDING:
            return self.sending_w
        if phase is Phase.SHUTTING_DOWN:
            return self.shutdown_w
        return self.shed_w if shed else self.riding_w


@dataclass(frozen=True, slots=True)
class Reserve:
    """The voltages inside the capacitor that must be left for the shutdown, and for sending and the shutdown."""

    capacitor: Capacitor
    down_v: float
    send_v: float

    @classmethod
    def of(cls, capacitor: Capacitor, loads: Loads, send_s: float, shutdown_s: float) -> "Reserve":
        """Reckon both voltages from the end backwards. They may lie above full: then nothing is ever covered."""
        down_v = voltage_before(capacitor, loads.shutdown_w, capacitor.end_v(loads.shutdown_w), shutdown_s)
        after_v = max(down_v, capacitor.end_v(loads.sending_w))
        return cls(capacitor, down_v, voltage_before(capacitor, loads.sending_w, after_v, send_s))

    def left(self, inside_v: float, load_w: float, now_s: float) -> EnergyLeft:
        """The last moments to begin sending and to begin the shutdown, under the present load."""
        end_v = self.capacitor.end_v(load_w)
        return EnergyLeft(
            now_s + self.capacitor.seconds_between(load_w, inside_v, max(self.send_v, end_v)),
            now_s + self.capacitor.seconds_between(load_w, inside_v, max(self.down_v, end_v)),
        )


def voltage_before(capacitor: Capacitor, load_w: float, to_v: float, time_s: float) -> float:
    """The voltage inside from which a load takes that time down to `to_v`."""
    low_v, high_v = to_v, to_v + 1.0
    while capacitor.seconds_between(load_w, high_v, to_v) < time_s:
        high_v *= 2
    for _ in range(60):
        middle_v = (low_v + high_v) / 2
        if capacitor.seconds_between(load_w, middle_v, to_v) < time_s:
            low_v = middle_v
        else:
            high_v = middle_v
    return high_v
