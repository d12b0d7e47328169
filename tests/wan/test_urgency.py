"""An alert that cannot wait, and the last will that can (R43, R44)."""

import asyncio
import time

from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.mqtt import paho_doors
from hubd.store.journal import Journal
from hubd.wan.link import WanLink
from hubd.wan.messages import Status

from .broker import Broker
from .conftest import config_of, eventually, running_hub
from .head_end import HUB, head_end


async def test_alarms_that_nobody_has_stored_are_sent_again_when_urged_and_nothing_else_is_r43(
    broker: Broker, journal: Journal
):
    async with head_end(broker) as head, running_hub(broker, journal, ack_wait_s=60.0) as hub:
        await hub.put(Lane.ALARM)
        await hub.put(Lane.READING)
        await head.until(lambda: len(head.heard) == 2)
        for times in (2, 3):
            await eventually(lambda: not hub.link._pump._in_flight)  # else the broker still owes its answer
            hub.link.urge()
            await head.until(lambda times=times: head.numbers(Lane.ALARM) == [1] * times)
        await head.acknowledge(journal.journal_id, alarm=1)
        async with asyncio.timeout(10):
            while await hub.waiting(Lane.ALARM):
                await asyncio.sleep(0.01)
        hub.link.urge()
        await hub.put(Lane.ALARM)
        await head.until(lambda: 2 in head.numbers(Lane.ALARM))
        assert head.numbers(Lane.ALARM) == [1, 1, 1, 2]
        assert head.numbers(Lane.READING) == [1]


async def test_what_the_head_end_has_stored_is_told_once_it_is_gone_from_the_outbox_r43(
    broker: Broker, journal: Journal
):
    stored: list[int] = []
    link = WanLink(
        config_of(broker),
        HubId(HUB),
        journal,
        lambda role, payload: asyncio.sleep(0),
        lambda: Status(v=1, hub=HUB, state="online", journal=journal.journal_id),
        lambda lanes: stored.append(lanes[Lane.ALARM]),
    )
    async with head_end(broker) as head, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(link.run())
        await eventually(lambda: link.connected)
        await head.acknowledge(journal.journal_id, alarm=0)
        await eventually(lambda: stored == [0])
        running.cancel()


async def test_without_a_session_urging_tries_for_one_at_once_r43(broker: Broker, journal: Journal):
    async with running_hub(broker, journal, first_retry_s=120.0, longest_retry_s=120.0) as hub:
        await hub.until_connected()
        broker.kill()
        await hub.until_connected(False)
        broker.start()
        await asyncio.sleep(0.05)
        began_s = time.monotonic()
        while not hub.link.connected:
            hub.link.urge()
            await asyncio.sleep(0.05)
            assert time.monotonic() - began_s < 15.0


BACK_WITHIN_S = 3


async def test_a_hub_that_is_back_within_the_will_s_delay_was_never_gone_r44(broker: Broker, journal: Journal):
    def link(will_delay_s: int) -> WanLink:
        told = Status(v=1, hub=HUB, state="online", journal=journal.journal_id)
        config = config_of(broker, will_delay_s=will_delay_s)
        return WanLink(config, HubId(HUB), journal, lambda role, payload: asyncio.sleep(0), lambda: told)

    async with head_end(broker) as head:
        client = link(BACK_WITHIN_S)._client()
        await client.__aenter__()
        paho_doors.abandon(client)  # the socket is gone; no word of parting
        lost_s = time.monotonic()
        async with running_hub(broker, journal, will_delay_s=BACK_WITHIN_S) as hub:
            await hub.until_connected()
            await head.until(lambda: bool(head.statuses))
            await asyncio.sleep(lost_s + BACK_WITHIN_S + 0.5 - time.monotonic())  # the will would have come by then
            assert [status.state for status in head.statuses] == ["online"]
        head.statuses.clear()
        client = link(1)._client()
        await client.__aenter__()
        lost_s = time.monotonic()
        paho_doors.abandon(client)
        await head.until(lambda: bool(head.statuses))
        assert head.statuses[-1].state == "offline"
        assert time.monotonic() - lost_s >= 0.9
