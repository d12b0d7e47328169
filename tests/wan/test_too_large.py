"""What the broker does not take must neither stop its lane nor vanish (R30): an event stands in its place."""

import asyncio

import msgspec
import pytest

from hubd.model.lane import Lane
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.wan import topics
from hubd.wan.messages import EventBody, ReceiptBody
from hubd.wan.too_large import USUAL_MOST_OCTETS, packet_octets

from .broker import Broker
from .conftest import AT, Hub, running_hub
from .examples import METER
from .head_end import HUB, WITHIN_S, HeadEnd, head_end

WORDS_OCTETS = 900_000


async def put(hub: Hub, lane: Lane, kind: str, body: msgspec.Struct) -> None:
    await hub.journal.commit(lambda c: outbox.put(c, lane, kind, msgspec.json.encode(body), AT))
    hub.link.notify()


async def stored_and_deleted(hub: Hub, head: HeadEnd, lane: Lane, last: int) -> None:
    await head.until(lambda: set(head.numbers(lane)) == set(range(1, last + 1)))
    await head.acknowledge(hub.journal.journal_id, **{str(lane): last})
    async with asyncio.timeout(WITHIN_S):
        while await hub.waiting(lane):
            await asyncio.sleep(0.01)


def sessions(broker: Broker) -> int:
    return (broker.folder / "log").read_text().count("New client connected from 127.0.0.1") - 1  # and the head-end


@pytest.mark.process
@pytest.mark.parametrize("more", ["max_packet_size 65536", "max_packet_size 20000", ""])
async def test_a_message_above_the_brokers_limit_becomes_an_event_of_its_number_and_the_lane_goes_on_r30(
    broker: Broker, journal: Journal, more: str
) -> None:
    broker.kill()
    broker.more = more
    broker.start()
    async with head_end(broker) as head, running_hub(broker, journal) as hub:
        await hub.until_connected()
        await hub.put(Lane.RECEIPT)
        await put(
            hub, Lane.RECEIPT, "receipt", ReceiptBody("order-9", "vend", "done", True, METER, "x" * WORDS_OCTETS)
        )
        await hub.put(Lane.RECEIPT)
        await stored_and_deleted(hub, head, Lane.RECEIPT, 3)
        assert [up.kind for up in sorted(head.heard, key=lambda up: up.seq)] == ["receipt", "event", "receipt"]
        said = msgspec.convert(next(up.body for up in head.heard if up.seq == 2), EventBody)
        assert (said.name, said.device, said.order) == ("message_too_large", METER, "order-9")
        assert said.detail is not None
        limit = int(more.split()[1]) if more else USUAL_MOST_OCTETS
        assert (said.detail["kind"], said.detail["most_octets"]) == ("receipt", limit)
        assert int(said.detail["octets"]) > WORDS_OCTETS
        assert sessions(broker) == 1, "the session outlived it"


@pytest.mark.process
@pytest.mark.parametrize("above", [0, 1])
async def test_the_limit_is_the_whole_packet_to_the_octet(broker: Broker, journal: Journal, above: int) -> None:
    broker.kill()
    broker.more = "max_packet_size 20000"
    broker.start()
    topic = topics.up(HUB, Lane.EVENT)
    async with head_end(broker) as head, running_hub(broker, journal) as hub:
        await hub.until_connected()
        await put(hub, Lane.EVENT, "event", EventBody("started", reason=""))
        await head.until(lambda: len(head.heard) == 1)
        bare = msgspec.json.encode(head.heard[0])
        room = next(n for n in range(20_000) if packet_octets(topic, bare + b"x" * n) == 20_000)
        await put(hub, Lane.EVENT, "event", EventBody("started", reason="x" * (room + above)))
        await hub.put(Lane.EVENT)
        await head.until(lambda: len(head.heard) == 3)
        assert [up.body["name"] for up in head.heard] == [
            "started",
            ["started", "message_too_large"][above],
            "started",
        ]
        assert sessions(broker) == 1


@pytest.mark.process
async def test_what_was_stuck_behind_a_message_too_large_goes_when_a_hub_that_knows_better_takes_over(
    broker: Broker, journal: Journal
) -> None:
    broker.kill()
    broker.more = "max_packet_size 65536"
    broker.start()
    words = EventBody("started", reason="x" * WORDS_OCTETS)
    await journal.commit(lambda c: outbox.put(c, Lane.EVENT, "event", msgspec.json.encode(words), AT))
    async with head_end(broker) as head, running_hub(broker, journal) as hub:
        await hub.until_connected()
        for lane in Lane:
            await hub.put(lane)
        await head.until(lambda: {up.lane for up in head.heard} == set(Lane))
