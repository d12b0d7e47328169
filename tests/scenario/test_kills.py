"""Tokens through kill -9 (R30): the daemon dies at every step of a token's path in turn, and then at random."""

import sys

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import METER
from hubd.bench.soak import sell, soak
from tests.scenario.headend_book import eventually, messages

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

MOST_STEPS = 20


async def test_the_daemon_dies_at_every_step_of_a_token_and_it_counts_once_r30(house: House) -> None:
    daemon = house.children["hubd-utility"]
    normal = daemon.argv
    died_at: list[str] = []
    for step in range(1, MOST_STEPS + 1):
        await daemon.kill9()
        dying = [sys.executable, "-m", "hubd.bench.dying_utility"]
        await daemon.restart([*dying, "--config", str(house.layout.utility_config), "--die-at", str(step)])
        sale = await sell(house, f"step-{step}")
        await eventually(lambda: _ended(house, sale["order"]) if daemon.running else True, 60.0, "death or a receipt")
        if daemon.running:
            break
        died_at.append(daemon.last_words())
        await daemon.restart(normal)
        await eventually(lambda: _ended(house, sale["order"]), 60.0, f"the receipt after {died_at[-1]}")
        accepted = [row["tid"] for row in (await house.meter(METER))["accepted"]]
        assert accepted.count(sale["tid"]) == 1, f"once and no more, though it {died_at[-1]}"
        receipts = await messages(house, order=sale["order"], final=True)
        assert {row["body"]["outcome"] for row in receipts} == {"accepted"}, died_at[-1]
    assert not daemon.running or len(died_at) >= 8
    print("\n".join(died_at))
    wanted = {"before Orders.take", "after Orders.take", "before Journal.commit", "before SmartEnergyNetwork.top_up"}
    assert all(any(place in line for line in died_at) for place in wanted | {"after SmartEnergyNetwork.top_up"})
    await daemon.kill9()
    await daemon.restart(normal)


async def _ended(house: House, order: str) -> bool:
    return bool(await messages(house, order=order, final=True))


async def test_random_kills_of_daemon_and_broker_lose_nothing_and_double_nothing_r30(house: House) -> None:
    result = await soak(house, kills=6, seed=3, say=print)
    assert result.good, result
