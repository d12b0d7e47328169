"""The clock that the air runs on: the event loop's, or one that a test turns by hand."""

import asyncio
import heapq
import time
from collections.abc import Callable
from itertools import count
from typing import Protocol


class Timer(Protocol):
    """Something that will happen, unless it is cancelled."""

    def cancel(self) -> None:
        """It will not happen."""


class Clock(Protocol):
    """Time as the air sees it."""

    def now_s(self) -> float:
        """Monotonic seconds; only differences mean something."""

    def unix_s(self) -> float:
        """Wall clock of the simulated world."""

    def after(self, delay_s: float, do: Callable[[], None]) -> Timer:
        """Have `do` called once, `delay_s` from now."""


class LoopClock:
    """The running event loop's time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def now_s(self) -> float:
        """Monotonic seconds of the loop."""
        return self._loop.time()

    def unix_s(self) -> float:
        """The machine's wall clock."""
        return time.time()

    def after(self, delay_s: float, do: Callable[[], None]) -> Timer:
        """As `loop.call_later`."""
        return self._loop.call_later(delay_s, do)


class _Entry:
    __slots__ = ("do",)

    def __init__(self, do: Callable[[], None] | None) -> None:
        self.do = do

    def cancel(self) -> None:
        self.do = None


class HandClock:
    """A clock that stands still until `turn` is called."""

    def __init__(self, unix_s: float = 1_700_000_000.0) -> None:
        self._unix_at_zero_s = unix_s
        self._now_s = 0.0
        self._order = count()
        self._waiting: list[tuple[float, int, _Entry]] = []

    def now_s(self) -> float:
        """Seconds turned so far."""
        return self._now_s

    def unix_s(self) -> float:
        """The wall clock it was made with, plus what was turned."""
        return self._unix_at_zero_s + self._now_s

    def after(self, delay_s: float, do: Callable[[], None]) -> Timer:
        """Happens inside the `turn` that reaches it."""
        entry = _Entry(do)
        heapq.heappush(self._waiting, (self._now_s + max(0.0, delay_s), next(self._order), entry))
        return entry

    def turn(self, seconds: float) -> None:
        """Let time pass; everything due happens in order, each at its own moment."""
        end_s = self._now_s + seconds
        while self._waiting and self._waiting[0][0] <= end_s:
            self._now_s, _, entry = heapq.heappop(self._waiting)
            if entry.do:
                entry.do()
        self._now_s = end_s
