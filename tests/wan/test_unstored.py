"""Alarms that the card does not take: under a journal of their own, until the head-end has them (R43)."""

import asyncio
from dataclasses import dataclass, field

import msgspec

from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.store.journal import Journal
from hubd.wan.messages import Ack, Up, When
from hubd.wan.supply_messages import Began, OutageAlertBody
from hubd.wan.unstored import MOST, Unstored

from .broker import Broker, free_port
from .conftest import AT, Hub, eventually, running_hub
from .head_end import HUB, HeadEnd, head_end
from .proxy import proxy


@dataclass
class Told:
    names: list[str] = field(default_factory=list)

    def say(self, hub: Hub, name: str, attempt: int = 1) -> None:
        moment = When(AT.unix_s, AT.trust)
        body = OutageAlertBody("0123abcd", "alert", Began(moment, moment), 60.0, 1, attempt, "service")
        hub.link.say_unstored(name, "outage_alert", msgspec.json.encode(body), AT, lambda: self.names.append(name))
        hub.link.urge()


def unstored(head: HeadEnd, journal: Journal) -> list[tuple[str, int]]:
    return [(up.journal, up.seq) for up in head.heard if up.journal != journal.journal_id]


async def test_it_is_told_under_another_journal_and_again_until_the_head_end_has_that_one_r43(
    broker: Broker, journal: Journal
):
    told = Told()
    async with head_end(broker) as head, running_hub(broker, journal, ack_wait_s=60.0) as hub:
        await hub.put(Lane.ALARM)
        await head.until(lambda: head.numbers(Lane.ALARM) == [1])
        told.say(hub, "one")
        await head.until(lambda: len(unstored(head, journal)) == 1)
        ((name, seq),) = unstored(head, journal)
        assert seq == 1
        await eventually(lambda: not hub.link._pump._in_flight)
        await head.acknowledge(journal.journal_id, alarm=1)
        async with asyncio.timeout(10):
            while await hub.waiting(Lane.ALARM):
                await asyncio.sleep(0.01)
        assert told.names == [], "the word for one journal is none for the other"
        told.say(hub, "one", attempt=2)
        await head.until(lambda: unstored(head, journal) == [(name, 1)] * 2)
        assert head.heard[-1].body["attempt"] == 2
        await hub.put(Lane.ALARM)
        await head.acknowledge(name, alarm=1)
        await eventually(lambda: told.names == ["one"])
        assert await hub.waiting(Lane.ALARM) == [2]
        hub.link.urge()
        await head.until(lambda: head.numbers(Lane.ALARM)[-1] == 2)
        assert len(unstored(head, journal)) == 2


async def test_each_session_begins_with_what_is_not_stored_r43(broker: Broker, journal: Journal):
    told, line = Told(), free_port()
    async with head_end(broker) as head, running_hub(broker, journal, port=line) as hub:
        told.say(hub, "one")
        async with proxy(broker.port, port=line):
            await head.until(lambda: len(unstored(head, journal)) == 1)


def test_names_keep_their_numbers_and_the_oldest_of_too_many_is_forgotten() -> None:
    kept, told = Unstored(HubId(HUB)), list[str]()
    for number in range(MOST + 1):
        name = f"n{number}"
        kept.put(name, "outage_alert", b"{}", AT, lambda name=name: told.append(name))  # type: ignore[misc]
    kept.put("n5", "outage_alert", b"{}", AT, lambda: told.append("n5"))
    assert sorted(seq for seq, _ in kept.waiting()) == list(range(2, MOST + 2))
    journal = msgspec.json.decode(kept.waiting()[0][1], type=Up).journal
    kept.stored(Ack(1, "ffffffff", {Lane.ALARM: 99}))
    kept.stored(Ack(1, journal, {Lane.READING: 99}))
    assert told == []
    kept.stored(Ack(1, journal, {Lane.ALARM: 6}))
    assert sorted(told) == [f"n{n}" for n in range(1, 6)]
    assert len(kept.waiting()) == MOST - 5
