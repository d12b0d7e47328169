"""The running house on a fast clock, and what the head-end has stored of its supply."""

import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from hubd.bench.grid import clock
from hubd.bench.house.house import House
from tests.scenario.headend_book import eventually, messages, until_radio_is_up

WITHIN_S = 60.0


@dataclass
class OutageHouse:
    """`factor`: seconds of the rules for each real one. `begun`: how much the head-end had before this test."""

    house: House
    factor: float
    begun: int

    async def supply(self) -> dict[str, Any]:
        status = await self.house.ask({"do": "status"})
        return dict(status["supply"])

    async def phase(self, *phases: str) -> None:
        async def there() -> bool:
            return (await self.supply()).get("phase") in phases

        await eventually(there, WITHIN_S + 300 / self.factor, f"the rules are {' or '.join(phases)}")

    async def ready(self) -> None:
        """After a start: the radio is up, the rules are normal, load is taken, the capacitor is full."""
        await until_radio_is_up(self.house)

        async def is_ready() -> bool:
            supply = await self.supply()
            taken = supply.get("shed", {}).get("consumer daemon") == "done"
            return taken and supply["phase"] == "normal" and supply["capacitor_v"] > 4.9

        await eventually(is_ready, WITHIN_S, "the hub is ready for a loss of supply")

    async def trip(self, story: str, **table: Any) -> None:
        question = {"do": "trip", "story": story, "clock_factor": self.factor}
        await self.house.ask_grid(question | ({"table": table} if table else {}))

    async def put(self, on: bool) -> None:
        await self.house.ask_grid({"do": "supply", "on": on})

    async def told(self) -> list[dict[str, Any]]:
        """What came of the supply since the test began: kind and body."""
        rows = (await messages(self.house))[self.begun :]
        kinds = ("outage_alert", "outage_restored", "outage_momentary", "brown_out")
        return [{"kind": row["kind"], **row["body"]} for row in rows if row["kind"] in kinds]

    async def until_told(self, *kinds: str) -> list[dict[str, Any]]:
        async def there() -> bool:
            return [message["kind"] for message in await self.told()] == list(kinds)

        await eventually(there, WITHIN_S + 300 / self.factor, f"the head-end has {kinds}")
        return await self.told()

    async def incidents(self, *words: str) -> list[dict[str, Any]]:
        """What the head-end shows: those that stand, and with `--ended 24` those that are over too."""
        home = str(self.house.layout.headend)
        picture = await self.house.head("outages", "--home", home, *words, expect=frozenset({0, 1}))
        return list(picture["incidents"])

    async def until_off(self, *hubs: str) -> None:
        """The hubs of the incidents that stand."""

        async def are_off() -> bool:
            return [off["hub"] for incident in await self.incidents() for off in incident["off"]] == list(hubs)

        await eventually(are_off, WITHIN_S, f"the head-end has off: {', '.join(hubs) or 'nobody'}")

    async def killed_in_the_wait_and_in_the_send(self, operations: int) -> None:
        """Once each, in the last of so many losses. The head-end is dead meanwhile, so that nobody stores the alert
        and the hub is sending for as long as it takes to kill it.
        """
        head = self.house.children["head-end"]

        async def riding_the_last() -> bool:
            supply = await self.supply()
            return bool(supply.get("phase") == "riding" and supply["operations"] == operations)

        await eventually(riding_the_last, WITHIN_S, "the last loss has begun")
        await self.kill_and_start()
        await head.kill9()
        await self.phase("sending")
        await self.kill_and_start()
        await self.phase("sending", "sent")
        await head.restart()

    async def kill_and_start(self) -> None:
        daemon = self.house.children["hubd-utility"]
        await daemon.kill9()
        await daemon.restart()

    async def until(self, condition: Callable[[], Any], what: str) -> None:
        await eventually(condition, WITHIN_S, what)


@contextlib.asynccontextmanager
async def on_a_clock(house: House, factor: float) -> AsyncIterator[OutageHouse]:
    """The utility daemon with another clock; as it was, in the end."""
    daemon = house.children["hubd-utility"]
    normal = daemon.argv
    argv = [sys.executable, "-m", "hubd.bench.grid.fast_utility", "--config", str(house.layout.utility_config)]
    await _gather_soon(house)
    clock.change(house.layout.clock, factor=factor, boot=f"clock of {time.monotonic()}")
    await daemon.stop()
    await daemon.restart([*argv, "--clock", str(house.layout.clock)])
    fast = OutageHouse(house, factor, 0)
    try:
        await fast.ready()
        yield fast
    finally:
        clock.change(house.layout.clock, factor=1.0, wall_step_s=0.0)
        await house.ask_grid({"do": "supply", "on": True})
        await daemon.stop()
        await daemon.restart(normal)
        await until_radio_is_up(house)


async def _gather_soon(house: House) -> None:
    """The head-end's clock is not a fast one."""
    settings = house.layout.headend / "headend.toml"
    if "[outages]" not in (told := settings.read_text()):
        settings.write_text(told + "\n[outages]\ngather_s = 1\n")
        await house.children["head-end"].stop()
        await house.children["head-end"].restart()


async def begin(fast: OutageHouse) -> OutageHouse:
    """A test begins: supply on, nothing open, and what came before does not count."""
    await fast.put(True)
    await fast.phase("normal")
    return OutageHouse(fast.house, fast.factor, len(await messages(fast.house)))
