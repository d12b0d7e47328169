"""Vending is separate from every other role on the way to the meter, too (R5)."""

import asyncio

import jwt
import pytest

from hubd.bench.house.layout import METER
from hubd.bench.measure.backlog import ASKS, publish
from hubd.headend.inbound import all_messages
from hubd.model.roles import Role
from tests.scenario.headend_book import eventually, until_radio_is_up, vend
from tests.scenario.overheard import HeardHouse

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

ORDERS = 200
MOST_BEFORE = ORDERS // 10
"""Of each role: some may be obeyed where the broker pauses while it hands them over."""


def handed_over(house: HeardHouse, order: str) -> bool:
    """The head-end has published this order of vending."""
    vends = [
        payload
        for topic, payload in house.heard
        if topic.endswith(f"/down/{Role.VENDING}") and payload not in house.forged
    ]
    return any(jwt.decode(each, options={"verify_signature": False})["jti"] == order for each in vends)


async def test_a_token_overtakes_the_orders_of_other_roles_that_wait_before_it_r5(house: HeardHouse) -> None:
    """All of them are at the broker, the token last, when the hub comes back. What was obeyed before the token is
    known by the hub's own numbers: each receipt has the next one.
    """
    daemon = house.children["hubd-utility"]
    await daemon.stop()
    load = {role: set(await publish(house, ORDERS, role)) for role in ASKS}
    sale = await vend(house, "--meter", METER.pan, "--amount", "0.07", wait_s=0.0, expect=frozenset({0, 5}))
    await eventually(
        lambda: handed_over(house, str(sale["order"])), 30.0, "the broker has the token, behind the others"
    )
    await daemon.restart()
    await until_radio_is_up(house)
    ends = await eventually(lambda: _all_ended(house, {str(sale["order"])}.union(*load.values())), 90.0, "all obeyed")
    for role, names in load.items():
        before = sum(ends[name] < ends[sale["order"]] for name in names)
        assert before <= MOST_BEFORE, f"{before} of {ORDERS} orders of {role} went before the token behind them"


async def _all_ended(house: HeardHouse, orders: set[str]) -> dict[str, int] | None:
    """The number of each order's final receipt, in the hub's own counting; None: some have not ended."""
    rows = await asyncio.to_thread(all_messages, house.layout.headend)
    ends = {row["body"]["order"]: row["seq"] for row in rows if row["kind"] == "receipt" and row["body"]["final"]}
    return ends if orders <= set(ends) else None
