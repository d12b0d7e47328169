"""The link on a real broker: nothing acknowledged before it is kept, nothing deleted before it is stored (R30)."""

import asyncio
import logging

import pytest

from hubd.errors import NoRoomError, StoreError
from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.store import sendings
from hubd.store.journal import Journal
from hubd.wan import topics
from hubd.wan.link import MOST_ON_THE_WAY

from .broker import Broker
from .conftest import eventually, running_hub
from .head_end import HUB, head_end

pytestmark = pytest.mark.process


async def test_each_role_s_commands_come_with_their_role_in_the_order_of_sending(broker: Broker, journal: Journal):
    async with head_end(broker) as head, running_hub(broker, journal) as hub:
        await hub.until_connected()
        sent = [(role, f"{role}-{n}".encode()) for n in range(5) for role in Role]
        for role, payload in sent:
            await head.order(role, payload)
        await eventually(lambda: len(hub.orders) == len(sent))
        for role in Role:
            assert [o for o in hub.orders if o[0] is role] == [o for o in sent if o[0] is role]


def test_whatever_may_come_a_second_time_after_a_kill_is_still_known_by_its_bytes():
    assert sendings.KEPT_OF_A_KEY >= 2 * MOST_ON_THE_WAY


async def test_an_order_that_was_not_kept_comes_again_and_the_ones_behind_it_too(broker: Broker, journal: Journal):
    """The hub dies while it writes: the broker was told nothing, so it still has the order."""
    writing = asyncio.Event()

    async def dies(role: Role, payload: bytes) -> None:
        writing.set()
        await asyncio.Event().wait()

    async with head_end(broker) as head:
        async with running_hub(broker, journal, dies) as hub:
            await hub.until_connected()
            for n in range(3):
                await head.order(Role.VENDING, b"order-%d" % n)
            await asyncio.wait_for(writing.wait(), 10)
        async with running_hub(broker, journal) as again:
            await eventually(lambda: len(again.orders) == 3)
            assert [payload for _, payload in again.orders] == [b"order-0", b"order-1", b"order-2"]


async def test_an_order_that_was_kept_does_not_come_again(broker: Broker, journal: Journal):
    async with head_end(broker) as head:
        async with running_hub(broker, journal) as hub:
            await hub.until_connected()
            await head.order(Role.VENDING, b"first")
            await eventually(lambda: len(hub.orders) == 1)
        await head.order(Role.VENDING, b"while away")
        async with running_hub(broker, journal) as again:
            await eventually(lambda: len(again.orders) == 1)
            assert again.orders == [(Role.VENDING, b"while away")]


async def test_a_full_card_acknowledges_nothing_and_the_order_is_taken_when_there_is_room(
    broker: Broker, journal: Journal, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING)
    attempts: list[bytes] = []

    async def has_no_room_twice(role: Role, payload: bytes) -> None:
        attempts.append(payload)
        if len(attempts) <= 2:
            raise StoreError("not written: database or disk is full")

    async with head_end(broker) as head, running_hub(broker, journal, has_no_room_twice) as hub:
        await hub.until_connected()
        await head.order(Role.VENDING, b"order")
        await eventually(lambda: len(attempts) == 3)
        await hub.until_connected()
    warnings = [record.getMessage() for record in caplog.records if record.name == "hubd.wan.link"]
    assert [words for words in warnings if "left with the broker" in words] == [
        "orders are left with the broker, and tried again until they can be kept: "
        "not written: database or disk is full"
    ], "an outage of the card is told once"


@pytest.mark.parametrize("kind", [NoRoomError, StoreError])
async def test_a_card_that_takes_nothing_keeps_the_session_up_and_the_head_end_s_word_makes_room_r30(
    broker: Broker, journal: Journal, kind: type[StoreError]
):
    """The command waits for room, unacknowledged; what the head-end has stored behind it is deleted meanwhile."""
    attempts: list[bytes] = []
    room = asyncio.Event()

    async def needs_room(role: Role, payload: bytes) -> None:
        attempts.append(payload)
        if not room.is_set():
            raise kind("not written: database or disk is full")

    async with head_end(broker) as head, running_hub(broker, journal, needs_room) as hub:
        await hub.put(Lane.READING, 3)
        await hub.until_connected()
        await head.until(lambda: len(head.statuses) > 0)
        await head.order(Role.VENDING, b"order")
        await eventually(lambda: len(attempts) > 2)
        statuses = len(head.statuses)
        await head.acknowledge(journal.journal_id, reading=3)
        async with asyncio.timeout(10):
            while await hub.waiting(Lane.READING):
                await asyncio.sleep(0.02)
        assert _pubacks(broker) == 0, "the broker is told nothing yet, and keeps both"
        room.set()
        await eventually(lambda: _pubacks(broker) == 2)
        assert (hub.link.connected, len(head.statuses)) == (True, statuses), "one session all the time"


