"""Child processes: ready when they are, killed and started again, and none left behind, however their parent ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hubd.bench import processes
from hubd.bench.ports import free_port
from hubd.bench.processes import Children
from hubd.errors import LinkError

pytestmark = pytest.mark.process

LISTEN = """
import pathlib, socket, sys, time
link = socket.create_server(("127.0.0.1", int(sys.argv[1])))
pathlib.Path(sys.argv[2]).touch()
print("listening", flush=True)
time.sleep(60)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
SLEEP = "import time; time.sleep(60)"


def python(code: str, *words: object) -> list[str]:
    return [sys.executable, "-S", "-c", code, *map(str, words)]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.005)


@pytest.fixture
async def children() -> AsyncIterator[Children]:
    async with Children() as children:
        yield children


async def test_a_child_is_ready_when_its_port_answers_and_its_file_is_there(
    children: Children, tmp_path: Path
) -> None:
    port, file, log = free_port(), tmp_path / "there", tmp_path / "log"
    child = await children.start("listener", python(LISTEN, port, file), log)
    await child.ready(port=port, file=file, timeout_s=10)
    assert child.running
    assert alive(child.pid)
    assert file.exists()
    await until(lambda: child.last_words() == "listening")


async def test_after_a_kill_it_is_started_again_and_not_taken_for_ready_by_what_its_last_life_left(
    children: Children, tmp_path: Path
) -> None:
    port, file, log = free_port(), tmp_path / "there", tmp_path / "log"
    child = await children.start("listener", python(LISTEN, port, file), log)
    await child.ready(port=port, file=file, timeout_s=10)
    first = child.pid
    await child.kill9()
    assert await child.wait() == -signal.SIGKILL
    assert not child.running
    assert not alive(first)
    with pytest.raises(LinkError, match="ended with exit code 0"):
        await child.restart(python("pass"))
    await child.restart(python(LISTEN, port, file))
    assert child.pid != first
    await until(lambda: log.read_text() == "listening\nlistening\n")


async def test_a_line_of_an_earlier_life_is_no_sign_of_readiness(children: Children, tmp_path: Path) -> None:
    said, silent = python(DEAF), python(SLEEP)
    child = await children.start("talker", said, tmp_path / "log")
    await child.ready(line="dea", timeout_s=10)
    await child.kill9()
    child.argv = silent
    await child.start()
    with pytest.raises(LinkError, match="not ready"):
        await child.ready(line="dea", timeout_s=0.05)


async def test_a_child_that_ends_at_its_start_is_an_error_with_its_last_words(
    children: Children, tmp_path: Path
) -> None:
    child = await children.start("broken", python("raise SystemExit('no such radio')"), tmp_path / "log")
    with pytest.raises(
        LinkError, match=r"broken ended with exit code 1 at its start: no such radio. Cure: read .*log"
    ):
        await child.ready(port=free_port(), timeout_s=10)


async def test_a_death_is_one_that_nobody_asked_for_of_a_child_that_had_come_up(
    children: Children, tmp_path: Path
) -> None:
    child = await children.start("talker", python(DEAF), tmp_path / "log")
    await child.ready(line="deaf", timeout_s=10)
    assert not child.died
    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: child.died)
    assert child.how_it_ended == "was killed by SIGKILL"
    await child.restart()
    await child.kill9()
    assert not child.died
    with pytest.raises(LinkError):
        await child.restart(python("raise SystemExit(3)"))
    assert (child.died, child.how_it_ended) == (True, "ended with exit code 3")


async def test_an_end_at_the_first_start_is_no_death_because_whoever_starts_it_is_told(
    children: Children, tmp_path: Path
) -> None:
    child = await children.start("broken", python("raise SystemExit(3)"), tmp_path / "log")
    with pytest.raises(LinkError):
        await child.ready(port=free_port(), timeout_s=10)
    assert not child.died


async def test_a_child_that_is_being_started_again_is_not_dead_meanwhile(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts the dead again would start it twice."""
    child = await children.start("talker", python(DEAF), tmp_path / "log")
    await child.ready(line="deaf", timeout_s=10)
    really, seen = asyncio.create_subprocess_exec, list[bool]()

    async def starting(*argv: str, **more: Any) -> asyncio.subprocess.Process:
        seen.append(child.died)
        return await really(*argv, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", starting)
    await child.kill9()
    await child.restart()
    assert (seen, child.died) == ([False], False)
    os.kill(child.pid, signal.SIGKILL)
    await until(lambda: child.died)


async def test_the_last_lines_are_those_of_this_life(children: Children, tmp_path: Path) -> None:
    child = await children.start("talker", python("print('earlier')"), tmp_path / "log")
    await child.wait()
    child.argv = python("print('a'); print(); print('b'); print('c')")
    await child.start()
    await child.wait()
    assert (child.last_lines(2), child.last_lines(9)) == (["b", "c"], ["a", "b", "c"])


async def test_a_child_that_is_not_ready_in_time_is_an_error(children: Children, tmp_path: Path) -> None:
    child = await children.start("slow", python(SLEEP), tmp_path / "log")
    with pytest.raises(LinkError, match=r"slow was not ready within 0.05 s: it said nothing"):
        await child.ready(file=tmp_path / "never", timeout_s=0.05)


async def test_stop_asks_first_and_kills_where_that_is_not_heard(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "STOP_WITHIN_S", 0.05)
    polite = await children.start("polite", python(SLEEP), tmp_path / "polite")
    await polite.stop()
    assert await polite.wait() == -signal.SIGTERM
    await polite.stop()
    deaf = await children.start("deaf", python(DEAF), tmp_path / "deaf")
    await until(lambda: deaf.last_words() == "deaf")
    await deaf.stop()
    assert await deaf.wait() == -signal.SIGKILL


async def test_leaving_the_context_ends_all_whatever_happened_in_it(tmp_path: Path) -> None:
    pids = []

    async def fail_among_children() -> None:
        async with Children() as children:
            for name in ("a", "b", "c"):
                child = await children.start(name, python(SLEEP), tmp_path / name)
                pids.append(child.pid)
            await child.kill9()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_among_children()
    assert [alive(pid) for pid in pids] == [False] * 3


PARENT = """
import asyncio, sys
from pathlib import Path
from hubd.bench.processes import Children

async def main():
    async with Children() as children:
        child = await children.start("child", [sys.executable, "-S", "-c", sys.argv[1]], Path(sys.argv[2]))
        print(child.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_parent_that_is_killed_leaves_no_child_behind(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PARENT, DEAF, str(tmp_path / "log")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as parent:
        try:
            assert parent.stdout is not None
            pid = int(await asyncio.to_thread(parent.stdout.readline))
            await until(lambda: (tmp_path / "log").read_text() == "deaf\n")
            assert alive(pid)
        finally:
            os.kill(parent.pid, signal.SIGKILL)
    await until(lambda: not alive(pid))
