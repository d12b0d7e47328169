"""The lock-out after wrong tokens: from the third in a row on, 10 s, doubling with each further one to 1280 s.

Only what may be guessing counts: a token that does not open, or is no token. A used, old or too large one is genuine.
"""

from dataclasses import dataclass

FREE_TRIES = 3
FIRST_LOCK_S = 10
LONGEST_LOCK_S = 1_280


@dataclass(frozen=True, slots=True)
class Lockout:
    """Wrong tokens in a row, and until when nothing is judged (0: not locked)."""

    wrong: int = 0
    until_unix_s: float = 0.0

    def holds(self, unix_s: float) -> bool:
        """Whether the meter is locked at that time."""
        return unix_s < self.until_unix_s

    def after_wrong(self, unix_s: float) -> "Lockout":
        """One more wrong token."""
        wrong = self.wrong + 1
        if wrong < FREE_TRIES:
            return Lockout(wrong, self.until_unix_s)
        doublings = min(wrong - FREE_TRIES, 16)
        return Lockout(wrong, unix_s + min(FIRST_LOCK_S * 2**doublings, LONGEST_LOCK_S))
