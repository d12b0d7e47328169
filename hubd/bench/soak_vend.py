"""Two thousand tokens through a house that is being shot at: `make soak-vend`, in short form a scenario test (R30).

Two meters, two issuers, two schemes. Tokens are sold at a steady rate while utility daemon, WAN broker and
coordinator are killed with SIGKILL at moments from a seed, and the air loses one transmission in ten. In the end
every order has one final receipt, and what the meters took is what the office's book says it sold, to the last unit,
which is what its ledger says: nothing lost, none twice.

A meter remembers its last 50 tokens and takes none older than those: a token that a dying broker lost must not come
behind 50 that were sold later. Sales wait for nothing, so with `--per-s` above what a meter takes it comes to that.
"""

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hubd.bench.house.house import House
from hubd.bench.house.layout import METER, UTRN_METER, HouseMeter, Layout
from hubd.bench.measure.quantiles import quantile
from hubd.bench.soak_till import Booked, Till
from hubd.cli.argument_types import above_nothing, seed, whole
from hubd.cli.exit_codes import Exit
from hubd.cli.output import complain, print_json
from hubd.errors import LinkError

VICTIMS = {"hubd-utility": 2, "broker-wan": 1, "radio-utility": 1}
"""Who is killed, and in what proportion."""
BETWEEN_KILLS_S = (1.0, 6.0)
SOLD_TO = (METER, UTRN_METER)
LOSS = 0.1
DRAIN_S = 600.0
RESTART_TRIES = 5

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class MeterCount:
    """One meter's totals: the office's books beside the meter's own. Amounts in 10^-5 of the currency unit."""

    booked: Booked
    taken: int
    taken_e5: int
    twice: int

    @property
    def good(self) -> bool:
        """Whether book, ledger and meter agree to the last unit."""
        booked = self.booked
        meter_agrees = (booked.tokens, booked.encoded_e5, 0) == (self.taken, self.taken_e5, self.twice)
        return meter_agrees and booked.credit_pence == booked.ledger_pence and booked.ledger_balances


@dataclass(frozen=True, slots=True)
class SoakVendResult:
    """What was found."""

    seed: int
    tokens: int
    seconds: float
    kills: dict[str, int]
    loss: float
    outcomes: dict[str, int]
    without_receipt: list[str]
    attempts: dict[int, int]
    """How many tokens went out to the meter so often."""
    waited_p50_s: float
    waited_p99_s: float
    waited_most_s: float
    """From the sale to the final receipt at the head-end, outages and all."""
    meters: dict[str, MeterCount]

    @property
    def good(self) -> bool:
        """Whether nothing was lost and nothing counted twice."""
        agree = all(count.good for count in self.meters.values())
        return agree and not self.without_receipt and set(self.outcomes) == {"accepted"}


@dataclass(slots=True)
class _Shooting:
    """The killer's book."""

    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)


async def soak_vend(
    house: House,
    tokens: int,
    seed: int,
    per_s: float,
    say: Say,
    meters: tuple[HouseMeter, ...] = SOLD_TO,
    between_kills_s: tuple[float, float] = BETWEEN_KILLS_S,
) -> SoakVendResult:
    """Sell and kill, then wait for every receipt, and count."""
    began_s = time.monotonic()
    before = {meter.pan: await house.meter(meter) for meter in meters}
    till = Till(house.layout.headend, meters, f"soak-{seed}-{int(time.time())}")
    shooting, buyers = _Shooting(random.Random(f"kills {seed}")), random.Random(f"sales {seed}")
    async with _lossy(house), _killing(house, shooting, between_kills_s):
        await _sell(till, tokens, per_s, buyers, say, began_s, shooting)
    await _drain(till, say)
    after = {meter.pan: await house.meter(meter) for meter in meters}
    counts = {pan: _count(till, pan, before[pan], after[pan]) for pan in before}
    return _result(till, seed, tokens, time.monotonic() - began_s, shooting, counts)


async def _sell(
    till: Till, tokens: int, per_s: float, buyers: random.Random, say: Say, began_s: float, shooting: _Shooting
) -> None:
    for number in range(tokens):
        await asyncio.sleep(buyers.uniform(0.0, 2.0 / per_s))
        meter = till.meters[number % len(till.meters)]
        await asyncio.to_thread(till.sell, meter)
        if (number + 1) % 100 == 0:
            kills = sum(shooting.killed.values())
            say(f"{number + 1} of {tokens} tokens sold, {kills} kills, {time.monotonic() - began_s:.0f} s")


async def _drain(till: Till, say: Say) -> None:
    give_up_at_s = time.monotonic() + DRAIN_S
    while (waiting := await asyncio.to_thread(till.open_orders)) and time.monotonic() < give_up_at_s:
        say(f"waiting for {waiting} receipts")
        await asyncio.sleep(2.0)


@asynccontextmanager
async def _lossy(house: House) -> AsyncIterator[None]:
    """The air as it is on a bad day. A coordinator that is killed comes back with the same."""
    child = house.children["radio-utility"]
    argv = list(child.argv)
    child.argv = [*argv, "--loss", str(LOSS)]
    await house.ask_air({"do": "loss", "share": LOSS})
    try:
        yield
    finally:
        child.argv = argv
        await house.ask_air({"do": "loss", "share": 0.0})


