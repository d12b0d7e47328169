"""The grid as it runs: levels on gpiozero's pins, through its own factory."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import gpiozero
import pytest

from hubd import console
from hubd.bench.grid.grid_file import GridFile, HubTable, load
from hubd.bench.grid.pins import GridFactory
from hubd.bench.grid.serve import serve
from hubd.cli.hubctl_main import main
from hubd.console import ConsoleRefusedError
from hubd.errors import ConfigurationError

WITHIN_S = 5.0


@contextlib.asynccontextmanager
async def grid(folder: Path, hubs: list[HubTable] | None = None, **hub: Any) -> AsyncIterator[GridFile]:
    tables = hubs or [HubTable("hub-0001", "f1/s1/t1/h1", 17, **hub)]
    file = GridFile(folder / "pins.sock", folder / "control.sock", tables, clock_factor=100.0)
    running = asyncio.ensure_future(serve(file))
    try:
        async with asyncio.timeout(WITHIN_S):
            while not (file.pins.exists() and file.console.exists()):
                await asyncio.sleep(0.005)
        yield file
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def ask(file: GridFile, **question: Any) -> Any:
    return await asyncio.to_thread(console.ask, file.console, question, WITHIN_S)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBD_GRID", str(tmp_path / "pins.sock"))
    monkeypatch.setenv("HUBD_GRID_HUB", "hub-0001")


async def until(pin: Any, level: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while pin.value != level:
            await asyncio.sleep(0.002)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(("on_high", "pull_up"), [(True, None), (True, False), (False, True)])
async def test_a_hub_s_pin_follows_the_grid_and_is_found_as_it_is_after_a_restart(
    tmp_path: Path, on_high: bool, pull_up: bool | None
) -> None:
    async with grid(tmp_path, mains_on_high=on_high) as file:
        active = True if pull_up is None else None
        factory = await asyncio.to_thread(GridFactory)
        pin = gpiozero.DigitalInputDevice(17, pull_up=pull_up, active_state=active, pin_factory=factory)
        await until(pin, 1)
        await ask(file, do="supply", on=False)
        await until(pin, 0)
        again = await asyncio.to_thread(GridFactory)
        assert gpiozero.DigitalInputDevice(17, pull_up=pull_up, active_state=active, pin_factory=again).value == 0


@pytest.mark.usefixtures("environment")
async def test_a_story_is_played_edge_by_edge_and_only_one_at_a_time(tmp_path: Path) -> None:
    async with grid(tmp_path) as file:
        factory = await asyncio.to_thread(GridFactory)
        pin = gpiozero.DigitalInputDevice(17, pull_up=None, active_state=True, pin_factory=factory)
        lost: list[float] = []
        pin.when_deactivated = lambda: lost.append(1.0)
        plan = await ask(file, do="trip", story="recloser-success", on=None)
        assert [level for _, level in plan["hubs"]["hub-0001"]] == ["off", "on"] * 3
        with pytest.raises(ConsoleRefusedError, match="still being played"):
            await ask(file, do="trip", story="lock-out", on=None)
        async with asyncio.timeout(WITHIN_S):
            while (await ask(file, do="state"))["story"] is not None:
                await asyncio.sleep(0.02)
        assert len(lost) == 3
        assert pin.value == 1


async def test_supply_by_hand_ends_a_story_and_a_hub_that_is_not_there_does_not(tmp_path: Path) -> None:
    async with grid(tmp_path) as file:
        await ask(file, do="trip", story="lock-out", on=None, clock_factor=0.01)
        with pytest.raises(ConsoleRefusedError, match="there are hub-0001"):
            await ask(file, do="supply", hub="hub-9", on=True)
        assert (await ask(file, do="state"))["story"] == "lock-out"
        assert await ask(file, do="supply", on=True) == {"hubs": {"hub-0001": "on"}, "story": None}


async def test_a_grid_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    async with grid(tmp_path) as file:
        for question in ({"do": "poem"}, {"do": "trip", "story": "poem"}, {"do": "supply", "hub": "hub-9"}):
            with pytest.raises(ConsoleRefusedError):
                await ask(file, **question)


def test_a_file_without_hubs_or_with_twins_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    hub = '[[hub]]\nname = "a"\ntopology = "f/s/t/h"\nmains_pin = 1\n'
    for hubs in ("hub = []\n", hub + hub):
        path.write_text(f'pins = "p"\nconsole = "c"\n{hubs}')
        with pytest.raises(ConfigurationError, match="at least one"):
            load(path)


def test_pins_without_a_grid_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUBD_GRID", raising=False)
    with pytest.raises(ConfigurationError, match="HUBD_GRID"):
        GridFactory()


async def test_the_operator_trips_the_grid_and_sees_who_has_supply(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "grid"
    folder.mkdir()

    async def hubctl(*words: str) -> str:
        code = await asyncio.to_thread(main, ["bench", "grid", *words, "--house", str(tmp_path)])
        assert code == 0
        return capsys.readouterr().out

    async with grid(folder):
        assert "0 s off, 5 s on" in await hubctl("trip", "lock-out")
        assert "lock-out" in await hubctl("state")
        assert json.loads(await hubctl("supply", "off", "--json"))["hubs"] == {"hub-0001": "off"}
        sequence = tmp_path / "sequence.toml"
        sequence.write_text('supply = [[1, "hold"]]')
        assert "1 s on" in await hubctl("trip", str(sequence))
        async with asyncio.timeout(WITHIN_S):
            while "off" in await hubctl("state"):
                await asyncio.sleep(0.02)


async def test_a_fuse_of_one_spur_parts_two_hubs_of_one_feeder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hubs = [HubTable("hub-1", "f1/s1/t1/h1", 17), HubTable("hub-2", "f1/s2/t2/h2", 17)]
    async with grid(tmp_path, hubs=hubs) as file:
        monkeypatch.setenv("HUBD_GRID", str(file.pins))
        pins = []
        for hub in hubs:
            monkeypatch.setenv("HUBD_GRID_HUB", hub.name)
            factory = await asyncio.to_thread(GridFactory)
            pins.append(gpiozero.DigitalInputDevice(17, pull_up=None, active_state=True, pin_factory=factory))
        lost = [0, 0]
        for number, pin in enumerate(pins):
            pin.when_deactivated = lambda number=number: lost.__setitem__(number, lost[number] + 1)
        table = {"fault": {"below": "f1/s1", "fuse_s": 1.0}}
        await ask(file, do="trip", story="fuse", table=table)
        async with asyncio.timeout(WITHIN_S):
            while (await ask(file, do="state"))["story"] is not None:
                await asyncio.sleep(0.02)
        await until(pins[0], 0)
        await until(pins[1], 1)
        assert lost == [3, 2]
