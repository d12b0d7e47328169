"""Settings of the kernel that are written when load is shed."""

import asyncio
import os
from pathlib import Path

from hubd.utility.shedding import FileLoad, Setting


async def test_a_driver_that_takes_its_time_holds_nothing_else_up(tmp_path: Path):
    """A pipe that nobody reads stands for it: it takes nothing until somebody does."""
    slow = tmp_path / "trigger"
    os.mkfifo(slow)
    shedding = asyncio.ensure_future(FileLoad("LEDs", [Setting(slow, "none", None)]).shed())
    await asyncio.sleep(0.05)
    assert not shedding.done()
    reader = os.open(slow, os.O_RDONLY | os.O_NONBLOCK)
    assert await shedding is None
    assert os.read(reader, 10) == b"none"
    os.close(reader)
