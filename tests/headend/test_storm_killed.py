"""`hubctl head listen` under kill -9 in a storm of alarms: none is lost, none counts twice (R44)."""

import asyncio
import contextlib
import time
from functools import partial

import pytest

from hubd.headend import book
from hubd.headend.home import Home
from hubd.headend.outages import tables
from hubd.headend.outages.showing import look
from hubd.model.lane import Lane
from hubd.model.stamp import TimeTrust
from hubd.wan.messages import When
from hubd.wan.supply_messages import Began, OutageAlertBody

from .conftest import HUB, OTHER_HUB, Broker, FakeHub, config_of, fake_hub, until
from .test_listener_killed import listener

pytestmark = pytest.mark.process

STORM = 150
KILLS = 3


def alert(number: int, now_s: float) -> OutageAlertBody:
    began = When(now_s - 60.0, TimeTrust.NETWORK)
    return OutageAlertBody(f"0a1b2c3d-{number}", "alert", Began(began, began), 60.0, 1, 1, "service")


async def flood(hub: FakeHub, now_s: float) -> None:
    for number in range(1, STORM + 1):
        await hub.say(Lane.ALARM, number, "outage_alert", alert(number, now_s))


def stored_some(hub: FakeHub, above: int) -> bool:
    return hub.stored(Lane.ALARM) > above


async def test_a_listener_killed_again_and_again_in_a_storm_loses_no_alarm_r44(home: Home, broker: Broker) -> None:
    """Each hub says each alarm once: what was taken and not stored, the broker brings again."""
    places = {HUB: ("F1", "S1", "T1", "h1"), OTHER_HUB: ("F1", "S1", "T1", "h2")}
    with contextlib.closing(book.open_book(home)) as connection, book.transaction(connection):
        tables.import_places(connection, places)
    now_s = time.time()
    async with fake_hub(home) as one, fake_hub(home, OTHER_HUB) as other, asyncio.TaskGroup() as group:
        with listener(home):  # the durable session at the broker begins with the first listener
            await until((home.path / "listen.lock").exists)
            await one.say(Lane.ALARM, 1, "outage_alert", alert(1, now_s))
            while not one.stored(Lane.ALARM):
                await one.say(Lane.ALARM, 1, "outage_alert", alert(1, now_s))
                await asyncio.sleep(0.05)
        for hub in (one, other):
            group.create_task(flood(hub, now_s))
        for _ in range(KILLS):
            above = one.stored(Lane.ALARM)
            with listener(home):
                await until(partial(stored_some, one, min(above + 20, STORM - 1)))
        with listener(home):
            await until(lambda: one.stored(Lane.ALARM) == other.stored(Lane.ALARM) == STORM)
    with contextlib.closing(book.open_book(home)) as connection:
        assert (
            connection.execute("SELECT count(*) FROM inbound WHERE kind = 'outage_alert'").fetchone()[0] == 2 * STORM
        )
        assert connection.execute("SELECT count(*) FROM losses").fetchone()[0] == 2 * STORM
        picture = look(connection, time.time() + 60, config_of(home).outages)
        assert picture.customers_off == 2