async def test_who_floods_a_hub_whose_card_takes_nothing_fills_no_memory_r4(broker: Broker, journal: Journal):
    """Messages of QoS 0 are bounded by no broker. What is to be acknowledged gets through all the same."""
    room, taken = asyncio.Event(), list[bytes]()

    async def needs_room(role: Role, payload: bytes) -> None:
        await room.wait()
        taken.append(payload)

    async with head_end(broker) as head, running_hub(broker, journal, needs_room) as hub:
        await hub.until_connected()
        for _ in range(4 * MOST_ON_THE_WAY):
            await head.client.publish(topics.down(HUB, Role.VENDING), b"flood", qos=0)
        await head.order(Role.VENDING, b"order")
        await hub.put(Lane.READING, 1)
        await head.acknowledge(journal.journal_id, reading=1)  # behind all of that: when it is heard, all has come
        async with asyncio.timeout(10):
            while await hub.waiting(Lane.READING):
                await asyncio.sleep(0.02)
        room.set()
        await eventually(lambda: b"order" in taken)
        assert len(taken) <= 2 * MOST_ON_THE_WAY + 1


async def test_a_taking_that_was_begun_goes_on_when_the_session_is_lost_r30(broker: Broker, journal: Journal):
    """Between an order's commit and its beginning is a wait: who cancels there leaves it on disk and unbegun."""
    begun, go_on, done = asyncio.Event(), asyncio.Event(), list[bytes]()

    async def slow(role: Role, payload: bytes) -> None:
        begun.set()
        await go_on.wait()
        done.append(payload)

    async with head_end(broker) as head, running_hub(broker, journal, slow) as hub:
        await hub.until_connected()
        await head.order(Role.VENDING, b"order")
        await asyncio.wait_for(begun.wait(), 10)
        broker.kill()
        async with asyncio.timeout(10):
            while hub.link.connected:
                await hub.put(Lane.READING)  # sending is what notices the loss
                await asyncio.sleep(0.01)
        go_on.set()
        await eventually(lambda: done == [b"order"])


async def test_messages_arrive_in_the_order_of_their_commits(broker: Broker, journal: Journal):
    async with head_end(broker) as head, running_hub(broker, journal) as hub:
        await hub.until_connected()
        await hub.put(Lane.READING, 50)
        await head.until(lambda: len(head.heard) == 50)
        assert head.numbers(Lane.READING) == list(range(1, 51))


async def test_what_waited_leaves_by_priority_and_in_order(broker: Broker, journal: Journal):
    async with running_hub(broker, journal) as filled:
        await filled.until_connected()
        broker.kill()
        await filled.until_connected(False)
        for lane in reversed(Lane):
            await filled.put(lane, 30)
    broker.start()
    async with head_end(broker) as head, running_hub(broker, journal):
        await head.until(lambda: len(head.heard) >= 30 * len(Lane))
        first_of = {lane: next(i for i, up in enumerate(head.heard) if up.lane is lane) for lane in Lane}
        assert sorted(Lane, key=first_of.__getitem__) == list(Lane)
        for lane in Lane:
            assert head.numbers(lane)[:30] == list(range(1, 31))


async def test_only_the_head_ends_word_for_this_journal_deletes(broker: Broker, journal: Journal):
    async with head_end(broker) as head, running_hub(broker, journal) as hub:
        await hub.until_connected()
        await hub.put(Lane.READING, 3)
        await hub.put(Lane.ALARM, 1)
        await head.until(lambda: len(head.heard) == 4)
        await head.acknowledge("ffffffff", reading=3)
        await head.acknowledge(journal.journal_id, reading=2)
        async with asyncio.timeout(10):
            while await hub.waiting(Lane.READING) != [3]:
                await asyncio.sleep(0.02)
        assert await hub.waiting(Lane.ALARM) == [1]


