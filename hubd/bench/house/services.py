"""The house's service manager: what systemd is on a hub. It stops and starts the daemons when the hub's own commands
ask for it, and switches the machine on again when it is off and supply comes back.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hubd import console
from hubd.bench.grid import clock
from hubd.bench.processes import Child
from hubd.console import ConsoleRefusedError
from hubd.errors import HubdError

log = logging.getLogger(__name__)

DAEMONS = ("hubd-consumer", "hubd-utility")
LOOK_EVERY_S = 0.1


class Services:
    """`children` may grow while it runs. `supply_on` blocks for a moment."""

    def __init__(
        self, socket: Path, children: dict[str, Child], clock_file: Path, supply_on: Callable[[], bool]
    ) -> None:
        self._socket = socket
        self._children = children
        self._clock_file = clock_file
        self._supply_on = supply_on
        self._orders: asyncio.Queue[str] = asyncio.Queue()
        self._lives = 0
        self.down = False
        """Whether the machine is off, or on its way."""

    async def run(self) -> None:
        """For ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(console.serve(self._socket, self._answer))
            tasks.create_task(self._end_machines())

    async def _answer(self, question: dict[str, Any]) -> str:
        match question.get("do"):
            case "stop" | "start" as what:
                child = self._child(question)
                if child is None:
                    pass  # the house is still starting, and it among the rest
                elif what == "stop":
                    await child.stop()
                elif not child.running and not self.down:
                    await child.restart()
            case "poweroff" | "reboot" as what:
                self.down = True
                self._orders.put_nowait(what)
            case what:
                raise ConsoleRefusedError(f"{what!r}: stop, start, poweroff or reboot")
        return str(question["do"])

    def _child(self, question: dict[str, Any]) -> Child | None:
        name = str(question.get("name"))
        if name not in DAEMONS:
            raise ConsoleRefusedError(f"no service {name!r}; there are {', '.join(DAEMONS)}")
        return self._children.get(name)

    async def _end_machines(self) -> None:
        while True:
            how = await self._orders.get()
            for name in DAEMONS:
                await self._children[name].stop()
            log.info("the machine is down (%s)", how)
            while how == "poweroff" and not await asyncio.to_thread(self._supply_on):
                await asyncio.sleep(LOOK_EVERY_S)
            await self.boot()

    async def boot(self) -> None:
        """Another life of the machine: its monotonic clock may be another."""
        self._lives += 1
        await asyncio.to_thread(clock.change, self._clock_file, boot=f"boot {self._lives}")
        try:
            for name in DAEMONS:
                await self._children[name].restart()
        except HubdError as error:
            log.warning("the machine did not start whole: %s", error)
        self.down = False