@asynccontextmanager
async def _killing(house: House, shooting: _Shooting, between_s: tuple[float, float]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(_kill_for_ever(house, shooting, between_s))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        for name in VICTIMS:
            if not house.children[name].running:
                await _restart(house, name)


async def _kill_for_ever(house: House, shooting: _Shooting, between_s: tuple[float, float]) -> None:
    while True:
        await asyncio.sleep(shooting.chance.uniform(*between_s))
        (victim,) = shooting.chance.choices(list(VICTIMS), list(VICTIMS.values()))
        await house.children[victim].kill9()
        shooting.killed[victim] += 1
        await _restart(house, victim)


async def _restart(house: House, name: str) -> None:
    """A port that the kernel has not given back yet is a reason to try again; anything else shows at the last try."""
    for left in reversed(range(RESTART_TRIES)):
        try:
            await house.children[name].restart()
            return
        except LinkError:
            await house.children[name].kill9()
            if not left:
                raise
            await asyncio.sleep(0.5)


def _count(till: Till, pan: str, before: dict[str, Any], after: dict[str, Any]) -> MeterCount:
    taken = after["accepted"][len(before["accepted"]) :]
    tids = [row["tid"] for row in taken]
    twice = len(tids) - len(set(tids))
    return MeterCount(till.booked(pan), len(taken), sum(row["amount_e5"] for row in taken), twice)


def _result(
    till: Till, seed: int, tokens: int, seconds: float, shooting: _Shooting, counts: dict[str, MeterCount]
) -> SoakVendResult:
    orders = till.orders()
    waited_s = [o.receipt_unix_s - o.created_unix_s for o in orders if o.final and o.receipt_unix_s] or [0.0]
    return SoakVendResult(
        seed=seed,
        tokens=tokens,
        seconds=round(seconds, 1),
        kills={name: shooting.killed[name] for name in VICTIMS},
        loss=LOSS,
        outcomes=dict(Counter(str(order.outcome) for order in orders)),
        without_receipt=[order.request for order in orders if not order.final],
        attempts=dict(sorted(Counter(order.receipt.attempts for order in orders if order.receipt).items())),
        waited_p50_s=round(quantile(waited_s, 0.5), 3),
        waited_p99_s=round(quantile(waited_s, 0.99), 3),
        waited_most_s=round(max(waited_s), 3),
        meters=counts,
    )


def table(result: SoakVendResult) -> str:
    """For people."""
    lines = [f"{result.tokens} tokens, seed {result.seed}, {result.seconds:.0f} s, loss {result.loss:.0%}"]
    lines += [f"killed       {name:<14}{count:>6}" for name, count in result.kills.items()]
    lines += [f"outcome      {name:<14}{count:>6}" for name, count in result.outcomes.items()]
    lines += [f"sent         {f'{times} times':<14}{count:>6}" for times, count in result.attempts.items()]
    waited = (result.waited_p50_s, result.waited_p99_s, result.waited_most_s)
    lines.append("sale to receipt  p50 {:.2f} s  p99 {:.2f} s  most {:.2f} s".format(*waited))
    for pan, count in result.meters.items():
        verdict, booked = "agree" if count.good else "DIFFER", count.booked
        lines.append(f"meter {pan}: {verdict}")
        lines.append(f"  book     {booked.tokens} tokens = {booked.encoded_e5}, credit {booked.credit_pence} pence")
        lines.append(f"  ledger   {booked.ledger_pence} pence{'' if booked.ledger_balances else ', OUT OF BALANCE'}")
        lines.append(f"  meter    {count.taken} tokens = {count.taken_e5}, {count.twice} twice")
    lines.append("good: nothing lost, nothing twice" if result.good else "NOT GOOD")
    return "\n".join(lines)


async def _main(args: argparse.Namespace) -> SoakVendResult:
    folder = Path(tempfile.mkdtemp(prefix="hubd-soak-vend-"))
    try:
        async with House(Layout.at(folder), seed=args.seed, say=complain, meters=SOLD_TO) as house:
            await house.start()
            return await soak_vend(house, args.tokens, args.seed, args.per_s, complain)
    finally:
        if args.keep:
            complain(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """`python -m hubd.bench.soak_vend`."""
    parser = argparse.ArgumentParser(description="Tokens through kills of daemon, broker and coordinator, and loss.")
    parser.add_argument("--tokens", type=whole(1, 1_000_000), default=2_000, help="default %(default)s")
    parser.add_argument("--seed", type=seed, default=1, help="default %(default)s")
    parser.add_argument(
        "--per-s", type=above_nothing(1_000), default=2.0, help="sales a second (default %(default)s)"
    )
    parser.add_argument("--keep", action="store_true", help="keep the house's folder")
    result = asyncio.run(_main(parser.parse_args()))
    complain(table(result))
    print_json({**asdict(result), "good": result.good})
    return Exit.OK if result.good else Exit.REFUSED


if __name__ == "__main__":
    sys.exit(main())
