"""A meter's report from the serial line to the broker: how long it takes, and what it costs."""

import asyncio
import json
from dataclasses import dataclass

from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB
from hubd.bench.measure.observer import Observer, Seen
from hubd.bench.measure.quantiles import quantile
from hubd.bench.memory import cpu_s

DRAIN_S = 20.0


@dataclass(frozen=True, slots=True)
class ReportLatency:
    """Reports at one rate, stored durably on the way. Times in ms; `cpu_s_per_1000` of the utility daemon alone."""

    per_s: int
    sent: int
    arrived: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    cpu_s_per_1000: float


async def report_latency(house: House, per_s: int, seconds: float) -> ReportLatency:
    """Put the metering devices under a steady load and match each report with its message on the broker."""
    count = int(per_s * seconds)
    daemon = house.children["hubd-utility"].pid
    async with Observer(house.layout, f"hubd/v1/{HUB}/up/reading") as observer:
        before_s = cpu_s(daemon)
        await house.ask_air({"do": "burst", "per_s": per_s, "count": count})
        await asyncio.sleep(seconds)
        sent: dict[tuple[str, int], int] = {}
        for _ in range(int(DRAIN_S / 0.1)):
            rows = await house.ask_air({"do": "sent"})
            sent = {(ieee, wh): at_ns for ieee, wh, at_ns in rows}
            if len(rows) >= count:
                break
            await asyncio.sleep(0.1)
        await observer.until(lambda seen: len(_arrivals(seen, sent)) >= len(sent), DRAIN_S)
        spent_s = cpu_s(daemon) - before_s
        arrivals = _arrivals(observer.seen, sent)
    delays_ms = [(at_ns - sent[key]) / 1e6 for key, at_ns in arrivals.items()]
    return ReportLatency(
        per_s=per_s,
        sent=len(sent),
        arrived=len(arrivals),
        p50_ms=round(quantile(delays_ms, 0.50), 2),
        p99_ms=round(quantile(delays_ms, 0.99), 2),
        max_ms=round(max(delays_ms), 2),
        cpu_s_per_1000=round(1000 * spent_s / max(1, len(sent)), 2),
    )


def _arrivals(seen: list[Seen], sent: dict[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """When each report that was sent was first on the broker."""
    first: dict[tuple[str, int], int] = {}
    for message in seen:
        body = json.loads(message.payload)["body"]
        key = (body["device"], body.get("import_wh", -1))
        if key in sent:
            first.setdefault(key, message.at_ns)
    return first
