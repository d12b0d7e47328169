"""The grid as a process: levels, stories, and a console that takes them."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from hubd import console
from hubd.bench.grid import stories
from hubd.bench.grid.devices_power import DevicesPower
from hubd.bench.grid.grid_file import GridFile
from hubd.bench.grid.lines import PinLines
from hubd.console import ConsoleRefusedError
from hubd.power.sequence import Edge


async def serve(grid: GridFile) -> None:
    """Until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        running = _Grid(grid, tasks)
        tasks.create_task(running.lines.serve(grid.pins))
        tasks.create_task(console.serve(grid.console, running.answer))


class _Grid:
    def __init__(self, grid: GridFile, tasks: asyncio.TaskGroup) -> None:
        self._factor = grid.clock_factor
        self._tasks = tasks
        self._topologies = {hub.name: hub.topology for hub in grid.hub}
        self.lines = PinLines({hub.name: hub for hub in grid.hub})
        self._powers = {hub.name: [DevicesPower(air) for air in hub.airs] for hub in grid.hub}
        for power in (power for powers in self._powers.values() for power in powers):
            tasks.create_task(power.run())
        self._story: asyncio.Task[None] | None = None
        self._story_name: str | None = None
        self._verbs: dict[str, Callable[[dict[str, Any]], Any]] = {
            "trip": self._trip,
            "supply": self._supply,
            "state": lambda _: self._state(),
        }

    async def answer(self, question: dict[str, Any]) -> Any:
        """`trip` a story or a file, put `supply` on or off by hand, tell the `state`."""
        verb = self._verbs.get(str(question.get("do")))
        if verb is None:
            raise ConsoleRefusedError(f"the grid does not know that question; it knows {', '.join(self._verbs)}")
        return verb(question)

    def _trip(self, question: dict[str, Any]) -> dict[str, Any]:
        if self._playing():
            raise ConsoleRefusedError(f"{self._story_name} is still being played; `supply` ends it")
        word, on = str(question.get("story")), question.get("on")
        if isinstance(table := question.get("table"), dict):
            edges = stories.of_table(table, word, self._topologies)
        else:
            edges = stories.edges_of(word, self._topologies, None if on is None else str(on))
        factor = float(question.get("clock_factor", self._factor))
        if factor <= 0:
            raise ConsoleRefusedError(f"clock_factor is {factor:g}: above 0")
        self._story_name = word
        self._story = self._tasks.create_task(self._play(edges, factor))
        return {
            "story": word,
            "clock_factor": factor,
            "hubs": {hub: [[edge.at_s, "on" if edge.on else "off"] for edge in own] for hub, own in edges.items()},
        }

    def _supply(self, question: dict[str, Any]) -> dict[str, Any]:
        on, only = question.get("on") is True, question.get("hub")
        if only is not None and only not in self._topologies:
            raise ConsoleRefusedError(f"no hub {only!r} on this grid; there are {', '.join(self._topologies)}")
        if self._story is not None:
            self._story.cancel()
            self._story = None
        for hub in [only] if only is not None else list(self._topologies):
            self._put(str(hub), on)
        return self._state()

    def _state(self) -> dict[str, Any]:
        return {
            "hubs": {hub: "on" if self.lines.on(hub) else "off" for hub in self._topologies},
            "story": self._story_name if self._playing() else None,
        }

    def _playing(self) -> bool:
        return self._story is not None and not self._story.done()

    async def _play(self, edges: dict[str, tuple[Edge, ...]], factor: float) -> None:
        began_s = time.monotonic()
        moments = sorted(((edge.at_s, hub, edge.on) for hub, own in edges.items() for edge in own))
        for at_s, hub, on in moments:
            due_s = began_s + at_s / factor
            await asyncio.sleep(max(due_s - time.monotonic(), 0.0))
            self._put(hub, on)

    def _put(self, hub: str, on: bool) -> None:
        self.lines.put(hub, on)
        for power in self._powers[hub]:
            power.put(on)
