"""The clock that the shells of this room are given."""

from typing import Protocol


class Ticks(Protocol):
    """A monotonic clock of the machine, and waiting on it. A step of the wall clock moves neither."""

    def monotonic_s(self) -> float:
        """Seconds since the machine's start, or any moment that stays the same until the next."""

    def lasts_s(self, span_s: float) -> float:
        """How long to sleep, in the event loop's seconds, for a span of this clock."""