async def test_a_message_says_what_comes_before_it_where_that_is_not_the_number_below(
    broker: Broker, journal: Journal
):
    """So a head-end with another book knows what it need not wait for."""
    async with running_hub(broker, journal) as filled:
        await filled.until_connected()
        broker.kill()
        await filled.until_connected(False)
        await filled.put(Lane.READING, 7)
    await journal.commit(lambda c: c.execute("DELETE FROM outbox WHERE place & 65535 IN (1, 2, 4, 5)") and None)
    broker.start()
    async with head_end(broker) as head, running_hub(broker, journal):
        await head.until(lambda: len(head.heard) >= 3)
        assert [(up.seq, up.after) for up in head.heard[:3]] == [(3, 0), (6, 3), (7, None)]


@pytest.mark.parametrize("killed", ["while online", "while the head-end was away"])
async def test_what_a_killed_broker_lost_is_sent_again(broker: Broker, journal: Journal, killed: str):
    async with running_hub(broker, journal, ack_wait_s=1.0) as hub:  # the hub may be back before the head-end hears
        await hub.until_connected()
        if killed == "while online":
            async with head_end(broker) as head:
                await hub.put(Lane.RECEIPT, 10)
                await head.until(lambda: len(head.heard) == 10)
                broker.kill()
        else:
            await hub.put(Lane.RECEIPT, 10)
            broker.kill()
        await hub.until_connected(False)
        await hub.put(Lane.RECEIPT, 5)
        broker.start()
        async with head_end(broker) as head:
            await head.until(lambda: set(head.numbers(Lane.RECEIPT)) == set(range(1, 16)))
            await head.acknowledge(journal.journal_id, receipt=15)
            async with asyncio.timeout(10):
                while await hub.waiting(Lane.RECEIPT):
                    await asyncio.sleep(0.02)


async def test_without_word_it_is_sent_again_even_while_new_readings_keep_coming(broker: Broker, journal: Journal):
    """A head-end that missed one message must get it, and a busy meter must not put that off for ever."""
    async with head_end(broker) as head, running_hub(broker, journal, ack_wait_s=2.0) as hub:
        await hub.until_connected()

        async def keep_reading() -> None:
            while True:
                await hub.put(Lane.READING)
                await asyncio.sleep(0.05)

        reading = asyncio.ensure_future(keep_reading())
        await head.until(lambda: head.numbers(Lane.READING).count(1) >= 2)
        reading.cancel()


async def test_a_receipt_nobody_stored_is_sent_again_though_readings_are_stored_one_after_another(
    broker: Broker, journal: Journal
):
    """A head-end that lost its session gets what it missed in each lane, however busy another lane is (R30)."""
    async with head_end(broker) as head, running_hub(broker, journal, ack_wait_s=2.0) as hub:
        await hub.until_connected()
        await hub.put(Lane.RECEIPT)

        async def keep_reading_and_storing() -> None:
            while True:
                await hub.put(Lane.READING)
                if stored := head.numbers(Lane.READING):
                    await head.acknowledge(journal.journal_id, reading=stored[-1])
                await asyncio.sleep(0.05)

        reading = asyncio.ensure_future(keep_reading_and_storing())
        try:
            await head.until(lambda: head.numbers(Lane.RECEIPT).count(1) >= 2)
            assert head.numbers(Lane.READING).count(1) == 1, "what was stored is not sent again"
        finally:
            reading.cancel()


