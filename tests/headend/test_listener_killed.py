"""`hubctl head listen` under kill -9: nothing that hubs sent is lost, counters only rise (R30)."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import pytest

from hubd.headend import book, orders, vending
from hubd.headend.home import Home
from hubd.headend.vending import Vend
from hubd.model.lane import Lane
from hubd.wan.messages import EventBody

from .conftest import PAN, Broker, FakeHub, fake_hub, until

pytestmark = pytest.mark.process

HUBCTL = Path(sys.executable).parent / "hubctl"
MESSAGES = 300
EVENT = EventBody(name="started")


@contextlib.contextmanager
def listener(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([HUBCTL, "head", "listen", "--home", home.path], stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def sell(home: Home, request: str) -> str:
    with contextlib.closing(book.open_book(home)) as connection, book.transaction(connection):
        result = vending.vend(connection, request, PAN, 100, home.config(), time.time())
    assert isinstance(result, Vend)
    return result.order.jti


def _above(hub: FakeHub, seq: int) -> bool:
    return hub.stored(Lane.READING) > seq


def said(hub: FakeHub) -> list[dict[str, Any]]:
    return [jwt.decode(payload, options={"verify_signature": False}) for _, payload in hub.commands]


async def test_a_listener_killed_in_the_middle_loses_no_message_and_sends_every_order_r30(
    home: Home, broker: Broker
) -> None:
    """The hub says everything once: what the killed listener had taken and not stored, the broker brings again."""
    async with fake_hub(home) as hub:
        seq, sold = 1, []
        with listener(home):  # the durable session at the broker begins with the first listener
            while not hub.stored(Lane.READING):
                await hub.say(Lane.READING, 1, "event", EVENT)
                await asyncio.sleep(0.05)
        for number in range(3):
            enough = hub.stored(Lane.READING)
            with listener(home):
                sold.append(sell(home, f"r-{number}"))
                for _ in range(MESSAGES // 3):
                    await hub.say(Lane.READING, seq := seq + 1, "event", EVENT)
                await until(partial(_above, hub, enough))
        with listener(home):
            await until(lambda: hub.stored(Lane.READING) == seq)
            await until(lambda: {told["jti"] for told in said(hub)} == set(sold))
        counters = [told["ctr"] for told in said(hub)]
        assert counters == sorted(set(counters))
    with contextlib.closing(book.open_book(home)) as connection:
        assert [order.jti for order in reversed(orders.recent(connection, 10))] == sold
        assert connection.execute("SELECT count(*) FROM inbound").fetchone()[0] == seq == MESSAGES + 1
