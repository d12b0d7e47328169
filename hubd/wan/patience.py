"""How long a lane waits for the head-end's word before what is with the broker is sent again (pure).

Each lane has its own: a head-end that stores readings by the second may still have missed a receipt.
"""

from dataclasses import dataclass

LONGEST_S = 3_600.0


@dataclass(slots=True)
class Patience:
    """One lane. Times in seconds of the monotonic clock; `first_s` is the wait to begin with."""

    first_s: float
    wait_s: float = 0.0
    since_s: float = 0.0

    def __post_init__(self) -> None:
        self.wait_s = self.first_s

    def anew(self, now_s: float) -> None:
        """Word came, or a session began: be as impatient as at first."""
        self.wait_s, self.since_s = self.first_s, now_s

    def begin(self, now_s: float) -> None:
        """There is something to wait for from now on."""
        self.since_s = now_s

    def ends_at_s(self) -> float:
        """When it is over."""
        return self.since_s + self.wait_s

    def was_in_vain(self, now_s: float) -> None:
        """It is sent again: wait longer for that."""
        self.wait_s, self.since_s = min(2 * self.wait_s, LONGEST_S), now_s
