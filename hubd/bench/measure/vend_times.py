"""The whole round of a top-up: signed command on the broker, meter, final receipt on the broker."""

import json
from dataclasses import dataclass

from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB, METER
from hubd.bench.measure.observer import Observer, Seen
from hubd.bench.measure.quantiles import quantile
from hubd.wan.commands import unverified_order

GIVE_UP_S = 60.0


@dataclass(frozen=True, slots=True)
class VendTimes:
    """Round trips in ms."""

    count: int
    p50_ms: float
    p99_ms: float


async def vend_times(house: House, count: int) -> VendTimes:
    """Sell `count` small top-ups, one after the other, and time each between its two messages on the broker."""
    rounds_ms: list[float] = []
    home = ["--home", str(house.layout.headend)]
    topics = (f"hubd/v1/{HUB}/down/vend", f"hubd/v1/{HUB}/up/receipt")
    for _ in range(count):
        async with Observer(house.layout, *topics) as observer:
            await house.head("vend", *home, "--meter", METER.pan, "--amount", "0.10")
            await observer.until(lambda seen: _round_ms(seen) is not None, GIVE_UP_S)
            took_ms = _round_ms(observer.seen)
        if took_ms is not None:
            rounds_ms.append(took_ms)
    return VendTimes(len(rounds_ms), round(quantile(rounds_ms, 0.5), 1), round(quantile(rounds_ms, 0.99), 1))


def _round_ms(seen: list[Seen]) -> float | None:
    asked = {unverified_order(m.payload): m.at_ns for m in seen if m.topic.endswith("/down/vend")}
    for message in seen:
        if message.topic.endswith("/up/receipt"):
            body = json.loads(message.payload)["body"]
            if body["final"] and body["order"] in asked:
                return (message.at_ns - asked[body["order"]]) / 1e6
    return None
