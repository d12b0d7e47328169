"""One virtual coordinator as a process: line, coordinator, air, devices and control socket put together."""

import asyncio
import hashlib
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hubd import console
from hubd.bench.air.air import Air
from hubd.bench.air.clock import LoopClock
from hubd.bench.air.conditions import Conditions
from hubd.bench.air.memory import Memory
from hubd.bench.air.node import Node
from hubd.bench.capture.begin import begin_capture
from hubd.bench.coordinator.control import Control
from hubd.bench.coordinator.coordinator import Coordinator
from hubd.bench.coordinator.line import Line
from hubd.bench.coordinator.nv import NvMemory
from hubd.bench.coordinator.pty_line import PtyLine
from hubd.bench.coordinator.tcp_line import TcpLine
from hubd.bench.coordinator.unpi import Deframer
from hubd.errors import ConfigurationError
from hubd.model.identity import Eui64, eui64_octets

TI_PREFIX = bytes.fromhex("00124b")


@dataclass(frozen=True, slots=True)
class CoordinatorOptions:
    """What a coordinator is started with. One of `listen` (host, port) and `pty`."""

    nodes: tuple[Node, ...]
    listen: tuple[str, int] | None = None
    pty: Path | None = None
    nv: Path | None = None
    state: Path | None = None
    control: Path | None = None
    ieee: Eui64 | None = None
    seed: int = 1
    loss: float = 0.0
    latency_s: float = 0.0
    capture: Path | None = None


class VirtualCoordinator:
    """The parts of one coordinator, in a running loop. `open` it, and `close` it at the end."""

    def __init__(self, options: CoordinatorOptions) -> None:
        self._deframer = Deframer()
        self.line = self._make_line(options)
        self.air = Air(
            LoopClock(),
            Conditions(options.seed, options.loss, options.latency_s),
            options.nodes,
            Memory(options.state),
        )
        self.coordinator = Coordinator(NvMemory(options.nv), self.air, self.line.write, _hardware_ieee(options))
        self._sniffer = begin_capture(options.capture, self.coordinator) if options.capture else None
        self.air.keep_all()  # a place that cannot be written is said now, not in the middle of a frame

    def open(self) -> str:
        """Begin to listen; returns the address in words."""
        return self.line.open()

    def close(self) -> None:
        """Stop the line and the devices; what they remember is on disk when this returns."""
        self.line.close()
        self.air.end()
        if self._sniffer:
            self._sniffer.close()

    def _make_line(self, options: CoordinatorOptions) -> Line:
        if options.pty:
            return PtyLine(options.pty, self._on_octets, self._on_new_host)
        if options.listen:
            return TcpLine(*options.listen, self._on_octets, self._on_new_host)
        raise ConfigurationError("a coordinator needs an end to be opened: --listen tcp://HOST:PORT or --pty PATH")

    def _on_octets(self, octets: bytes) -> None:
        for frame in self._deframer.feed(octets):
            self.coordinator.receive(frame)

    def _on_new_host(self) -> None:
        self._deframer = Deframer()


def _hardware_ieee(options: CoordinatorOptions) -> bytes:
    """The given address, or one that differs between coordinators by where they listen. In wire order."""
    if options.ieee:
        return eui64_octets(options.ieee)[::-1]
    place = str(options.pty.absolute() if options.pty else options.listen)
    return (TI_PREFIX + hashlib.sha256(f"{options.seed} {place}".encode()).digest()[:5])[::-1]


async def serve(options: CoordinatorOptions, ready: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT. `ready` is told the address once it is open."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    virtual = VirtualCoordinator(options)
    try:
        async with asyncio.TaskGroup() as tasks:
            control = Control(virtual.coordinator, virtual.line, tasks.create_task)
            serving = tasks.create_task(console.serve(options.control, control.answer)) if options.control else None
            ready(virtual.open())
            await stop.wait()
            if serving:
                serving.cancel()
    finally:
        virtual.close()
