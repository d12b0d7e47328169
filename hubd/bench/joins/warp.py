"""A clock that skips idle time: it runs as the machine's does, and jumps over every wait in which nothing can happen.

Code under it is not changed: `time.monotonic` and `time.time` are the warped clock's while it is in force, and the
event loop waits on it. Before each jump the loop looks for a moment of real time whether bytes come, from another
part of the process or from a thread, and it never jumps while a thread works for the loop. Arithmetic and disk so
count as long as they take here; what is skipped is only waiting.
"""

import asyncio
import contextlib
import selectors
import time
from collections.abc import Callable, Iterator
from typing import Any

LOOKS_S = 0.002
"""Real time, before a wait is skipped: longer than a frame takes from one end of the process to the other."""


class WarpedClock:
    """The machine's clocks, `skipped_s` ahead."""

    def __init__(self) -> None:
        self.skipped_s = 0.0
        self._monotonic, self._time = time.monotonic, time.time

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return self._monotonic() + self.skipped_s

    def time(self) -> float:
        """As `time.time`."""
        return self._time() + self.skipped_s

    @contextlib.contextmanager
    def in_force(self) -> Iterator[None]:
        """The process's clocks are this one's. For a process of one loop, that has nothing else to do."""
        before = time.monotonic, time.time
        time.monotonic, time.time = self.monotonic, self.time
        try:
            yield
        finally:
            time.monotonic, time.time = before


class _Selector(selectors.DefaultSelector):
    """Waits for bytes as ever, and for time hardly at all."""

    def __init__(self, clock: WarpedClock) -> None:
        super().__init__()
        self._clock = clock
        self.at_work = 0
        """Pieces of work that threads do for the loop."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As the base's; a wait in which nothing came is skipped."""
        if timeout is None or timeout <= LOOKS_S:
            return super().select(timeout)
        found = super().select(LOOKS_S)
        if not found and not self.at_work:
            self._clock.skipped_s += timeout - LOOKS_S
        return found


class WarpedLoop(asyncio.SelectorEventLoop):
    """An event loop on a warped clock."""

    def __init__(self, clock: WarpedClock) -> None:
        self._warped = _Selector(clock)
        self._clock = clock
        super().__init__(self._warped)

    def time(self) -> float:
        """The warped clock's."""
        return self._clock.monotonic()

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """As the base's; no wait is skipped until it is done."""
        self._warped.at_work += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _: "asyncio.Future[Any]") -> None:
        self._warped.at_work -= 1
