"""What the radio hears before its application can tell what it is for: kept, and heard once the radio is up.

A radio that was left running delivers frames as soon as its port is open. zigpy-znp does not know its own address by
then, nor, for some moments of the start, its own endpoints: the first makes it raise, the second would let a Smart
Energy frame past the security rule, as one of a profile that zigpy reads. Nor could anything be answered.
"""

from collections import deque
from typing import Any

MOST = 100
"""More are not kept: the oldest go."""
KEPT_S = 10.0
"""For so long. What is older would be dated too late, and who asked has given up."""


class EarlyFrames:
    """In the order in which they came."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, Any]] | None = deque(maxlen=MOST)

    def keep(self, frame: Any, now_s: float) -> bool:
        """Whether this was a time to keep it; once all were taken it no longer is."""
        if self._kept is None:
            return False
        self._kept.append((now_s, frame))
        return True

    def take(self, now_s: float) -> list[Any]:
        """The frames that may still be heard. From now on none is kept."""
        kept, self._kept = self._kept or (), None
        return [frame for came_s, frame in kept if now_s - came_s <= KEPT_S]
