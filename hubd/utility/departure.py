"""Going down in order: everything is closed first, then the machine is told to power off, or to start again where
supply has come back meanwhile.

A supercapacitor board switches the machine on when mains comes back after the power-off. If it came back before,
nothing would: so the last thing is a look at the supply.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from hubd.errors import LinkError
from hubd.power.level import STEADY_S, Level, look, look_again_s
from hubd.utility import system_command

log = logging.getLogger(__name__)

SETTLES_WITHIN_S = 0.5
"""A line that has not come to rest by then is no supply."""


class Leaving(Exception):  # noqa: N818  no error: the end of the daemon's parts
    """Ends the daemon's parts; `live` then ends the machine."""


class Departure:
    """`due` once the rules have said so. `supply_on` looks once; it may raise LinkError."""

    def __init__(
        self,
        shutdown: Sequence[str],
        restart: Sequence[str],
        supply_on: Callable[[], bool],
        steady_s: float = STEADY_S,
    ) -> None:
        self.due = False
        self._shutdown = shutdown
        self._restart = restart
        self._supply_on = supply_on
        self._steady_s = steady_s

    async def go(self) -> None:
        """To be called when everything is closed."""
        on = await self._supply_is_back()
        log.warning("the machine %s", "starts again: supply is back" if on else "goes down: its energy ends")
        if (words := await system_command.run(self._restart if on else self._shutdown)) is not None:
            log.error("the machine could not be told: %s", words)

    async def _supply_is_back(self) -> bool:
        """As the sensing believes it, by several looks. An input that cannot be read shows no supply."""
        level, loop = Level(steady_s=self._steady_s), asyncio.get_running_loop()
        until_s = loop.time() + SETTLES_WITHIN_S
        while level.on is None and loop.time() < until_s:
            level, _ = look(level, self._one_look(), loop.time())
            await asyncio.sleep(look_again_s(level))
        return level.on is True

    def _one_look(self) -> bool:
        try:
            return self._supply_on()
        except LinkError as error:
            log.warning("the supply cannot be looked at, and is taken as off: %s", error)
            return False


async def live(
    parts: Callable[[], Awaitable[None]], close: Callable[[], Awaitable[None]], departure: Departure | None
) -> None:
    """Run the parts to their end and close what is left. Where the machine must go down then, it does, whatever else
    has failed: a hub whose energy ends must not stay up for a full card. What failed is raised after that.
    """
    try:
        try:
            await parts()
        except* Leaving:
            log.info("the hub goes down in order")
        finally:
            await close()
    finally:
        if departure is not None and departure.due:
            await departure.go()
