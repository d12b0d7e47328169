"""A line between hub and broker that can go dead without a word, as a cellular session does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """Passes on whatever comes, each way, until the line is cut: then what comes is swallowed, and nobody is told."""

    to_port: int
    port: int = 0
    connections: int = 0
    answers_alone: bool = False
    """Cut the way back alone: what the hub says arrives."""
    _cut: list[asyncio.Event] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def cut(self) -> None:
        """Cut the connections that there are; new ones pass."""
        for line in self._cut:
            line.set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        cut = asyncio.Event()
        self._cut.append(cut)
        for source, sink, spared in ((reader, there_writer, self.answers_alone), (there_reader, writer, False)):
            task = asyncio.create_task(self.pass_on(source, sink, None if spared else cut))
            self._tasks.add(task)

    async def pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, cut: asyncio.Event | None
    ) -> None:
        try:
            while octets := await source.read(65_536):
                if cut is None or not cut.is_set():
                    sink.write(octets)
                    await sink.drain()
        except OSError:
            pass  # one end has gone: so does the other
        finally:
            sink.close()


@contextlib.asynccontextmanager
async def proxy(to_port: int, *, answers_alone: bool = False, port: int = 0) -> AsyncIterator[Proxy]:
    """Listening on a port of its own, or on `port`."""
    made = Proxy(to_port, answers_alone=answers_alone)
    server = await asyncio.start_server(made.take, "127.0.0.1", port)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in made._tasks:
            task.cancel()
        await asyncio.gather(*made._tasks, return_exceptions=True)
