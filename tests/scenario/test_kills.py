"""Tokens through kill -9 (R30): the daemon dies at every step of a token's path in turn, and then at random."""

import sys
from pathlib import Path

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import METER
from hubd.bench.soak import sell, soak
from tests.scenario.headend_book import eventually, messages

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

MOST_STEPS = 20
PLACES = (
    "before Orders.take",
    "after Orders.take",
    "before Journal.commit",
    "after Journal.commit",
    "before SmartEnergyNetwork.top_up",
    "after SmartEnergyNetwork.top_up",
)


async def test_the_daemon_dies_at_every_step_of_a_token_and_it_counts_once_r30(house: House, tmp_path: Path) -> None:
    daemon, step = house.children["hubd-utility"], tmp_path / "step"
    normal = daemon.argv
    died_at: list[str] = []
    await daemon.kill9()
    dying = [sys.executable, "-m", "hubd.bench.dying_utility", "--config", str(house.layout.utility_config)]
    await daemon.restart([*dying, "--die-at-of", str(step)])
    while len(died_at) < MOST_STEPS:
        last_words = await vend_and_die(house, len(died_at) + 1, step)
        if last_words is None:
            break
        died_at.append(last_words)
    print("\n".join(died_at))
    await daemon.kill9()
    await daemon.restart(normal)
    assert len(died_at) < MOST_STEPS, "at last it outlives the order"
    for place in PLACES:
        assert any(place in line for line in died_at), place


async def vend_and_die(house: House, number: int, step: Path) -> str | None:
    """Sell one token to a daemon that dies at this step, start it again, and look at what became of the token.
    Returns where it died; None where it outlived the order.
    """
    daemon = house.children["hubd-utility"]
    refused_before = len(await messages(house, name="command_refused"))
    step.write_text(str(number))
    sale = await sell(house, f"step-{number}")

    async def ended() -> bool:
        return bool(await messages(house, order=sale["order"], final=True))

    async def ended_or_dead() -> bool:
        return not daemon.running or await ended()

    await eventually(ended_or_dead, 60.0, "death or a receipt")
    step.unlink()  # what comes again after the death is no reason to die again
    died_at = None if daemon.running else daemon.last_words()
    if died_at:
        await daemon.restart()
    await eventually(ended, 60.0, f"the receipt, though it {died_at}")
    accepted = [row["tid"] for row in (await house.meter(METER))["accepted"]]
    assert accepted.count(sale["tid"]) == 1, f"once and no more, though it {died_at}"
    receipts = await messages(house, order=sale["order"], final=True)
    assert {row["body"]["outcome"] for row in receipts} == {"accepted"}, died_at
    assert len(await messages(house, name="command_refused")) == refused_before, (
        f"redelivered is not refused: {died_at}"
    )
    return died_at


async def test_random_kills_of_daemon_and_broker_lose_nothing_and_double_nothing_r30(house: House) -> None:
    result = await soak(house, kills=6, seed=3, say=print)
    assert result.good, result
