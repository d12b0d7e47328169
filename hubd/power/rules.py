"""What may be set in the last-gasp rules, and the moments that may not."""

from dataclasses import dataclass
from enum import StrEnum

from hubd.errors import ConfigurationError

FLOOR_S = 15.0
"""No alert of any kind before this much continuous loss (R42)."""
EVENT_CLOSES_S = 60.0
"""Continuous supply that ends an event, and an outage."""
GRAIN_DIGITS = 6
"""All moments are held on a grid of microseconds, so that sums of decimal seconds compare exactly."""


class Policy(StrEnum):
    """How long supply must be gone before that is told."""

    CONFIRMED = "confirmed"
    """60 s of continuous loss."""
    EARLIEST = "earliest"
    """15 s of continuous loss, and 60 s after the last return of supply within the same event."""
    SUSTAINED = "sustained"
    """180 s of continuous loss."""


CONTINUOUS_LOSS_S = {Policy.CONFIRMED: 60.0, Policy.EARLIEST: FLOOR_S, Policy.SUSTAINED: 180.0}


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules a hub runs under.

    `spread_s` is what all hubs share among them before they speak, or less where the energy allows less; of it this
    hub waits `spread_share`, from 0 to 1, drawn anew for each outage (see `spread.py`). `resend_after_s` counts from
    the first sending; `send_s` is the whole send window, `least_send_s` the shortest that is worth starting.
    """

    policy: Policy = Policy.CONFIRMED
    spread_s: float = 0.0
    spread_share: float = 1.0
    shed_after_s: float = 1.0
    send_s: float = 20.0
    least_send_s: float = 2.0
    resend_after_s: tuple[float, ...] = (3.0, 8.0)

    def __post_init__(self) -> None:
        if not (0 <= self.spread_share <= 1):
            raise ConfigurationError(f"last-gasp rules: a share of {self.spread_share} of the spread: from 0 to 1")
        if not (self.spread_s >= 0 and 0 < self.shed_after_s < FLOOR_S and self.send_s > 0 and self.least_send_s > 0):
            raise ConfigurationError(
                f"last-gasp rules: a spread of {self.spread_s} s must be at least 0, load is shed after more than 0 "
                f"and less than {FLOOR_S:g} s (not {self.shed_after_s}), send windows are above 0"
            )

    @property
    def continuous_loss_s(self) -> float:
        """The continuous loss that this policy calls an outage."""
        return CONTINUOUS_LOSS_S[self.policy]


def on_grid(moment_s: float) -> float:
    """The moment, on the grid of microseconds."""
    return round(moment_s, GRAIN_DIGITS)
