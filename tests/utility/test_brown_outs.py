"""Brown-outs are events of their own (R41)."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hubd.bench.grid.clock import ClockFile, GridClock
from hubd.model.lane import Lane
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility.brown_outs import BrownOuts
from hubd.utility.outage_bodies import Place
from hubd.utility.supply_config import SupplyTable


class Socket:
    """A wall socket at some voltage."""

    def __init__(self) -> None:
        self.level = 1.0

    def volts(self) -> float:
        return self.level * 230.0


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "journal.sqlite")
    yield opened
    await opened.close()


async def test_a_low_voltage_is_told_when_it_begins_and_ends_and_a_loss_ends_it_r41(journal: Journal, tmp_path: Path):
    ClockFile().write(tmp_path / "clock.json")
    clock = GridClock(True, tmp_path / "clock.json")
    now_s = 0.0
    clock.monotonic_s = lambda: now_s  # type: ignore[method-assign]
    told: list[int] = []
    table = SupplyTable(mains_pin=1)
    watch = BrownOuts(Socket(), 230.0, Place(table), journal, clock, lambda: told.append(1))
    for level in [1.0] * 4 + [0.6] * 20 + [1.0] * 10 + [0.7] * 10 + [0.02] * 4:
        await watch.take(level)
        now_s += 0.5
    rows = await journal.read(lambda c: outbox.waiting(c, Lane.EVENT, 0, 100))
    bodies: list[dict[str, Any]] = [json.loads(row.body) for row in rows]
    assert [(body["phase"], body["least_pu"]) for body in bodies] == [
        ("began", 0.6),
        ("ended", 0.6),
        ("began", 0.7),
        ("ended", 0.7),
    ]
    assert bodies[0]["brown_out"] == bodies[1]["brown_out"] != bodies[2]["brown_out"]
    assert bodies[1]["lasted_s"] == 10.0
    assert bodies[3]["became_loss"] is True
    assert "became_loss" not in bodies[1]
    assert len(told) == 4
    assert watch.present_pu == 0.7
