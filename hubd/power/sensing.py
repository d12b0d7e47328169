"""Watching the supply: an edge wakes, the level decides, and without any edge it is looked at every 100 ms."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from hubd.errors import LinkError
from hubd.power.level import STEADY_S, Changed, Level, look, look_again_s, look_for_edge_s
from hubd.power.ticks import Ticks
from hubd.power.ups import SupplyInputs

log = logging.getLogger(__name__)


class Sensing:
    """`changed` is called on the loop for each believed change, first of all for the level at the start; `fault` in
    words, once for each, where the inputs are not to be trusted.
    """

    def __init__(
        self,
        inputs: SupplyInputs,
        ticks: Ticks,
        changed: Callable[[Changed], None],
        fault: Callable[[str], None],
        edge: asyncio.Event,
        steady_s: float = STEADY_S,
    ) -> None:
        self._inputs = inputs
        self._ticks = ticks
        self._changed = changed
        self._fault = fault
        self._edge = edge
        self._level = Level(steady_s=steady_s)
        self._unreadable = False

    @property
    def on(self) -> bool | None:
        """What is believed of the supply; None before the first belief."""
        return self._level.on

    async def run(self) -> None:
        """For ever."""
        while True:
            self._look()
            await self._edge_or_time()

    def _look(self) -> None:
        now_s, moved = self._ticks.monotonic_s(), self._edge.is_set()
        self._edge.clear()
        try:
            self._level, changed = look(self._level, self._inputs.on(), now_s, moved=moved)
        except LinkError as error:
            return self._cannot_look(error)
        self._unreadable = False
        if changed is not None:
            self._changed(changed)
        if (words := self._inputs.fault(now_s)) is not None:
            self._fault(words)
        return None

    def _cannot_look(self, error: LinkError) -> None:
        """What was believed stays believed: a broken wire must not call an outage."""
        if not self._unreadable:
            log.warning("the supply is not sensed: %s", error)
            self._fault(str(error))
        self._unreadable = True

    async def _edge_or_time(self) -> None:
        least_s = self._ticks.lasts_s(look_for_edge_s(self._level))
        longest_s = self._ticks.lasts_s(look_again_s(self._level))
        await asyncio.sleep(least_s)
        if longest_s > least_s:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(longest_s - least_s):
                    await self._edge.wait()


def waker(loop: asyncio.AbstractEventLoop, edge: asyncio.Event) -> Callable[[], None]:
    """What an input calls at an edge, from its own thread."""

    def wake() -> None:
        try:
            loop.call_soon_threadsafe(edge.set)
        except RuntimeError:
            pass  # the loop is closed: nobody watches any more

    return wake
