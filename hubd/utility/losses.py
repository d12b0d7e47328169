"""Every loss of an event, for a transformer's alert: seconds from the first at which supply went and came back."""

MOST = 64
"""A recloser takes four; an arcing joint may take more than anybody wants to read."""


class Losses:
    """Moments of the monotonic clock in, seconds from the first loss out."""

    def __init__(self) -> None:
        self._first_s: float | None = None
        self._known = True
        self._spans: list[list[float]] = []

    @classmethod
    def recovered(cls, spans: list[list[float]], first_s: float | None) -> "Losses":
        """As they stood on disk. Without the moment of the first loss (another life of the machine) none is added."""
        losses = cls()
        losses._spans, losses._first_s, losses._known = [list(span) for span in spans], first_s, first_s is not None
        return losses

    def lost(self, at_s: float) -> None:
        """Supply went."""
        if self._first_s is None and self._known:
            self._first_s = at_s
        if self._first_s is not None and len(self._spans) < MOST:
            self._spans.append([round(at_s - self._first_s, 3)])

    def back(self, at_s: float) -> None:
        """Supply came back."""
        if self._first_s is not None and self._spans and len(self._spans[-1]) == 1:
            self._spans[-1].append(round(at_s - self._first_s, 3))

    def as_list(self) -> list[list[float]]:
        """Pairs; the last has one number while supply is off."""
        return [list(span) for span in self._spans]
