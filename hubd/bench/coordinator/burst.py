"""A steady load of reports from the metering devices, with the moment each was written to the line."""

import asyncio
import time
from typing import Protocol, runtime_checkable

from hubd.bench.air.air import Air
from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.node import Node
from hubd.bench.coordinator.coordinator import Coordinator
from hubd.errors import LinkError


@runtime_checkable
class ReportsImport(Protocol):
    """A device that can report its import register on demand."""

    def report_import(self, unix_s: float) -> tuple[ApsFrame, int]:
        """Raise the register by at least 1 Wh, and report it: the frame, and the register in Wh."""


Sent = tuple[str, int, int]
"""IEEE address, import register in Wh, `time.monotonic_ns()` at the write to the line."""


class Burst:
    """`count` reports, `per_s` a second, round robin over the joined metering devices. `sent` grows as they leave."""

    def __init__(self, coordinator: Coordinator, air: Air) -> None:
        self.sent: list[Sent] = []
        self.running = False
        self._it = coordinator
        self._air = air
        self._on_the_way: dict[int, tuple[ApsFrame, str, int]] = {}

    def sources(self) -> list[Node]:
        """The devices that take part."""
        return [
            node
            for node in self._air.nodes.values()
            if isinstance(node.device, ReportsImport) and self._air.node_at(node.nwk) is node
        ]

    async def run(self, per_s: float, count: int) -> None:
        """Send them all. Paced by deadlines counted from the start, so that a late one does not shift the rest."""
        nodes = self.sources()
        if not nodes:
            raise LinkError("no metering device has joined: there is nothing to send from")
        self.sent.clear()
        self._on_the_way.clear()
        self.running, self._it.on_heard = True, self._heard
        try:
            await self._paced(nodes, 1 / per_s, count)
        finally:
            self.running = False

    async def _paced(self, nodes: list[Node], period_s: float, count: int) -> None:
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        for number in range(count):
            wait_s = start_s + number * period_s - loop.time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            self._send(nodes[number % len(nodes)])

    def _send(self, node: Node) -> None:
        device = node.device
        assert isinstance(device, ReportsImport)
        frame, import_wh = device.report_import(self._air.clock.unix_s())
        self._on_the_way[id(frame)] = (frame, node.device.ieee, import_wh)
        self._air.send(node, frame)
        self._air.save_soon(node)

    def _heard(self, frame: ApsFrame) -> None:
        found = self._on_the_way.pop(id(frame), None)
        if found:
            self.sent.append((found[1], found[2], time.monotonic_ns()))
