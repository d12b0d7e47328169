"""A token behind a backlog of other orders: `python -m hubd.bench.measure.backlog` (R5).

Twice: the backlog pours in while the hub is there, and it has gathered at the broker while the hub was away.
The orders are good ones: management's each ask the same meter for its values, the network operator's for the hub's
status. The token is sold when the broker has them all.
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
from hubd.bench.memory import cpu_s
from hubd.bench.soak_till import Till
from hubd.cli.argument_types import whole
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

ASKS: dict[Role, tuple[str, dict[str, str]]] = {
    Role.MANAGEMENT: ("read", {"device": METER.ieee}),
    Role.NETWORK_OPERATOR: ("status", {}),
}
"""What each role's orders ask for: command and arguments."""
MOST_S = 5.0
LOAD = "load"
GIVE_UP_S = 120.0
_TOGETHER = 50
HANDED_OVER_S = 2.0
"""So long the head-end gets to hand the token to the broker, behind the others."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was measured. Seconds from the sale until the meter has taken the token."""

    role: str
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
    gathered_cpu_s: float
    start_alone_cpu_s: float
    """The same two in the utility daemon's own CPU, which other work on the machine changes less."""

    @property
    def good(self) -> bool:
        """Whether the backlog cost the token no more than it may."""
        return max(self.behind_s - self.alone_s, self.gathered_s - self.start_alone_s) <= MOST_S


@dataclass(frozen=True, slots=True)
class Start:
    """From the hub's start until the meter has taken a token that waited at the broker: wall clock, and its CPU."""

    seconds: float
    cpu_s: float


async def pouring(house: House, orders: int, role: Role) -> tuple[float, float, int]:
    """A token alone; one right behind a backlog; and how many of the orders had been obeyed by then."""
    till = _till(house)
    alone_s = await _sold(house, till)
    await publish(house, orders, role)
    behind_s = await _sold(house, till)
    return alone_s, behind_s, orders - (await house.ask({"do": "status"}))["orders_waiting"]


async def gathered(house: House, orders: int, role: Role) -> tuple[Start, Start]:
    """From the hub's start until the meter has the token: with nothing else at the broker, and behind a backlog."""
    till, daemon = _till(house), house.children["hubd-utility"]
    await daemon.stop()
    alone = await _sold_to_a_starting_hub(house, till)
    await daemon.stop()
    await publish(house, orders, role)
    return alone, await _sold_to_a_starting_hub(house, till)


def _till(house: House) -> Till:
    return Till(house.layout.headend, (METER,), f"backlog-{time.time_ns()}")


async def _sold(house: House, till: Till) -> float:
    taken = await _taken(house)
    began_s = time.monotonic()
    await asyncio.to_thread(till.sell, METER)
    return await _until_taken(house, taken, began_s)


async def _sold_to_a_starting_hub(house: House, till: Till) -> Start:
    taken = await _taken(house)
    await asyncio.to_thread(till.sell, METER)
    await asyncio.sleep(HANDED_OVER_S)
    began_s = time.monotonic()
    daemon = house.children["hubd-utility"]
    await daemon.restart()
    took_s = await _until_taken(house, taken, began_s)
    return Start(took_s, round(cpu_s(daemon.pid), 2))


async def _taken(house: House) -> int:
    return len((await house.meter(METER))["accepted"])


async def _until_taken(house: House, before: int, began_s: float) -> float:
    while await _taken(house) == before and time.monotonic() - began_s < GIVE_UP_S:
        await asyncio.sleep(0.02)
    return round(time.monotonic() - began_s, 3)


async def publish(house: House, orders: int, role: Role) -> list[str]:
    """Good orders of one role; returns when the broker has acknowledged them all. The ids of the orders."""
    home = Home(house.layout.headend)
    names, commands = await asyncio.to_thread(_signed, home, orders, role)
    _let_in(house, home)
    tls = client_context(home.ca, home.certificate(LOAD), home.key(LOAD))
    async with Client("127.0.0.1", house.layout.wan_port, tls_context=tls, identifier=LOAD) as client:
        client.pending_calls_threshold = _TOGETHER
        topic = topics.down(HubId(HUB), role)
        for start in range(0, orders, _TOGETHER):
            async with asyncio.TaskGroup() as group:
                for command in commands[start : start + _TOGETHER]:
                    group.create_task(client.publish(topic, command, qos=1))
    return names


def _let_in(house: House, home: Home) -> None:
    """A client of its own, so that the head-end's session is not taken over."""
    if pki.issue(home, LOAD):
        with (home.broker / "acl").open("a") as acl:
            acl.write(f"\nuser {LOAD}\n")
            acl.writelines(f"topic write {topics.ROOT}/+/down/{role}\n" for role in ASKS)
    os.kill(house.children["broker-wan"].pid, signal.SIGHUP)


def _signed(home: Home, orders: int, role: Role) -> tuple[list[str], list[bytes]]:
    (cmd, args), key, now = ASKS[role], load(home, role), time.time()
    connection = book.open_book(home)
    try:
        with book.transaction(connection):
            counters = [take_counter(connection, key.kid, now) for _ in range(orders)]
    finally:
        connection.close()
    claims = [
        CommandClaims(
            iss=key.kid, aud=HUB, jti=f"load-{role}-{counter}", iat=int(now), exp=int(now) + 3_600, ctr=counter,
            cmd=cmd, args=args,
        )
        for counter in counters
    ]  # fmt: skip
    return [each.jti for each in claims], [sign_claims(key, each) for each in claims]


async def _in_a_house(measure: Callable[[House, int, Role], Awaitable[T]], orders: int, role: Role) -> T:
    folder = Path(tempfile.mkdtemp(prefix="hubd-backlog-"))
    try:
        async with House(Layout.at(folder), say=complain) as house:
            await house.start()
            return await measure(house, orders, role)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _main(orders: int, role: Role) -> Backlog:
    """Each way in a house of its own."""
    alone_s, behind_s, obeyed = await _in_a_house(pouring, orders, role)
    alone, behind = await _in_a_house(gathered, orders, role)
    starts = (behind.seconds, alone.seconds, behind.cpu_s, alone.cpu_s)
    return Backlog(str(role), orders, alone_s, behind_s, obeyed, *starts)


def main() -> int:
    """`python -m hubd.bench.measure.backlog`."""
    parser = argparse.ArgumentParser(description="A token behind a backlog of other orders.")
    parser.add_argument("--orders", type=whole(1, 1_000_000), default=10_000, help="default %(default)s")
    parser.add_argument("--role", choices=[*map(str, ASKS)], default=str(Role.MANAGEMENT), help="default %(default)s")
    args = parser.parse_args()
    result = asyncio.run(_main(args.orders, Role(args.role)))
    print_json({**asdict(result), "good": result.good})
    return Exit.OK if result.good else Exit.REFUSED


if __name__ == "__main__":
    sys.exit(main())
