"""One run: a house of its own in a temporary folder, every figure in turn, nothing left behind."""

import asyncio
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hubd.bench.house.house import House
from hubd.bench.house.layout import LAB_METER, METER, Layout
from hubd.bench.measure.key_times import key_times
from hubd.bench.measure.latency import report_latency
from hubd.bench.measure.report import Figures
from hubd.bench.measure.startup import seconds_to_first_reading
from hubd.bench.measure.vend_times import vend_times
from hubd.bench.memory import pss_kb

RATES_PER_S = (10, 50, 200)
SETTLE_S = 3.0
KEYS = 10

Say = Callable[[str], None]


async def measure(say: Say, seconds_a_rate: float, vends: int, starts: int) -> Figures:
    """Take every figure. `say` gets a line of progress for people."""
    folder = Path(tempfile.mkdtemp(prefix="hubd-measure-"))
    try:
        async with House(Layout.at(folder), reports_per_s=0.5, say=say) as house:
            await house.start()
            await asyncio.sleep(SETTLE_S)
            latency = []
            for per_s in RATES_PER_S:
                say(f"reports at {per_s}/s for {seconds_a_rate:g} s")
                latency.append(await report_latency(house, per_s, seconds_a_rate))
            say(f"{vends} top-ups")
            vend = await vend_times(house, vends)
            say(f"{KEYS} keys of each suite")
            keys = [await key_times(house, meter, KEYS) for meter in (LAB_METER, METER)]
            memory = {name: round(pss_kb(child.pid) / 1024, 1) for name, child in house.children.items()}
            say(f"{starts} starts of the utility daemon")
            started = [await seconds_to_first_reading(house) for _ in range(starts)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Figures(
        machine=f"{platform.machine()}, {_cores()} cores, Python {platform.python_version()}",
        taken_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        latency=latency,
        pss_mb=memory,
        start_to_first_reading_s=started,
        vend=vend,
        keys=keys,
    )


def _cores() -> int:
    return os.cpu_count() or 1
