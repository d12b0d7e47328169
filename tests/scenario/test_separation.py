"""Vending is separate from management on the way to the meter, too (R5)."""

import pytest

from hubd.bench.house.house import House
from hubd.bench.measure.backlog import pouring
from tests.scenario.headend_book import eventually

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

ORDERS = 150


async def test_a_token_overtakes_the_management_orders_before_it_r5(house: House) -> None:
    _, _, obeyed_before = await pouring(house, ORDERS)
    assert obeyed_before < ORDERS, "the token was on the meter while orders that came before it still waited"

    async def all_obeyed() -> bool:
        return not (await house.ask({"do": "status"}))["orders_waiting"]

    await eventually(all_obeyed, 60.0, "the orders are obeyed as well")
