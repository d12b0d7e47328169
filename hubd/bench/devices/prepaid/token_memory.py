"""Which token identifiers a meter has taken (IEC 62055-41: a meter remembers the newest ones, here `size`)."""

from bisect import bisect_left, insort
from dataclasses import dataclass
from enum import Enum, auto


class Known(Enum):
    """What the memory says of an identifier."""

    FRESH = auto()
    USED = auto()
    OLD = auto()
    """Below everything remembered: it cannot be told whether it was used, so it is not taken."""


@dataclass(frozen=True, slots=True)
class TokenMemory:
    """Identifiers in rising order, and the highest one forgotten: what is not above it is old for ever."""

    size: int
    taken: tuple[int, ...] = ()
    forgotten_to: int = -1

    def look_up(self, tid: int) -> Known:
        """Whether a token with this identifier may still be taken."""
        at = bisect_left(self.taken, tid)
        if at < len(self.taken) and self.taken[at] == tid:
            return Known.USED
        full = len(self.taken) >= self.size
        if tid <= self.forgotten_to or (full and at == 0):
            return Known.OLD
        return Known.FRESH

    def with_taken(self, tid: int) -> "TokenMemory":
        """The memory after a token was taken; the lowest identifier goes when there are too many."""
        taken = list(self.taken)
        insort(taken, tid)
        lost = taken[: max(0, len(taken) - self.size)]
        return TokenMemory(self.size, tuple(taken[len(lost) :]), max([self.forgotten_to, *lost]))

    def emptied(self) -> "TokenMemory":
        """The memory after a rollover of the token identifiers."""
        return TokenMemory(self.size)
