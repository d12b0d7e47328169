"""What the last-gasp machine is told."""

from dataclasses import dataclass

from hubd.model.stamp import Stamp
from hubd.power.outage import Row


@dataclass(frozen=True, slots=True)
class Started:
    """The program has started and looked at the supply.

    `row` is the open outage on disk. `same_boot`: the machine has run all the time, so the row's monotonic moments
    hold. `lost_at_most_s`: how long supply can have been gone at most, where the hub's clock allows to say so.
    `outage_id` and `at` name a new outage, should there be one.
    """

    supply_on: bool
    row: Row | None
    same_boot: bool
    outage_id: str
    at: Stamp
    lost_at_most_s: float | None = None


@dataclass(frozen=True, slots=True)
class SupplyLost:
    """Supply is off. `outage_id` is a fresh id, used if this opens an event; `at` is the wall time of the loss."""

    outage_id: str
    at: Stamp


@dataclass(frozen=True, slots=True)
class SupplyReturned:
    """Supply is on."""


@dataclass(frozen=True, slots=True)
class EnergyLeft:
    """What the capacitor covers, as `energy.Reserve` reckons it. Replaces what was said before."""

    send_by_s: float
    down_by_s: float


@dataclass(frozen=True, slots=True)
class AlertStored:
    """The head-end has said that the alert of this outage is stored."""

    outage_id: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Time passed."""


Event = Started | SupplyLost | SupplyReturned | EnergyLeft | AlertStored | Clock
