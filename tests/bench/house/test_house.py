"""What goes wrong while the house starts is said as one sentence, and what ends leaves no process behind."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from hubd.bench.house import house as house_file
from hubd.bench.house.house import House
from hubd.bench.house.layout import Layout
from hubd.errors import ConfigurationError, LinkError


class WithoutBroker(House):
    """The other parts take for ever."""

    async def start_brokers(self) -> None:
        raise ConfigurationError("mosquitto is not installed. Cure: install it")

    async def start_radio(self, name: str, ieee: str) -> None:
        await asyncio.Event().wait()


@pytest.mark.process
async def test_the_first_reason_alone_is_raised_and_nothing_waits_for_the_rest(tmp_path: Path) -> None:
    async with WithoutBroker(Layout.at(tmp_path / "house")) as house:
        with pytest.raises(ConfigurationError, match="mosquitto is not installed"):
            await house.stand_up()


@pytest.mark.process
async def test_a_question_that_nobody_waits_for_any_more_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, started = tmp_path / "hubctl", tmp_path / "started"
    program.write_text(f"#!/bin/sh\necho $$ > {started}.new\nmv {started}.new {started}\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(house_file, "BINARIES", tmp_path)
    asking = asyncio.ensure_future(House(Layout.at(tmp_path / "house")).head("orders"))
    async with asyncio.timeout(10):
        while not started.exists():
            await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.wait({asking})
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


@pytest.mark.process
async def test_a_service_manager_that_failed_keeps_no_process_alive(tmp_path: Path) -> None:
    async def fails() -> None:
        raise LinkError("no grid")

    house = await House(Layout.at(tmp_path / "house")).__aenter__()
    sleeper = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
    child = await house._all.start("sleeper", sleeper, tmp_path / "log")
    house._managing = asyncio.ensure_future(fails())
    await asyncio.wait({house._managing})
    with pytest.raises(LinkError, match="no grid"):
        await house.__aexit__()
    assert not child.running
