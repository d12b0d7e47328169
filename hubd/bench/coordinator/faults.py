"""Faults that a bench asks for: each waits, counted, for the next frames it applies to."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

from hubd.bench.coordinator.status import Status


class Fault(StrEnum):
    """Faults of single frames."""

    CONFIRM_LOST = "confirm_lost"
    """The frame goes out, its data confirm never comes."""
    CONFIRM_FAILED = "confirm_failed"
    """The frame goes out and arrives, its data confirm says it did not."""
    DUPLICATE = "duplicate"
    """A device's frame is handed to the host twice, the second time `again_s` later."""
    LATE = "late"
    """A device's frame is handed to the host `late_s` later, behind what came in between."""
    LETS_IN = "lets_in"
    """A device joins that the radio should turn away: nobody named it, or its install code is another."""
    UNSECURED = "unsecured"
    """A device's frame comes without APS security."""


@dataclass(slots=True)
class Faults:
    """What is still to go wrong. A fault may be for the frames of one device alone."""

    frozen_until_s: float = -math.inf
    failed_status: int = Status.MAC_NO_ACK
    again_s: float = 0.0
    late_s: float = 0.0
    _left: dict[tuple[Fault, str], int] = field(default_factory=dict)

    def add(self, fault: Fault, count: int, ieee: str = "") -> None:
        """Let it happen to the next `count` frames (of the device `ieee`, or of any)."""
        self._left[fault, ieee] = self._left.get((fault, ieee), 0) + count

    def take(self, fault: Fault, ieee: str) -> bool:
        """Whether it happens to this frame; then it is used up."""
        if not self._left:
            return False
        for key in ((fault, ieee), (fault, "")):
            if count := self._left.get(key, 0):
                if count == 1:
                    del self._left[key]
                else:
                    self._left[key] = count - 1
                return True
        return False

    def waiting(self) -> dict[str, int]:
        """What has not happened yet, for a person to read."""
        return {f"{fault} {ieee}".strip(): count for (fault, ieee), count in self._left.items()}
