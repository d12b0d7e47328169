"""The daemon killed before and after every commit of an outage (R43)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hubd.bench.grid.clock import ClockFile
from hubd.model.lane import Lane
from hubd.power.phases import Phase
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility.supply_config import ShedTable

from .hub import WITHIN_S, Hub, hub


class _KilledError(Exception):
    """The process is gone: nothing after this line happened."""


def kill_at(journal: Journal, number: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From now on the daemon's n-th step dies: steps are before and after each of its commits."""
    commit, died, steps = journal.commit, list[str](), 0

    def step(where: str) -> None:
        nonlocal steps
        steps += 1
        if steps == number:
            died.append(where)
            raise _KilledError

    async def deadly(work: Callable[[Any], Any]) -> Any:
        step(f"before commit {(steps + 2) // 2}")
        result = await commit(work)
        step(f"after commit {(steps + 1) // 2}")
        return result

    monkeypatch.setattr(journal, "commit", deadly)
    return died


@dataclass
class World:
    """Supply goes once and comes back once, whatever becomes of the daemon. `told`: what the head-end has."""

    journal: Journal
    clock_file: Path
    stores: bool
    led: Path
    stage: str = "before"
    told: list[dict[str, Any]] = field(default_factory=list)

    async def run(self) -> None:
        for _ in range(3):
            sys = self.led.parents[2]
            async with hub(self.journal, self.clock_file, sys=sys, shed=ShedTable(leds={"ACT": "mmc0"})) as it:
                it.supply(self.stage != "off")
                assert it.ended is not None
                while self.stage != "over" and not it.ended.done():
                    await self.go_on(it)
                    await asyncio.sleep(0.002)
                await self.last_commits()
            if self.stage == "over":
                return
        raise AssertionError("it dies once only")

    async def last_commits(self) -> None:
        """What was begun when the story was over ends too, however busy the machine: its steps count."""
        for _ in range(20):
            await self.journal.read(lambda c: None)
            await asyncio.sleep(0)

    async def go_on(self, it: Hub) -> None:
        phase = it.outages.state.phase
        if self.stores or (self.stage == "back" and phase is Phase.NORMAL):
            await self.store(it)
        if self.stage == "before" and phase is Phase.NORMAL:
            self.stage = "off"
            it.supply(False)
        elif self.stage == "off" and phase is Phase.SENT and self.trigger() == "none":
            self.stage = "back"
            it.supply(True)
        elif self.stage == "back" and phase is Phase.NORMAL and self.trigger() == "mmc0":
            await self.store(it)
            self.stage = "over"

    def trigger(self) -> str:
        return (self.led / "trigger").read_text()

    async def store(self, it: Hub) -> None:
        new = await it.messages()
        if new:
            self.told += new
            last = new[-1]["seq"]
            await self.journal.commit_grouped(lambda c: outbox.delete_stored(c, {Lane.ALARM: last}))
            it.outages.stored({Lane.ALARM: last})


@pytest.mark.parametrize("stores", [True, False], ids=["a head-end that stores", "a head-end that is away"])
async def test_a_kill_before_and_after_every_commit_leaves_one_alert_one_restoration_and_no_load_shed_r43(
    journal: Journal, tmp_path: Path, stores: bool
):
    path = tmp_path / "fast.json"
    ClockFile(factor=600.0).write(path)
    led = tmp_path / "class/leds/ACT"
    led.mkdir(parents=True)
    (led / "trigger").write_text("mmc0")
    deaths: list[str] = []
    for number in range(1, 40):
        world = World(journal, path, stores, led)
        with pytest.MonkeyPatch.context() as patches:
            died = kill_at(journal, number, patches)
            async with asyncio.timeout(3 * WITHIN_S):
                await world.run()
        alert, restored = world.told
        assert (alert["kind"], restored["kind"]) == ("outage_alert", "outage_restored"), died
        assert alert["outage"] == restored["outage"]
        assert alert["began"]["earliest"] == alert["began"]["latest"] == restored["began"]["earliest"]
        assert restored["seq"] == alert["seq"] + 1
        if not died:
            break
        deaths += died
    assert len(deaths) in range(8, 39)
