"""Frames that came twice: a radio that missed an acknowledgement sends its frame again, the same bytes."""

from collections import deque

WINDOW_S = 10.0
"""Longer than all retries of one APS frame."""
_KEPT = 4_096

Frame = tuple[object, ...]
"""Whatever tells one frame from another: device, endpoint, cluster and the ZCL bytes with their sequence number."""


class Duplicates:
    """Remembers frames for WINDOW_S. Bounded; each call is O(1)."""

    def __init__(self) -> None:
        self._seen_at_s: dict[Frame, float] = {}
        self._order: deque[tuple[float, Frame]] = deque()

    def is_new(self, frame: Frame, now_s: float) -> bool:
        """Whether this frame did not come within the window already; it counts as seen from now on."""
        while self._order and (self._order[0][0] <= now_s - WINDOW_S or len(self._order) >= _KEPT):
            self._seen_at_s.pop(self._order.popleft()[1], None)
        if frame in self._seen_at_s:
            return False
        self._seen_at_s[frame] = now_s
        self._order.append((now_s, frame))
        return True
