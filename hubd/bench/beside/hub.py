"""hubd's turn: the whole house, its two meters joined."""

import asyncio
from pathlib import Path

from hubd.bench.beside.side import AtRate, Side
from hubd.bench.house.house import House
from hubd.bench.house.layout import Layout
from hubd.bench.measure.latency import report_latency
from hubd.bench.memory import pss_kb

SETTLE_S = 3.0


async def turn(folder: Path, rates_per_s: tuple[int, ...], seconds: float) -> Side:
    """A house of its own in `folder`, each rate in turn."""
    async with House(Layout.at(folder), reports_per_s=0.0) as house:
        await house.start()
        await asyncio.sleep(SETTLE_S)
        rates = []
        for per_s in rates_per_s:
            figures = await report_latency(house, per_s, seconds)
            rates.append(
                AtRate(per_s, figures.sent, figures.arrived, figures.p50_ms, figures.p99_ms, figures.cpu_s_per_1000)
            )
        return Side("hubd", tuple(rates), pss_kb(house.children["hubd-utility"].pid) / 1024)
