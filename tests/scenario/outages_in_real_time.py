"""The canonical stories on the running house in real time, reclosers with their own times (`make outage-house`)."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from hubd.bench.house.house import House
from tests.scenario.headend_book import eventually
from tests.scenario.outage_house import OutageHouse, begin

pytestmark = [pytest.mark.process, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]


SHED_WITHIN_S = 2.0


@pytest_asyncio.fixture(loop_scope="session")
async def slow(house: House) -> AsyncIterator[OutageHouse]:
    await eventually(lambda: house.children["hubd-utility"].running, 30.0, "the daemon runs")
    slow = OutageHouse(house, 1.0, 0)
    await slow.ready()
    yield await begin(slow)


def say(words: str, *messages: dict[str, Any]) -> None:
    print(time.strftime("%H:%M:%S"), words, *messages, sep="\n    ", flush=True)


async def test_a_reclosing_that_succeeds_is_one_momentary_event_r41(slow: OutageHouse) -> None:
    consumer = slow.house.children["hubd-consumer"]
    await slow.trip("recloser-success")
    lost_s = time.monotonic()
    await eventually(lambda: not consumer.running, 10.0, "the consumer daemon is stopped")
    shed_s = time.monotonic() - lost_s
    say(f"load was shed {shed_s:.2f} s after the loss")
    assert shed_s <= SHED_WITHIN_S
    (momentary,) = await slow.until_told("outage_momentary")
    say("recloser success", momentary)
    assert momentary["operations"] == 3
    assert momentary["lasted_s"] == pytest.approx(17.1, abs=0.3)


async def test_a_lock_out_is_told_once_though_the_hub_dies_in_the_wait_and_in_the_send_r43(slow: OutageHouse) -> None:
    began = time.time()
    await slow.house.ask_grid({"do": "trip", "story": "s", "table": {"fault": {"below": "f1"}}})
    await slow.killed_in_the_wait_and_in_the_send(4)
    (alert,) = await slow.until_told("outage_alert")
    assert (alert["claim"], alert["operations"]) == ("alert", 4)
    await slow.put(True)
    alert, restored = await slow.until_told("outage_alert", "outage_restored")
    say("lock-out", alert, restored)
    assert restored["outage"] == alert["outage"]
    for body in (alert, restored):
        assert body["began"]["earliest"]["unix_s"] == pytest.approx(began, abs=0.5)


async def test_a_blown_fuse_is_told_by_those_behind_it_r41_r43(slow: OutageHouse) -> None:
    await slow.trip("blown-fuse")
    (alert,) = await slow.until_told("outage_alert")
    assert (alert["operations"], alert["attempt"]) == (3, 1)
    assert 60.0 <= alert["off_for_s"] <= 65.1
    assert alert["since_first_s"] - alert["off_for_s"] == pytest.approx(10.9, abs=0.3)
    assert (await slow.house.ask_grid({"do": "state"}))["hubs"] == {"hub-0001": "off", "hub-0002": "on"}
    alert, restored = await slow.until_told("outage_alert", "outage_restored")
    say("blown fuse", alert, restored)
    assert restored["outage"] == alert["outage"]
    assert restored["lasted_s"] == pytest.approx(150.0, abs=0.5)
