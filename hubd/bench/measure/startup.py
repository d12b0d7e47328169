"""From the start of the utility daemon to its first reading on the broker."""

import json
import time

from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB
from hubd.bench.measure.observer import Observer

GIVE_UP_S = 60.0


async def seconds_to_first_reading(house: House) -> float:
    """Kill the utility daemon, start it again; returns the seconds until it publishes a reading taken after that."""
    daemon = house.children["hubd-utility"]
    async with Observer(house.layout, f"hubd/v1/{HUB}/up/reading") as observer:
        await daemon.kill9()
        observer.seen.clear()
        started_s, started_unix_s = time.monotonic(), time.time()
        await daemon.restart()
        await observer.until(
            lambda seen: any(json.loads(m.payload)["body"]["measured_at"]["unix_s"] >= started_unix_s for m in seen),
            GIVE_UP_S,
        )
        return round(time.monotonic() - started_s, 2)
