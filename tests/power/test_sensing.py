"""Pins, edges and looks: gpiozero's own mock pins below the sensing that a hub runs."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from hubd.errors import ConfigurationError, LinkError
from hubd.power.level import Changed
from hubd.power.mains_pin import MainsPin
from hubd.power.sensing import Sensing, waker
from hubd.power.ups import SupplyInputs

WITHIN_S = 5.0


class Machine:
    """The machine's own clock."""

    def monotonic_s(self) -> float:
        return time.monotonic()

    def lasts_s(self, span_s: float) -> float:
        return span_s


@dataclass
class Watched:
    pin: Any
    sensing: Sensing
    changes: list[Changed] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def until(self, *levels: bool) -> None:
        async with asyncio.timeout(WITHIN_S):
            while [change.on for change in self.changes] != list(levels):
                await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def watched(*, edges: bool = True, on_high: bool = True, begin: bool = True) -> AsyncIterator[Watched]:
    factory = MockFactory()
    pin = factory.pin(17)
    drive(pin, begin is on_high)
    edge = asyncio.Event()
    wake = waker(asyncio.get_running_loop(), edge) if edges else (lambda: None)
    mains = MainsPin(17, on_high=on_high, pull="none", edge=wake, factory=factory)
    changes: list[Changed] = []
    faults: list[str] = []
    sensing = Sensing(SupplyInputs(mains, None), Machine(), changes.append, faults.append, edge)
    running = asyncio.ensure_future(sensing.run())
    try:
        yield Watched(pin, sensing, changes, faults)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        mains.close()


def drive(pin: Any, level: bool) -> None:
    pin.drive_high() if level else pin.drive_low()


async def test_an_edge_wakes_and_the_level_is_believed_within_100_ms_r41():
    async with watched() as it:
        await it.until(True)
        lost_s = time.monotonic()
        threading.Thread(target=drive, args=(it.pin, False)).start()
        await it.until(True, False)
        assert abs(it.changes[-1].at_s - lost_s) < 0.1
        assert it.sensing.on is False


async def test_a_line_whose_edges_never_come_is_still_seen_r41():
    """Stuck edges: the poll alone finds the change."""
    async with watched(edges=False) as it:
        await it.until(True)
        drive(it.pin, False)
        await it.until(True, False)
        drive(it.pin, True)
        await it.until(True, False, True)


async def test_edges_without_a_change_of_level_are_no_change_and_no_load_r41():
    async with watched() as it:
        await it.until(True)
        looks = 0
        real = it.sensing._look

        def counted() -> None:
            nonlocal looks
            looks += 1
            real()

        it.sensing._look = counted  # type: ignore[method-assign]
        until_s = time.monotonic() + 0.2
        while time.monotonic() < until_s:
            drive(it.pin, False)
            drive(it.pin, True)
            await asyncio.sleep(0)
        assert [change.on for change in it.changes] == [True]
        assert looks < 40


async def test_a_glitch_of_a_few_milliseconds_is_nothing_r41():
    async with watched() as it:
        await it.until(True)
        drive(it.pin, False)
        await asyncio.sleep(0.005)
        drive(it.pin, True)
        await asyncio.sleep(0.09)
        assert [change.on for change in it.changes] == [True]


async def test_an_input_that_is_low_while_supply_is_there_is_read_the_other_way_round():
    async with watched(on_high=False) as it:
        await it.until(True)
        drive(it.pin, True)
        await it.until(True, False)


async def test_a_hub_that_starts_without_supply_believes_that_r41():
    async with watched(begin=False) as it:
        await it.until(False)


class Broken:
    """An input whose wire is off."""

    def on(self) -> bool:
        raise LinkError("GPIO 17 cannot be read")

    def close(self) -> None:
        pass


async def test_an_input_that_cannot_be_read_calls_no_outage_and_is_told_once(caplog: pytest.LogCaptureFixture):
    changes: list[Changed] = []
    faults: list[str] = []
    edge = asyncio.Event()
    sensing = Sensing(SupplyInputs(Broken(), None), Machine(), changes.append, faults.append, edge)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.35):
            await sensing.run()
    assert changes == []
    assert len(faults) == len(caplog.records) == 1


def test_a_pin_that_is_not_there_is_refused_with_the_cure():
    with pytest.raises(ConfigurationError, match="GPIO 99"):
        MainsPin(99, on_high=True, pull="none", edge=lambda: None, factory=MockFactory())


@dataclass
class Lever:
    level: bool = True

    def on(self) -> bool:
        return self.level

    def close(self) -> None:
        pass


def test_mains_decides_and_a_power_good_that_stays_apart_is_told():
    mains, good = Lever(), Lever()
    inputs = SupplyInputs(mains, good)
    good.level = False
    assert inputs.on()
    told = [words for n in range(100) if (words := inputs.fault(n * 0.1))]
    assert told == ["the mains input says on and the board's power-good says off"]


def test_a_power_good_alone_decides_and_no_input_is_refused():
    assert not SupplyInputs(None, Lever(level=False)).on()
    with pytest.raises(ValueError, match="mains_pin"):
        SupplyInputs(None, None)
