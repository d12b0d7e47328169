"""Turn and turn about, so that a machine that is busy for a while is busy for both."""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from hubd.bench.beside import hub, zigbee2mqtt
from hubd.bench.beside.side import AtRate, Side

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Medians over the rounds, and every turn as it was."""

    medians: tuple[Side, ...]
    turns: tuple[Side, ...]


async def compare(program: Path, rates_per_s: tuple[int, ...], seconds: float, rounds: int, say: Say) -> Comparison:
    """`program`: the package folder of zigbee2mqtt. Raises a HubdError where a side does not come up."""
    turns: list[Side] = []
    for number in range(1, rounds + 1):
        for name in ("zigbee2mqtt", "hubd"):
            say(f"round {number} of {rounds}: {name}")
            with tempfile.TemporaryDirectory(prefix="hubd-beside-", ignore_cleanup_errors=True) as folder:
                if name == "hubd":
                    side = await hub.turn(Path(folder), rates_per_s, seconds)
                else:
                    side = await zigbee2mqtt.turn(Path(folder), program, rates_per_s, seconds)
            turns.append(side)
            await asyncio.sleep(1.0)
    names = dict.fromkeys(side.name for side in turns)
    return Comparison(tuple(_median([s for s in turns if s.name == name]) for name in names), tuple(turns))


def _median(sides: list[Side]) -> Side:
    rates = tuple(
        AtRate(
            per_s=same[0].per_s,
            sent=sum(rate.sent for rate in same),
            arrived=sum(rate.arrived for rate in same),
            p50_ms=round(median(rate.p50_ms for rate in same), 2),
            p99_ms=round(median(rate.p99_ms for rate in same), 2),
            cpu_s_per_1000=round(median(rate.cpu_s_per_1000 for rate in same), 2),
        )
        for same in zip(*(side.rates for side in sides), strict=True)
    )
    return Side(sides[0].name, rates, round(median(side.pss_mb for side in sides), 1))
