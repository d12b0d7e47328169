"""Shedding load: what the alert does not need is stopped, and what could not be stopped is said."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hubd.utility import system_command
from hubd.utility.supply_config import ShedTable

log = logging.getLogger(__name__)

DONE = "done"
NOTHING = "nothing to do by configuration"


class Load(Protocol):
    """Something that draws power and can be stopped. Both methods return None, or what could not be done."""

    @property
    def name(self) -> str:
        """What people call it."""

    async def shed(self) -> str | None:
        """Stop it. Harmless to do twice."""

    async def take(self) -> str | None:
        """Start it again."""


@dataclass(frozen=True, slots=True)
class CommandLoad:
    """A service or a radio, by the commands of the configuration; an empty command is nothing to do."""

    name: str
    off: Sequence[str]
    on: Sequence[str]

    async def shed(self) -> str | None:
        """Run the command that stops it."""
        return await system_command.run(self.off) if self.off else NOTHING

    async def take(self) -> str | None:
        """Run the command that starts it."""
        return await system_command.run(self.on) if self.on else NOTHING


@dataclass(frozen=True, slots=True)
class Setting:
    """A file below /sys, what to write into it to save power, and what as usual. None: leave it."""

    file: Path
    shed: str
    usual: str | None


@dataclass(frozen=True, slots=True)
class FileLoad:
    """Settings of the kernel: triggers and brightness of LEDs, the governor of the processors."""

    name: str
    settings: Sequence[Setting]

    async def shed(self) -> str | None:
        """Write the values that save power."""
        return await self._write_all([(setting.file, setting.shed) for setting in self.settings])

    async def take(self) -> str | None:
        """Write the usual values."""
        return await self._write_all([(setting.file, setting.usual) for setting in self.settings])

    async def _write_all(self, values: Sequence[tuple[Path, str | None]]) -> str | None:
        """In a thread: a driver may take its time."""
        return await asyncio.to_thread(lambda: _first([_write(file, value) for file, value in values]))


class Shedding:
    """All of it at once. `report` says of each load how the last attempt ended."""

    def __init__(self, loads: Sequence[Load]) -> None:
        self._loads = loads
        self._one_at_a_time = asyncio.Lock()
        self.report: dict[str, str] = {}

    async def shed(self) -> None:
        """Stop everything; returns when all have answered."""
        await self._all("shed")

    async def take(self) -> None:
        """Start everything again."""
        await self._all("take")

    async def _all(self, what: str) -> None:
        async with self._one_at_a_time:
            said = await asyncio.gather(*(getattr(load, what)() for load in self._loads))
        self.report = {load.name: words or DONE for load, words in zip(self._loads, said, strict=True)}
        for name, words in self.report.items():
            if words not in (DONE, NOTHING):
                log.warning("%s could not be %s: %s", name, "shed" if what == "shed" else "started again", words)


def loads_of(table: ShedTable, sys: Path = Path("/sys")) -> list[Load]:
    """What the configuration names. `sys` is where the kernel's settings stand."""
    leds = [(sys / "class/leds" / name, usual) for name, usual in table.leds.items()]
    return [
        CommandLoad("consumer daemon", table.consumer_stop, table.consumer_start),
        CommandLoad("radio 2", table.radio_2_off, table.radio_2_on),
        FileLoad("LEDs", [setting for led, usual in leds for setting in _led(led, usual)]),
        FileLoad("CPU governor", _governors(table, sys)),
    ]


def _led(led: Path, usual: str) -> tuple[Setting, Setting]:
    return Setting(led / "trigger", "none", usual), Setting(led / "brightness", "0", None)


def _governors(table: ShedTable, sys: Path) -> list[Setting]:
    if not table.governor:
        return []
    cpus = sys / "devices/system/cpu"
    there = sorted(cpus.glob("cpu[0-9]*/cpufreq/scaling_governor"))
    files = there or [cpus / "cpu0/cpufreq/scaling_governor"]  # so that its absence is said
    return [Setting(file, table.governor, table.governor_usual) for file in files]


def _write(file: Path, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        file.write_text(value)
    except OSError as error:
        return f"{file}: {error.strerror}"
    return None


def _first(outcomes: list[str | None]) -> str | None:
    return next((words for words in outcomes if words is not None), None if outcomes else NOTHING)
