"""A token behind a backlog of management orders: `python -m hubd.bench.measure.backlog` (R5).

Twice: the backlog pours in while the hub is there, and it has gathered at the broker while the hub was away.
The orders are good ones, each asks the same meter for its values; the token is sold when the broker has them all.
"""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB, METER, Layout
from hubd.bench.soak_till import Till
from hubd.cli.exit_codes import Exit
from hubd.cli.output import complain, print_json
from hubd.headend import book, pki
from hubd.headend.home import Home
from hubd.headend.role_keys import load
from hubd.headend.sending import sign_claims, take_counter
from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.mqtt.client import Client
from hubd.wan import topics
from hubd.wan.messages import CommandClaims
from hubd.wan.tls import client_context

T = TypeVar("T")

MOST_S = 5.0
LOAD = "load"
GIVE_UP_S = 120.0
HANDED_OVER_S = 2.0
"""So long the head-end gets to hand the token to the broker, behind the others."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was measured. Seconds from the sale until the meter has taken the token."""

    orders: int
    alone_s: float
    """No backlog."""
    behind_s: float
    """Sold right behind the backlog, the hub being there."""
    obeyed_before: int
    """So many of the orders had been obeyed by then."""
    gathered_s: float
    """The hub was away: from its start."""
    start_alone_s: float
    """The hub was away, and there was no backlog: from its start."""

    @property
    def good(self) -> bool:
        """Whether the backlog cost the token no more than it may."""
        return max(self.behind_s - self.alone_s, self.gathered_s - self.start_alone_s) <= MOST_S


async def pouring(house: House, orders: int) -> tuple[float, float, int]:
    """A token alone; one right behind a backlog; and how many of the orders had been obeyed by then."""
    till = _till(house)
    alone_s = await _sold(house, till)
    await _publish(house, orders)
    behind_s = await _sold(house, till)
    return alone_s, behind_s, orders - (await house.ask({"do": "status"}))["orders_waiting"]


async def gathered(house: House, orders: int) -> tuple[float, float]:
    """From the hub's start to the token's receipt: with nothing else at the broker, and behind a backlog."""
    till, daemon = _till(house), house.children["hubd-utility"]
    await daemon.stop()
    alone_s = await _sold_to_a_starting_hub(house, till)
    await daemon.stop()
    await _publish(house, orders)
    return alone_s, await _sold_to_a_starting_hub(house, till)


def _till(house: House) -> Till:
    return Till(house.layout.headend, (METER,), f"backlog-{time.time_ns()}")


async def _sold(house: House, till: Till) -> float:
    taken = await _taken(house)
    began_s = time.monotonic()
    await asyncio.to_thread(till.sell, METER)
    return await _until_taken(house, taken, began_s)


async def _sold_to_a_starting_hub(house: House, till: Till) -> float:
    taken = await _taken(house)
    await asyncio.to_thread(till.sell, METER)
    await asyncio.sleep(HANDED_OVER_S)
    began_s = time.monotonic()
    await house.children["hubd-utility"].restart()
    return await _until_taken(house, taken, began_s)


async def _taken(house: House) -> int:
    return len((await house.meter(METER))["accepted"])


async def _until_taken(house: House, before: int, began_s: float) -> float:
    while await _taken(house) == before and time.monotonic() - began_s < GIVE_UP_S:
        await asyncio.sleep(0.02)
    return round(time.monotonic() - began_s, 3)


async def _publish(house: House, orders: int) -> None:
    """Returns when the broker has acknowledged them all."""
    home = Home(house.layout.headend)
    commands = await asyncio.to_thread(_signed, home, orders)
    _let_in(house, home)
    tls = client_context(home.ca, home.certificate(LOAD), home.key(LOAD))
    async with Client("127.0.0.1", house.layout.wan_port, tls_context=tls, identifier=LOAD) as client:
        topic = topics.down(HubId(HUB), Role.MANAGEMENT)
        for start in range(0, orders, 50):
            async with asyncio.TaskGroup() as group:
                for command in commands[start : start + 50]:
                    group.create_task(client.publish(topic, command, qos=1))


def _let_in(house: House, home: Home) -> None:
    """A client of its own, so that the head-end's session is not taken over."""
    if pki.issue(home, LOAD):
        with (home.broker / "acl").open("a") as acl:
            acl.write(f"\nuser {LOAD}\ntopic write {topics.ROOT}/+/down/{Role.MANAGEMENT}\n")
    os.kill(house.children["broker-wan"].pid, signal.SIGHUP)


def _signed(home: Home, orders: int) -> list[bytes]:
    key, now = load(home, Role.MANAGEMENT), time.time()
    connection = book.open_book(home)
    try:
        with book.transaction(connection):
            counters = [take_counter(connection, key.kid, now) for _ in range(orders)]
    finally:
        connection.close()
    return [
        sign_claims(
            key,
            CommandClaims(
                iss=key.kid, aud=HUB, jti=f"load-{counter}", iat=int(now), exp=int(now) + 3_600, ctr=counter,
                cmd="read", args={"device": METER.ieee},
            ),
        )
        for counter in counters
    ]  # fmt: skip


async def _in_a_house(measure: Callable[[House, int], Awaitable[T]], orders: int) -> T:
    folder = Path(tempfile.mkdtemp(prefix="hubd-backlog-"))
    try:
        async with House(Layout.at(folder), say=complain) as house:
            await house.start()
            return await measure(house, orders)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _main(orders: int) -> Backlog:
    """Each way in a house of its own."""
    alone_s, behind_s, obeyed = await _in_a_house(pouring, orders)
    start_alone_s, gathered_s = await _in_a_house(gathered, orders)
    return Backlog(orders, alone_s, behind_s, obeyed, gathered_s, start_alone_s)


def main() -> int:
    """`python -m hubd.bench.measure.backlog`."""
    parser = argparse.ArgumentParser(description="A token behind a backlog of management orders.")
    parser.add_argument("--orders", type=int, default=10_000, help="default %(default)s")
    result = asyncio.run(_main(parser.parse_args().orders))
    print_json({**asdict(result), "good": result.good})
    return Exit.OK if result.good else Exit.REFUSED


if __name__ == "__main__":
    sys.exit(main())
