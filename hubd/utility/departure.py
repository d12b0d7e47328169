"""Going down in order: everything is closed first, then the machine is told to power off, or to start again where
supply has come back meanwhile.

A supercapacitor board switches the machine on when mains comes back after the power-off. If it came back before,
nothing would: so the last thing is a look at the supply.
"""

import logging
from collections.abc import Callable, Sequence

from hubd.utility import system_command

log = logging.getLogger(__name__)


class Leaving(Exception):  # noqa: N818  no error: the end of the daemon's parts
    """Ends the daemon's parts; `Departure.go` then ends the machine."""


class Departure:
    """`due` once the rules have said so."""

    def __init__(self, shutdown: Sequence[str], restart: Sequence[str], supply_on: Callable[[], bool]) -> None:
        self.due = False
        self._shutdown = shutdown
        self._restart = restart
        self._supply_on = supply_on

    async def go(self) -> None:
        """To be called when everything is closed."""
        on = self._supply_on()
        log.warning("the machine %s", "starts again: supply is back" if on else "goes down: its energy ends")
        if (words := await system_command.run(self._restart if on else self._shutdown)) is not None:
            log.error("the machine could not be told: %s", words)
