"""What `hubd bench` does when one of its processes ends by itself."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hubd.bench.house.supervision import Supervision
from hubd.bench.processes import Child, Children
from hubd.errors import LinkError, first_of

pytestmark = pytest.mark.process

LIVES = "import time; print('up', flush=True); time.sleep(60)"
SAYS_WHY = "print('up', flush=True); raise SystemExit({code} or None)"


@dataclass
class Bench:
    """A bench of a few processes, and what it says."""

    folder: Path
    all: Children
    children: dict[str, Child] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    machine_is_down: bool = False

    async def start(self, name: str, code: str = LIVES) -> Child:
        argv = [sys.executable, "-S", "-c", code]
        child = self.children[name] = await self.all.start(name, argv, self.folder / f"{name}.log")
        await child.ready(line="up", timeout_s=10)
        return child

    def supervision(self, pauses: int = 2) -> Supervision:
        return Supervision(self.children, self.said.append, lambda: self.machine_is_down, (0.0,) * pauses)

    async def until(self, words: str, times: int = 1) -> str:
        async with asyncio.timeout(10):
            while len(found := [line for line in self.said if words in line]) < times:
                await asyncio.sleep(0.005)
        return found[-1]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with Children() as children:
        yield Bench(tmp_path, children)


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize("name", ["hubd-utility", "broker-wan"])
async def test_a_daemon_or_broker_that_is_killed_is_told_with_its_last_words_and_started_again(
    bench: Bench, name: str
) -> None:
    daemon = await bench.start(name)
    supervision = bench.supervision()
    watching = asyncio.create_task(supervision.run())
    first = daemon.pid
    os.kill(first, signal.SIGKILL)
    told = await bench.until("was killed by SIGKILL")
    assert f"{name} was killed by SIGKILL: the bench goes on, and starts it again in 0 s." in told
    assert "    up" in told
    assert f"read {daemon.log}" in told
    await bench.until(f"{name} is started again")
    assert (daemon.running, daemon.pid != first) == (True, True)
    assert supervision.ended[0].endswith("it again in 0 s")
    await end(watching)


async def test_a_part_of_the_bench_that_ends_is_told_and_ends_the_bench(bench: Bench) -> None:
    await bench.start("hubd-utility")
    radio = await bench.start("radio-utility")
    os.kill(radio.pid, signal.SIGTERM)
    with pytest.raises(BaseExceptionGroup) as ended:
        await asyncio.wait_for(bench.supervision().run(), 10)
    error = first_of(ended.value)
    assert isinstance(error, LinkError)
    assert "the bench has ended: radio-utility was killed by SIGTERM. Cure: " in str(error)
    assert "the bench cannot go on without it, and ends" in bench.said[0]


async def test_a_daemon_that_ends_again_and_again_is_given_up(bench: Bench) -> None:
    daemon = await bench.start("hubd-utility")
    daemon.argv = [*daemon.argv[:-1], SAYS_WHY.format(code=3)]
    os.kill(daemon.pid, signal.SIGKILL)
    with pytest.raises(BaseExceptionGroup) as ended:
        await asyncio.wait_for(bench.supervision(pauses=2).run(), 10)
    assert "the bench has ended: hubd-utility ended with exit code 3" in str(first_of(ended.value))
    told = [line.splitlines()[0] for line in bench.said if "exit code 3" in line]
    assert ["goes on" in line for line in told] == [True, False]
    assert "3 times in a row" in told[-1]
    assert "Cure: hubd check-config --utility" in bench.said[-1]


async def test_a_daemon_that_was_told_to_end_is_let_be_and_so_is_one_of_a_machine_that_is_down(bench: Bench) -> None:
    stopped, killed = await bench.start("hubd-consumer"), await bench.start("hubd-utility")
    marker = await bench.start("radio-utility")
    bench.machine_is_down = True
    await stopped.stop()
    os.kill(killed.pid, signal.SIGKILL)
    await killed.wait()
    watching = asyncio.create_task(bench.supervision().run())
    os.kill(marker.pid, signal.SIGKILL)
    with pytest.raises(BaseExceptionGroup):
        await asyncio.wait_for(watching, 10)
    assert [line.split()[0] for line in bench.said] == ["radio-utility"]
    assert [stopped.running, killed.running] == [False, False]


async def test_a_daemon_that_did_not_come_up_with_the_machine_is_told_and_started_again(bench: Bench) -> None:
    daemon = await bench.start("hubd-utility")
    lives = daemon.argv
    bench.machine_is_down = True
    watching = asyncio.create_task(bench.supervision().run())
    await daemon.stop()
    with pytest.raises(LinkError):
        await daemon.restart([*lives[:-1], SAYS_WHY.format(code=3).removeprefix("print('up', flush=True); ")])
    assert bench.said == []
    daemon.argv = lives
    bench.machine_is_down = False
    await bench.until("hubd-utility ended with exit code 3: the bench goes on")
    await bench.until("hubd-utility is started again")
    assert daemon.running
    await end(watching)


async def test_the_end_of_one_is_told_while_another_waits_for_its_next_start(bench: Bench) -> None:
    for name in ("hubd-utility", "hubd-consumer"):
        await bench.start(name)
    watching = asyncio.create_task(Supervision(bench.children, bench.said.append, lambda: False, (60.0,)).run())
    for name in ("hubd-utility", "hubd-consumer"):
        os.kill(bench.children[name].pid, signal.SIGKILL)
        await bench.until(f"{name} was killed")
    await end(watching)
