"""The processes full of hubs: started, waited for, asked what their hubs did, and always ended by their id."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from hubd.bench.fleet.worker import Outcome, Task
from hubd.errors import LinkError

CONNECT_WITHIN_S = 900.0


class Crew:
    """One process of hubs. Its last words stand in `log`."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def connected(self) -> None:
        """Until all its hubs are. Raises LinkError where it ended instead."""
        assert self._process.stdout is not None
        if await self._process.stdout.readline() != b"connected\n":
            raise LinkError(f"a process of hubs ended: {self._log.read_text()[-500:]}")

    def tell(self, line: str) -> None:
        """A line for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def outcome(self) -> Outcome:
        """What its hubs did; it ends with that."""
        assert self._process.stdout is not None
        self.tell("end")
        return msgspec.json.decode(await self._process.stdout.readline(), type=Outcome)

    async def end(self) -> None:
        """End it, if it has not."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


async def all_connected(crews: Sequence[Crew]) -> None:
    """Raises LinkError where it takes too long."""
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            await asyncio.gather(*(crew.connected() for crew in crews))
    except TimeoutError:
        raise LinkError(f"the hubs were not connected within {CONNECT_WITHIN_S:.0f} s. Cure: fewer --hubs") from None


@contextlib.asynccontextmanager
async def crews(tasks: Sequence[Task], folder: Path) -> AsyncIterator[list[Crew]]:
    """A process for each task; leaving the context ends them."""
    started: list[Crew] = []
    try:
        for task in tasks:
            started.append(await _start(task, folder / f"hubs-{task.index}.log"))
        yield started
    finally:
        for crew in started:
            await crew.end()


async def _start(task: Task, log: Path) -> Crew:
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hubd.bench.fleet.worker",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=file, limit=1 << 28,
        )  # fmt: skip
    crew = Crew(process, log)
    crew.tell(msgspec.json.encode(task).decode())
    return crew
