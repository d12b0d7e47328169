"""How long key establishment takes on the running path, and what it costs each side."""

import json
from dataclasses import dataclass
from functools import partial

from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB, HouseMeter
from hubd.bench.measure.observer import Observer, Seen
from hubd.bench.measure.quantiles import quantile
from hubd.bench.memory import cpu_s

GIVE_UP_S = 30.0


@dataclass(frozen=True, slots=True)
class KeyTimes:
    """Exchanges of one suite. `took_ms`: from the device's certificate to the key in the radio and on disk, as the
    hub tells it, both sides' arithmetic in it. CPU of a whole process, for each key: the hub's, and the coordinator's
    with the device in it.
    """

    suite: int
    count: int
    took_p50_ms: float
    took_max_ms: float
    hub_cpu_ms: float
    device_cpu_ms: float


async def key_times(house: House, meter: HouseMeter, count: int) -> KeyTimes:
    """Let the meter make its key anew so many times, one after the other."""
    hub, air = house.children["hubd-utility"].pid, house.children["radio-utility"].pid
    spent = [-cpu_s(hub), -cpu_s(air)]
    async with Observer(house.layout, f"hubd/v1/{HUB}/up/event") as observer:
        for number in range(1, count + 1):
            await house.ask_air({"do": "rekey", "ieee": meter.ieee})
            await observer.until(partial(_are_made, meter, number), GIVE_UP_S)
        made = _made(observer.seen, meter)
    spent = [spent[0] + cpu_s(hub), spent[1] + cpu_s(air)]
    took_ms = [float(each["took_ms"]) for each in made]
    return KeyTimes(
        suite=made[0]["suite"],
        count=len(made),
        took_p50_ms=round(quantile(took_ms, 0.5)),
        took_max_ms=round(max(took_ms)),
        hub_cpu_ms=round(1000 * spent[0] / len(made)),
        device_cpu_ms=round(1000 * spent[1] / len(made)),
    )


def _are_made(meter: HouseMeter, count: int, seen: list[Seen]) -> bool:
    return len(_made(seen, meter)) >= count


def _made(seen: list[Seen], meter: HouseMeter) -> list[dict[str, int]]:
    bodies = (json.loads(message.payload)["body"] for message in seen)
    return [body["detail"] for body in bodies if (body["name"], body["device"]) == ("key_established", meter.ieee)]
