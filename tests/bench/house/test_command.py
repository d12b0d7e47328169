"""`hubd bench` as a command: what it prints, and how it ends where a part of it does."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from hubd.bench.house import command
from hubd.bench.processes import Children

pytestmark = pytest.mark.process

SAYS = "import sys, time; print('{word}'); sys.stdout.write('not whole'); sys.stdout.flush(); time.sleep(60)"


async def test_what_an_earlier_run_heard_is_not_printed_and_no_line_before_it_is_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "FOLLOW_EVERY_S", 0.005)
    log = tmp_path / "head-end.log"
    log.write_text("earlier\n")
    async with Children() as children:
        child = await children.start("head-end", [sys.executable, "-S", "-c", SAYS.format(word="now")], log)
        await child.ready(line="not whole", timeout_s=10)
        following = asyncio.create_task(command._follow(child))
        printed = ""
        async with asyncio.timeout(10):
            while not printed:
                await asyncio.sleep(0.005)
                printed += capsys.readouterr().out
            assert printed == "now\n"
            with log.open("a") as more:
                more.write(" until here\n")
            while not printed.endswith("not whole until here\n"):
                await asyncio.sleep(0.005)
                printed += capsys.readouterr().out
        following.cancel()
        await asyncio.wait([following])
    assert printed == "now\nnot whole until here\n"


async def test_a_part_that_ends_while_the_house_is_being_started_ends_the_bench_at_once_with_4(
    tmp_path: Path,
) -> None:
    argv = [Path(sys.executable).with_name("hubd"), "bench", "--plain", "--state", tmp_path / "house"]
    bench = await asyncio.create_subprocess_exec(
        *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert bench.stdout is not None
    try:
        async with asyncio.timeout(60):
            while b"starting hubd utility" not in await bench.stdout.readline():
                pass
            os.kill(_radio_of(bench.pid), signal.SIGKILL)
            out, err = await bench.communicate()
    finally:
        if bench.returncode is None:
            bench.kill()
    told = out.decode()
    assert bench.returncode == 4
    assert "radio-utility was killed by SIGKILL: the bench cannot go on without it, and ends.\n" in told
    assert "Its last words:" in told
    assert err.decode().startswith("the bench has ended: radio-utility was killed by SIGKILL. Cure: ")
    assert "Traceback" not in told + err.decode()


def _radio_of(bench: int) -> int:
    """The process id of the utility HAN's coordinator that this house has started."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text()
            status = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(status[1]) == bench and "coordinator" in words and "air-utility" in words:
            return int(process.name)
    raise AssertionError(f"no coordinator below {bench}")
