"""A meter without power becomes unavailable at Home Assistant, and the head-end hears of it once (R24, R49)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiomqtt
import pytest
import pytest_asyncio

from hubd.bench.house.house import House
from hubd.bench.house.layout import LAB_METER
from tests.scenario.headend_book import eventually, messages, until_radio_is_up

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

WITHIN_S = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asked_often(house: House) -> AsyncIterator[House]:
    """The house with a daemon that asks its meters every other second."""
    configuration, daemon = house.layout.utility_config, house.children["hubd-utility"]
    before = configuration.read_text()
    configuration.write_text(before.replace("poll_s = 60", "poll_s = 2"))
    await daemon.stop()
    await daemon.restart()
    await until_radio_is_up(house, WITHIN_S)
    yield house
    configuration.write_text(before)
    await daemon.stop()
    await daemon.restart()
    await until_radio_is_up(house, WITHIN_S)


@asynccontextmanager
async def availability(house: House) -> AsyncIterator[list[str]]:
    """What the consumer's broker says of the meter, from "online" on."""
    said: list[str] = []

    async def watch() -> None:
        async with aiomqtt.Client("127.0.0.1", house.layout.consumer_port) as client:
            await client.subscribe("hubd/electricity-2/availability")
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                said.append(message.payload.decode())

    watching = asyncio.ensure_future(watch())
    try:
        await eventually(lambda: said[-1:] == ["online"], WITHIN_S, "the meter is available")
        yield said
    finally:
        watching.cancel()
        await asyncio.wait({watching})


async def power(house: House, on: bool) -> None:
    await house.ask_air({"do": "power", "ieee": LAB_METER.ieee, "on": on})


async def told(house: House) -> list[str]:
    rows = await messages(house, device=LAB_METER.ieee)
    return [row["body"]["name"] for row in rows if row["body"].get("name") in ("meter_silent", "meter_back")]


async def test_a_meter_without_power_is_unavailable_and_told_of_until_it_is_back_r24_r49(asked_often: House) -> None:
    house = asked_often
    before = len(await told(house))
    async with availability(house) as said:
        try:
            await power(house, False)
            await eventually(lambda: said[-1] == "offline", WITHIN_S, "the meter is unavailable")
        finally:
            await power(house, True)
        await eventually(lambda: said[-1] == "online", WITHIN_S, "the meter is available again")

    async def both_told() -> bool:
        """What an earlier loss of supply left on its way may come first."""
        return (await told(house))[before:][-2:] == ["meter_silent", "meter_back"]

    await eventually(both_told, WITHIN_S, "its silence and its end are told once each")


async def test_a_radio_that_is_lost_makes_every_meter_unavailable_until_it_answers_r49(asked_often: House) -> None:
    async with availability(asked_often) as said:
        await asked_often.ask_air({"do": "fault", "kind": "port_loss", "for_s": 3.0})
        await eventually(lambda: said[-1] == "offline", WITHIN_S, "the meter is unavailable")
        await eventually(lambda: said[-1] == "online", WITHIN_S, "the meter is available again")
    await until_radio_is_up(asked_often, WITHIN_S)