async def test_a_word_about_messages_never_sent_deletes_nothing_and_stops_nothing(broker: Broker, journal: Journal):
    async with head_end(broker) as head, running_hub(broker, journal) as hub:
        await hub.until_connected()
        await hub.put(Lane.READING, 2)
        await head.until(lambda: len(head.heard) == 2)
        await head.acknowledge(journal.journal_id, reading=1_000)
        await hub.put(Lane.ALARM)
        await head.until(lambda: len(head.numbers(Lane.ALARM)) == 1)
        await head.acknowledge(journal.journal_id, alarm=1)  # heard behind the other
        async with asyncio.timeout(20):
            while await hub.waiting(Lane.ALARM):
                await asyncio.sleep(0.02)
        await hub.put(Lane.READING, 2)
        await head.until(lambda: set(head.numbers(Lane.READING)) >= {3, 4})
        assert await hub.waiting(Lane.READING) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"v":1,"journal":"J","stored":{"reading":99999999999999999999999}}',
        b'{"v":1,"journal":"J","stored":{"reading":-1}}',
        b'{"v":1,"journal":"J","stored":{"poetry":1}}',
        b'{"v":1,"journal":"J","stored":{},"more":' + b"[" * 5_000,
    ],
    ids=["empty", "broken", "not UTF-8", "huge", "negative", "unknown lane", "deep"],
)
async def test_a_malformed_word_of_the_head_end_does_no_harm(broker: Broker, journal: Journal, payload: bytes):
    async with head_end(broker) as head, running_hub(broker, journal) as hub:
        await hub.until_connected()
        await hub.put(Lane.READING, 1)
        await head.until(lambda: len(head.heard) == 1)
        await head.say(topics.ack(HUB), payload.replace(b'"J"', f'"{journal.journal_id}"'.encode()))
        await head.acknowledge(journal.journal_id, reading=1)
        async with asyncio.timeout(10):
            while await hub.waiting(Lane.READING):
                await asyncio.sleep(0.02)


@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")  # paho's, of a failed handshake
async def test_a_cancelled_link_ends_whatever_it_is_doing(broker: Broker, journal: Journal):
    """A daemon that is told to end must end: at each moment of connecting, being refused, sending and hanging up."""
    strange = {"ca": broker.authority.folder / "head.crt"}
    for config in ({}, strange, {"certificate": broker.authority.folder / "old.crt"}):
        broker.authority.issue(HUB, file="old", days=-1)
        key = {"key": broker.authority.folder / "old.key"} if "certificate" in config else {}
        for milliseconds in range(0, 60, 2):
            async with running_hub(broker, journal, longest_retry_s=0.01, **config, **key) as hub:
                await hub.put(Lane.READING, 1)
                await asyncio.sleep(milliseconds / 1_000)


async def test_the_status_is_online_after_connecting_and_offline_by_the_will(broker: Broker, journal: Journal):
    async with head_end(broker) as head:
        async with running_hub(broker, journal) as hub:
            await hub.until_connected()
            await head.until(lambda: bool(head.statuses))
            assert head.statuses[-1].state == "online"
            hub.link.publish_status()
            await head.until(lambda: len(head.statuses) == 2)
        await head.until(lambda: head.statuses[-1].state == "offline")


async def test_what_the_broker_refuses_stays_and_is_told_once(
    broker: Broker, journal: Journal, caplog: pytest.LogCaptureFixture
):
    """MQTT 5: "Not authorized" on PUBACK; the broker took the message and threw it away."""
    async with running_hub(broker, journal) as hub:
        await hub.until_connected()
        broker.make_deaf()
        async with asyncio.timeout(10):
            while not _warnings(caplog, "does not pass them on"):
                await hub.put(Lane.READING)
                await asyncio.sleep(0.02)
        await hub.put(Lane.READING, 5)
        assert len(_warnings(caplog, "does not pass them on")) == 1
        kept = await hub.waiting(Lane.READING)
        assert kept == list(range(1, len(kept) + 1))


async def test_an_outage_is_one_warning_however_long_it_lasts(
    broker: Broker, journal: Journal, caplog: pytest.LogCaptureFixture
):
    async with running_hub(broker, journal) as hub:
        await hub.until_connected()
        await hub.put(Lane.READING, 40)
        caplog.clear()
        broker.kill()
        await hub.until_connected(False)
        await asyncio.sleep(0.9)
        broker.start()
        await hub.until_connected()
        ours = [record for record in caplog.records if record.name.startswith("hubd") and record.levelname != "INFO"]
        assert [record.getMessage()[:6] for record in ours] == ["no WAN"]


def _warnings(caplog: pytest.LogCaptureFixture, words: str) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelname == "WARNING" and words in r.getMessage()]


def _pubacks(broker: Broker) -> int:
    return (broker.folder / "log").read_text().count(f"Received PUBACK from {HUB}")
