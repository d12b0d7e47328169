"""What is in the capacitor is known through kills and restarts, and never taken as more than it can be (R42)."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from hubd.bench.grid.clock import ClockFile, change
from hubd.errors import LinkError
from hubd.power.phases import Phase
from hubd.store.journal import Journal

from .hub import ENOUGH, WITHIN_S, Hub, hub

BANK = replace(ENOUGH, capacitance_f=50.0)
FACTOR = 25.0
"""Slower than elsewhere: what is asked here is how far the capacitor comes while a busy machine starts a daemon."""


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    path = tmp_path / "clock.json"
    ClockFile(factor=FACTOR).write(path)
    return path


def inside_v(it: Hub) -> float:
    watch = it.outages._capacitor
    assert watch is not None
    return watch.energy.inside_v(it.now_s())


async def killed_in_the_wait(journal: Journal, clock_file: Path) -> float:
    async with hub(journal, clock_file, capacitor=BANK) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.RIDING)
        await it.pass_s(40)
        return inside_v(it)


async def test_a_hub_killed_in_the_wait_discharges_on_from_where_it_was_r42(journal: Journal, clock_file: Path):
    before_v = await killed_in_the_wait(journal, clock_file)
    async with hub(journal, clock_file, capacitor=BANK, charged=False) as it:
        it.supply(False)
        await it.phase(Phase.RIDING)
        after_v = inside_v(it)
        assert before_v < 4.8
        assert before_v - 0.5 < after_v < before_v + 0.01, "neither full again nor empty"
        await it.until(lambda: it.outages.state.down_by_s is not None)


async def test_a_hub_that_starts_after_the_machine_was_down_takes_the_capacitor_as_empty_and_goes_down_at_once_r42(
    journal: Journal, clock_file: Path
):
    await killed_in_the_wait(journal, clock_file)
    change(clock_file, boot="the next")
    async with hub(journal, clock_file, capacitor=BANK, charged=False) as it:
        it.supply(True)
        await it.phase(Phase.WATCHING)
        assert inside_v(it) < BANK.cutoff_v + 1.0
        it.supply(False)
        await it.until(lambda: it.departure.due)


async def test_after_an_event_is_closed_a_restart_charges_on_and_is_not_full_at_once_r42(
    journal: Journal, clock_file: Path
):
    slow = replace(BANK, charge_w=0.5)
    async with hub(journal, clock_file, capacitor=slow) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.SENDING)
        it.supply(True)
        await it.phase(Phase.NORMAL)
        before_v = inside_v(it)
        assert before_v < 4.9
    async with hub(journal, clock_file, capacitor=slow, charged=False) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        assert before_v - 0.05 <= inside_v(it) < 4.95


async def test_what_was_believed_at_the_first_start_is_what_the_second_goes_on_from_r42(
    journal: Journal, clock_file: Path
):
    slow = replace(BANK, charge_w=0.5)
    async with hub(journal, clock_file, capacitor=slow, charged=False) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        await it.pass_s(100)
        before_v = inside_v(it)
    async with hub(journal, clock_file, capacitor=slow, charged=False) as it:
        assert inside_v(it) >= before_v - 0.01


class Meter:
    """A converter, or one that does not answer."""

    def __init__(self, *answers: float) -> None:
        self._answers = list(answers)

    def volts(self) -> float:
        if not self._answers:
            raise LinkError("it does not answer")
        return self._answers.pop(0)


async def test_where_there_is_a_converter_it_is_asked_before_anything_is_reckoned_r42(
    journal: Journal, clock_file: Path
):
    slow = replace(BANK, charge_w=0.1)
    async with hub(journal, clock_file, capacitor=slow, charged=False, voltmeter=Meter(4.6)) as it:
        assert 3.6 < inside_v(it) <= 4.6
    async with hub(journal, clock_file, capacitor=slow, charged=False, voltmeter=Meter()) as it:
        assert 3.6 < inside_v(it) < 4.8
        it.supply(False)
        async with asyncio.timeout(WITHIN_S):
            await it.phase(Phase.RIDING)
