"""Moments in time, which never travel without how far they are to be trusted."""

from dataclasses import dataclass
from enum import StrEnum


class TimeTrust(StrEnum):
    """Where a wall-clock time comes from."""

    UNSYNCED = "unsynced"
    """The hub's own clock, which may be years off before it has been set."""
    NETWORK = "network"
    """The hub's clock after it was set from the network."""
    METER = "meter"
    """A meter's own clock."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment: seconds since 1970-01-01 UTC, and the trust of that figure."""

    unix_s: float
    trust: TimeTrust


ZIGBEE_EPOCH_UNIX_S = 946_684_800
"""2000-01-01 00:00 UTC, from which the Zigbee type UTCTime counts seconds."""
