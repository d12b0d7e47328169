"""A session that hangs: the broker, or the line to it, swallows what is sent and says nothing (R43).

What is counted is what crosses the line.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hubd.errors import LinkError
from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.wan.pump import Pump

from .broker import Broker
from .conftest import AT, eventually, running_hub
from .head_end import HUB, HeadEnd, head_end
from .proxy import proxy

UNANSWERED_S = 0.05


@pytest.fixture
async def head(broker: Broker) -> AsyncIterator[HeadEnd]:
    async with head_end(broker) as listening:
        yield listening


async def unanswered() -> None:
    """As long as the rules wait before they send again."""
    await asyncio.sleep(1.5 * UNANSWERED_S)


async def test_an_alarm_that_the_line_swallowed_goes_out_over_a_new_session_when_it_is_sent_again_r43(
    broker: Broker, journal: Journal, head: HeadEnd
):
    async with (
        proxy(broker.port) as line,
        running_hub(broker, journal, port=line.port, unanswered_s=UNANSWERED_S) as hub,
    ):
        await hub.until_connected()
        line.cut()
        await hub.put(Lane.ALARM)
        hub.link.urge()
        await unanswered()
        assert (head.numbers(Lane.ALARM), line.connections) == ([], 1)
        hub.link.urge()
        await head.until(lambda: head.numbers(Lane.ALARM) == [1])
        assert line.connections == 2


async def test_each_sending_crosses_the_line_while_no_answer_comes_back_r43(
    broker: Broker, journal: Journal, head: HeadEnd
):
    async with (
        proxy(broker.port, answers_alone=True) as line,
        running_hub(broker, journal, port=line.port, unanswered_s=UNANSWERED_S, ack_wait_s=60.0) as hub,
    ):
        await hub.until_connected()
        line.cut()
        await hub.put(Lane.ALARM)
        for sent in (1, 2, 3):
            hub.link.urge()
            await head.until(lambda sent=sent: len(head.numbers(Lane.ALARM)) == sent)
            await hub.until_connected()
            line.cut()
            await unanswered()
        assert head.numbers(Lane.ALARM) == [1, 1, 1]
        assert line.connections > 1


async def test_a_broker_that_answers_is_never_left_however_often_it_is_urged_r43(
    broker: Broker, journal: Journal, head: HeadEnd
):
    async with proxy(broker.port) as line, running_hub(broker, journal, port=line.port) as hub:
        await hub.until_connected()
        await hub.put(Lane.ALARM)
        await eventually(lambda: not hub.link._pump._in_flight)
        for _ in range(20):
            hub.link.urge()
            await asyncio.sleep(0.005)
        assert line.connections == 1


async def test_sessions_that_all_hang_are_left_no_oftener_than_answers_are_waited_for_r43(journal: Journal):
    await journal.commit(lambda c: outbox.put(c, Lane.ALARM, "event", b"{}", AT))
    pump = Pump(HubId(HUB), journal, 60.0, unanswered_s=UNANSWERED_S)
    sessions, sent = 0, list[str]()

    async def session() -> None:
        nonlocal sessions
        sessions += 1
        with pytest.raises(LinkError, match="has not answered"):
            await pump.run(lambda topic, payload, answered: sent.append(topic))

    async def urge() -> None:
        while True:
            pump.send_alarms_again()
            await asyncio.sleep(0.001)

    urging = asyncio.ensure_future(urge())
    began_s = asyncio.get_running_loop().time()
    for _ in range(3):
        await session()
    assert asyncio.get_running_loop().time() - began_s >= 3 * UNANSWERED_S
    assert len(sent) == 3
    urging.cancel()
