"""Waiting for an order's answer, with somebody else's listener or as the listener for so long."""

import asyncio
import time

from hubd.headend import orders
from hubd.headend.book import Desk
from hubd.headend.home import HeadEndConfig, Home
from hubd.headend.orders import Order
from hubd.headend.service import Service, run_until, sole_listener

_LOOK_S = 0.02


async def answer(home: Home, config: HeadEndConfig, request: str, wait_s: float) -> Order:
    """The order, as soon as it is final or refused, or as it stands after `wait_s`. Where nobody listens, this
    listens itself meanwhile.
    """
    desk = Desk(home)
    give_up_s = time.monotonic() + wait_s
    try:
        while not _over(order := await _find(desk, request), give_up_s):
            with sole_listener(home) as ours:
                if ours:
                    service = Service(home, config)
                    order = await run_until(service, lambda: _look_until_over(desk, request, give_up_s))
                    break
            await asyncio.sleep(_LOOK_S)
        return order
    finally:
        desk.close()


async def _look_until_over(desk: Desk, request: str, give_up_s: float) -> Order:
    while not _over(order := await _find(desk, request), give_up_s):
        await asyncio.sleep(_LOOK_S)
    return order


async def _find(desk: Desk, request: str) -> Order:
    return await desk.read(lambda connection: orders.find(connection, request))


def _over(order: Order, give_up_s: float) -> bool:
    return order.final or order.turned_down or time.monotonic() >= give_up_s
