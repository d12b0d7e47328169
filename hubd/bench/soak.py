"""Tokens through random kills: `make soak`, and in short form `tests/scenario/test_kills.py`.

Sells small top-ups one after the other while the utility daemon, and now and then the WAN broker, is killed with
SIGKILL at random moments from a seed. At the end every order must have exactly one final receipt, and the meter's own
account must hold exactly what the tokens carried: nothing lost, nothing doubled (R30).
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hubd.bench.house.house import House
from hubd.bench.house.layout import METER, Layout
from hubd.cli.argument_types import seed, whole
from hubd.cli.exit_codes import Exit
from hubd.cli.output import complain, print_json

PAUSE_BEFORE_KILL_S = (0.0, 1.5)
BROKER_SHARE = 0.25
DRAIN_S = 300.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SoakResult:
    """What a soak found. It is good where `lost`, `doubled` and `without_receipt` are empty and the sums agree."""

    kills: dict[str, int]
    orders: int
    outcomes: dict[str, int]
    without_receipt: list[str]
    expected_e5: int
    on_meter_e5: int
    accepted_by_meter: int
    doubled: int
    seconds: float

    @property
    def good(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return (
            not self.without_receipt
            and self.doubled == 0
            and self.expected_e5 == self.on_meter_e5
            and self.accepted_by_meter == self.orders
            and set(self.outcomes) == {"accepted"}
        )


async def soak(house: House, kills: int, seed: int, say: Say) -> SoakResult:
    """Kill `kills` times, selling between; then wait until everything has ended and count."""
    chance, started_s = random.Random(seed), time.monotonic()
    before = await house.meter(METER)
    killed = {"hubd-utility": 0, "broker-wan": 0}
    requests: dict[str, int] = {}
    for number in range(kills):
        for _ in range(chance.choice((1, 1, 2))):
            request = f"soak-{seed}-{len(requests)}"
            requests[request] = int((await sell(house, request))["encoded_e5"])
        victim = "broker-wan" if chance.random() < BROKER_SHARE else "hubd-utility"
        await asyncio.sleep(chance.uniform(*PAUSE_BEFORE_KILL_S))
        await house.children[victim].kill9()
        await house.children[victim].restart()
        killed[victim] += 1
        if (number + 1) % 10 == 0:
            say(f"{number + 1} of {kills} kills, {len(requests)} orders, {time.monotonic() - started_s:.0f} s")
    orders = await drained(house, requests)
    return _counted(killed, requests, orders, before, await house.meter(METER), time.monotonic() - started_s)


async def sell(house: House, request: str) -> dict[str, Any]:
    """Queue one small top-up at the head-end, without waiting for its receipt."""
    words = ["--home", str(house.layout.headend), "--meter", METER.pan, "--amount", "0.01", "--request", request]
    order: dict[str, Any] = await house.head("vend", *words, "--wait", "0")
    return order


async def drained(house: House, requests: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Wait until each of these orders has its final receipt, or until the time has run out."""
    give_up_at_s = time.monotonic() + DRAIN_S
    while True:
        wanted = set(requests)
        rows = await house.head("orders", "--home", str(house.layout.headend), "--most", str(len(wanted) + 1_000))
        orders = {row["request"]: row for row in rows if row["request"] in wanted}
        if all(orders[r]["final"] for r in wanted) or time.monotonic() > give_up_at_s:
            return orders
        await asyncio.sleep(0.5)


def _counted(
    killed: dict[str, int],
    requests: dict[str, int],
    orders: dict[str, dict[str, Any]],
    before: dict[str, Any],
    after: dict[str, Any],
    seconds: float,
) -> SoakResult:
    outcomes: dict[str, int] = {}
    for request in requests:
        outcome = str(orders[request]["status"])
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    accepted = after["accepted"][len(before["accepted"]) :]
    tids = [row["tid"] for row in accepted]
    return SoakResult(
        kills=killed,
        orders=len(requests),
        outcomes=outcomes,
        without_receipt=[r for r in requests if not orders[r]["final"]],
        expected_e5=sum(requests.values()),
        on_meter_e5=sum(row["amount_e5"] for row in accepted),
        accepted_by_meter=len(accepted),
        doubled=len(tids) - len(set(tids)),
        seconds=round(seconds, 1),
    )


async def _main(args: argparse.Namespace) -> SoakResult:
    folder = Path(tempfile.mkdtemp(prefix="hubd-soak-"))
    try:
        async with House(Layout.at(folder), seed=args.seed, say=complain) as house:
            await house.start()
            return await soak(house, args.kills, args.seed, complain)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """`python -m hubd.bench.soak`."""
    parser = argparse.ArgumentParser(description="Tokens through random kills of daemon and broker.")
    parser.add_argument("--kills", type=whole(1, 1_000_000), default=200, help="default %(default)s")
    parser.add_argument(
        "--seed", type=seed, default=1, help="default %(default)s; the same seed kills at the same times"
    )
    result = asyncio.run(_main(parser.parse_args()))
    print_json({**asdict(result), "good": result.good})
    return Exit.OK if result.good else Exit.REFUSED


if __name__ == "__main__":
    sys.exit(main())
