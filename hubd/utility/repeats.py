"""Events that a hostile neighbour could cause without end: told at once, and then counted (pure)."""

TELL_EVERY_S = 60.0
MOST_KEYS = 256


class Repeats:
    """Decides which of many like events are told. The first of a kind at once; those that follow within a minute are
    counted and told together with the next after it. Memory is bounded: beyond 256 kinds the oldest is forgotten.
    """

    def __init__(self) -> None:
        self._told_at_s: dict[tuple[str, ...], float] = {}
        self._held: dict[tuple[str, ...], int] = {}

    def times_to_tell(self, key: tuple[str, ...], now_s: float) -> int:
        """One more event of this kind happened. Returns how many to tell now, this one included; 0: not now."""
        told_at_s = self._told_at_s.get(key)
        if told_at_s is not None and now_s - told_at_s < TELL_EVERY_S:
            self._held[key] = self._held.get(key, 0) + 1
            return 0
        self._told_at_s.pop(key, None)
        self._told_at_s[key] = now_s
        if len(self._told_at_s) > MOST_KEYS:
            oldest = next(iter(self._told_at_s))
            self._told_at_s.pop(oldest)
            self._held.pop(oldest, None)
        return self._held.pop(key, 0) + 1
