"""The service on a real broker, with a hub that is no more than its messages: R30, R35, R8 (any broker, MQTT 5)."""

import asyncio
import contextlib
import time

import jwt
import pytest

from hubd.headend import book, debts, following, inbound, order_sendings, orders, session, vending
from hubd.headend.happenings import Disconnected, MessageStored, OrderSent, StatusSeen, UnreadableKept
from hubd.headend.home import VENDING_USER, Home
from hubd.headend.orders import Order
from hubd.headend.service import ACK_GROUP_S, Service, sole_listener
from hubd.headend.vending import Vend
from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.wan import topics
from hubd.wan.messages import DeviceArgs, EventBody, NoArgs

from .conftest import (
    ADDRESS,
    HUB,
    OTHER_HUB,
    PAN,
    Broker,
    FakeHub,
    Running,
    config_of,
    fake_hub,
    receipt,
    running,
    until,
)

pytestmark = pytest.mark.process

EVENT = EventBody(name="started")


def sell(home: Home, request: str = "r-1", pence: int = 1000) -> Vend:
    with contextlib.closing(book.open_book(home)) as connection, book.transaction(connection):
        result = vending.vend(connection, request, PAN, pence, home.config(), time.time())
    assert isinstance(result, Vend)
    return result


def order_of(home: Home, request: str = "r-1") -> Order:
    with contextlib.closing(book.open_book(home)) as connection:
        return orders.find(connection, request)


def claims(command: bytes) -> dict[str, object]:
    return dict(jwt.decode(command, options={"verify_signature": False}))


async def answer_all(hub: FakeHub, outcome: str = "accepted") -> None:
    """Take commands for ever, and give each a receipt."""
    for number in range(1_000):
        while len(hub.commands) <= number:
            await asyncio.sleep(0.005)
        told = claims(hub.commands[number][1])
        body = receipt(str(told["jti"]), outcome, command=str(told["cmd"]))
        await hub.say(Lane.RECEIPT, number + 1, "receipt", body)


async def test_a_sale_reaches_the_hub_signed_and_its_receipt_comes_back_r30_r35(home: Home, broker: Broker) -> None:
    with contextlib.closing(book.open_book(home)) as connection:
        debts.set_owed(connection, PAN, 5000, time.time())
        debts.agree(connection, PAN, debts.Terms(percent_e2=2000))
    async with fake_hub(home) as hub, running(home, config_of(home)):
        sold = sell(home)
        await until(lambda: hub.commands)
        role, command = hub.commands[0]
        told = claims(command)
        assert role is Role.VENDING
        assert (told["jti"], told["aud"], told["iss"]) == (sold.order.jti, HUB, "vend-1")
        assert told["args"] == {"device": ADDRESS, "token": sold.token}
        await hub.say(Lane.RECEIPT, 1, "receipt", receipt(sold.order.jti))
        await until(lambda: hub.stored(Lane.RECEIPT) == 1)
        done = order_of(home)
        assert (done.final, done.outcome, done.sendings) == (True, "accepted", 1)
        assert done.receipt == receipt(sold.order.jti)


async def test_a_hub_that_knows_the_order_has_received_it_and_a_refusal_of_a_sending_ends_nothing_r30(
    home: Home, broker: Broker
) -> None:
    async with fake_hub(home) as hub, running(home, config_of(home)):
        sold = sell(home)
        await until(lambda: hub.commands)
        await hub.say(Lane.EVENT, 1, "event", EventBody("command_repeated", order=sold.order.jti))
        await until(lambda: order_of(home).received)
        await hub.say(Lane.RECEIPT, 1, "receipt", receipt(sold.order.jti, "refused"))
        await until(lambda: hub.stored(Lane.RECEIPT) == 1)
        assert (order_of(home).final, order_of(home).refusal) == (False, "refused")
        await hub.say(Lane.RECEIPT, 2, "receipt", receipt(sold.order.jti))
        await until(lambda: order_of(home).final)


async def test_an_order_is_sent_again_under_a_higher_counter_until_its_receipt_r30(
    home: Home, broker: Broker
) -> None:
    async with fake_hub(home) as hub, running(home, config_of(home, resend_s=0.1)):
        sold = sell(home)
        await until(lambda: len(hub.commands) >= 3)
        await hub.say(Lane.RECEIPT, 1, "receipt", receipt(sold.order.jti))
        await until(lambda: order_of(home).final)
        sent = len(hub.commands)
        await until(lambda: hub.stored(Lane.RECEIPT) == 1)
        all_claims = [claims(command) for _, command in hub.commands]
        assert {told["jti"] for told in all_claims} == {sold.order.jti}
        counters = [told["ctr"] for told in all_claims]
        assert counters == sorted(set(counters), key=counters.index)
        assert counters == sorted(counters)  # type: ignore[type-var]
        assert len(hub.commands) <= sent + 1


async def test_a_crash_between_the_counter_and_the_sending_sends_it_with_a_fresh_counter_r30(
    home: Home, broker: Broker
) -> None:
    sold = sell(home)
    with contextlib.closing(book.open_book(home)) as connection, book.transaction(connection):
        order_sendings.count_sending(connection, sold.order.jti)
        connection.execute("INSERT INTO counters VALUES ('vend-1', ?)", (int(time.time()) + 500,))
        lost = int(time.time()) + 500
    async with fake_hub(home) as hub, running(home, config_of(home)):
        await until(lambda: hub.commands)
        assert claims(hub.commands[0][1])["ctr"] == lost + 1
        assert claims(hub.commands[0][1])["jti"] == sold.order.jti


async def test_a_broker_that_was_killed_with_the_order_in_it_loses_nothing_r30(home: Home, broker: Broker) -> None:
    """No session of the hub stands, so the broker takes the sending and forgets it; the next one arrives."""
    async with running(home, config_of(home, resend_s=0.2)) as service:
        sold = sell(home)
        await until(lambda: any(isinstance(h, OrderSent) for h in service.told))
        broker.kill()
        await until(lambda: any(isinstance(h, Disconnected) for h in service.told))
        broker.start()
        async with fake_hub(home) as hub:
            await until(lambda: hub.commands)
            await hub.say(Lane.RECEIPT, 1, "receipt", receipt(sold.order.jti))
            await until(lambda: order_of(home).final)


async def test_a_code_that_a_broker_lost_comes_before_the_one_that_is_sold_next_r30(
    home: Home, broker: Broker
) -> None:
    """Long before its own time to be sent again. No session of the hub stood, so the broker forgot the first."""
    async with running(home, config_of(home, resend_s=600.0)) as service:
        lost = sell(home)
        await until(lambda: any(isinstance(h, OrderSent) for h in service.told))
    async with fake_hub(home) as hub:
        behind = sell(home, "r-2")
        async with running(home, config_of(home, resend_s=600.0)):
            await until(lambda: len(hub.commands) == 2)
            assert [claims(command)["jti"] for _, command in hub.commands] == [lost.order.jti, behind.order.jti]


async def test_a_hub_that_comes_online_gets_at_once_what_it_may_have_missed_r30(home: Home, broker: Broker) -> None:
    async with running(home, config_of(home, resend_s=600.0)) as service:
        sold = sell(home)
        await until(lambda: any(isinstance(h, OrderSent) for h in service.told))
        async with fake_hub(home) as hub:
            await hub.status("online")
            await until(lambda: hub.commands)
            assert claims(hub.commands[0][1])["jti"] == sold.order.jti


async def test_what_is_stored_is_acknowledged_up_to_the_gap_and_again_for_a_duplicate(
    home: Home, broker: Broker
) -> None:
    async with fake_hub(home) as hub, running(home, config_of(home)):
        for seq in (1, 2, 4):
            await hub.say(Lane.EVENT, seq, "event", EVENT)
        await until(lambda: hub.stored(Lane.EVENT) == 2)
        await hub.say(Lane.EVENT, 3, "event", EVENT)
        await until(lambda: hub.stored(Lane.EVENT) == 4)
        heard = len(hub.acks)
        await hub.say(Lane.EVENT, 4, "event", EVENT)
        await until(lambda: len(hub.acks) > heard)
        assert hub.acks[-1].stored == {Lane.EVENT: 4}


async def test_a_single_message_is_acknowledged_at_once_and_a_flood_in_groups(home: Home, broker: Broker) -> None:
    async with fake_hub(home) as hub, running(home, config_of(home)):
        await hub.say(Lane.READING, 1, "event", EVENT)
        await until(lambda: hub.stored(Lane.READING) == 1)
        began_s, before = time.monotonic(), len(hub.acks)
        for seq in range(2, 201):
            await hub.say(Lane.READING, seq, "event", EVENT)
        await until(lambda: hub.stored(Lane.READING) == 200)
        assert len(hub.acks) - before <= 2 + (time.monotonic() - began_s) / ACK_GROUP_S


async def test_what_came_while_nobody_listened_is_there_when_somebody_does(home: Home, broker: Broker) -> None:
    async with running(home, config_of(home)):
        pass  # makes the durable session
    async with fake_hub(home) as hub:
        await hub.say(Lane.ALARM, 1, "event", EVENT)
        async with running(home, config_of(home)):
            await until(lambda: hub.stored(Lane.ALARM) == 1)


async def test_a_service_that_dies_before_the_commit_gets_the_message_again(home: Home, broker: Broker) -> None:
    """Nothing is acknowledged to the broker before it is on disk: a session that took it and died took nothing."""
    config = home.config()
    async with session.client(config.broker, session.tls(home, "headend"), "headend", durable=True) as doomed:
        await doomed.subscribe([(f"{topics.ROOT}/+/up/#", 1)])
        async with fake_hub(home) as hub:
            await hub.say(Lane.ALARM, 1, "event", EVENT)
        await anext(doomed.messages)
    async with running(home, config_of(home)) as service:
        await until(lambda: any(isinstance(h, MessageStored) for h in service.told))


async def test_a_session_begins_by_saying_again_what_is_stored(home: Home, broker: Broker) -> None:
    """The one before may have died between the commit and the word to the hub."""
    async with fake_hub(home) as hub:
        async with running(home, config_of(home)):
            await hub.say(Lane.EVENT, 1, "event", EVENT)
            await until(lambda: hub.stored(Lane.EVENT) == 1)
        hub.acks.clear()
        async with running(home, config_of(home)):
            await until(lambda: hub.stored(Lane.EVENT) == 1)


async def test_garbage_does_not_stop_what_comes_behind_it(home: Home, broker: Broker) -> None:
    async with fake_hub(home) as hub, running(home, config_of(home)) as service:
        for payload in (b"", b"\x00\xff", b'{"v":1}', b"[" * 5_000):
            await hub.client.publish(topics.up(HUB, Lane.EVENT), payload, qos=1)
        await hub.say(Lane.EVENT, 1, "event", EVENT)
        await until(lambda: hub.stored(Lane.EVENT) == 1)
        assert sum(isinstance(h, UnreadableKept) for h in service.told) == 4


async def test_two_hubs_are_acknowledged_apart(home: Home, broker: Broker) -> None:
    async with fake_hub(home) as one, fake_hub(home, OTHER_HUB, "ffffffff") as two, running(home, config_of(home)):
        await one.say(Lane.EVENT, 1, "event", EVENT)
        await two.say(Lane.EVENT, 1, "event", EVENT)
        await two.say(Lane.EVENT, 2, "event", EVENT)
        await until(lambda: one.acks and two.stored(Lane.EVENT) == 2)
        assert {ack.journal for ack in one.acks} == {"0a1b2c3d"}
        assert one.stored(Lane.EVENT) == 1


async def test_a_hub_that_is_offline_is_sent_to_once_and_again_when_it_is_back(home: Home, broker: Broker) -> None:
    async with fake_hub(home) as hub:
        await hub.status("offline")
        async with running(home, config_of(home, resend_s=0.05)) as service:
            await until(lambda: _statuses(home) == [(HUB, "offline")])
            sell(home)
            await until(lambda: _sent_to(service, HUB) == 1)
            queue_status(home, OTHER_HUB)
            await until(lambda: _sent_to(service, OTHER_HUB) >= 3)  # to one that is not offline, again and again
            assert _sent_to(service, HUB) == 1
            await hub.status("online")
            await until(lambda: _sent_to(service, HUB) > 1)


def _sent_to(service: Running, hub: HubId) -> int:
    return sum(isinstance(h, OrderSent) and h.order.hub == hub for h in service.told)


def _statuses(home: Home) -> list[tuple[str, str]]:
    with contextlib.closing(book.open_book(home)) as connection:
        return [(status.hub, status.state) for status, _ in inbound.statuses(connection)]


async def test_a_waiting_command_listens_itself_where_nobody_does(home: Home, broker: Broker) -> None:
    async with fake_hub(home) as hub, asyncio.TaskGroup() as group:
        answering = group.create_task(answer_all(hub))
        sell(home)
        order = await following.answer(home, config_of(home), "r-1", 15.0)
        assert (order.final, order.outcome) == (True, "accepted")
        answering.cancel()
    with sole_listener(home) as ours:
        assert ours


async def test_a_waiting_command_is_served_by_the_listener_where_there_is_one(home: Home, broker: Broker) -> None:
    async with fake_hub(home) as hub, running(home, config_of(home)), asyncio.TaskGroup() as group:
        answering = group.create_task(answer_all(hub))
        with sole_listener(home) as ours:
            assert ours
            sell(home)
            order = await following.answer(home, config_of(home), "r-1", 15.0)
        assert (order.final, order.outcome) == (True, "accepted")
        answering.cancel()


async def test_a_vending_session_that_was_taken_over_comes_back_by_itself(home: Home, broker: Broker) -> None:
    """One certificate, one session: a second client with it ends the first."""
    async with fake_hub(home) as hub, running(home, config_of(home)) as service:
        thief = session.client(home.config().broker, session.tls(home, VENDING_USER), "x", durable=False)
        async with thief:
            await until(lambda: any(isinstance(h, Disconnected) for h in service.told))
        sell(home)
        await until(lambda: hub.commands)


async def test_management_does_not_wait_for_vending_nor_vending_for_management_r5(home: Home, broker: Broker) -> None:
    with contextlib.closing(book.open_book(home)) as connection, book.transaction(connection):
        for number in range(300):
            args = DeviceArgs(device=ADDRESS)
            orders.queue(connection, f"m-{number}", "", Role.MANAGEMENT, HUB, "read", args, time.time(), 600.0)
    async with fake_hub(home) as hub, running(home, config_of(home)):
        sell(home)
        await until(lambda: any(role is Role.VENDING for role, _ in hub.commands))
        assert len(hub.commands) < 300


async def test_a_cancelled_service_ends_whatever_it_is_doing(home: Home, broker: Broker) -> None:
    """Connecting, storing, acknowledging, sending, hanging up: a listener that is told to end must end."""
    sell(home)
    async with fake_hub(home) as hub:
        for milliseconds in range(0, 90, 3):
            for seq in range(1, 4):
                await hub.say(Lane.EVENT, seq, "event", EVENT)
            task = asyncio.ensure_future(Service(home, config_of(home, resend_s=0.01)).run())
            await asyncio.sleep(milliseconds / 1_000)
            task.cancel()
            ended, _ = await asyncio.wait({task}, timeout=5.0)
            assert ended, f"the service was cancelled after {milliseconds} ms and stays"
            assert task.cancelled() or task.exception() is None


async def test_after_a_reconnection_the_kept_statuses_do_not_come_before_the_alarms_r44(
    home: Home, broker: Broker
) -> None:
    """With thousands of hubs they would be thousands of messages; who is offline is read from the book instead."""
    async with fake_hub(home, OTHER_HUB) as other:
        async with running(home, config_of(home)) as first:
            await other.status("offline")
            await until(lambda: any(isinstance(h, StatusSeen) for h in first.told))
        async with fake_hub(home) as hub:
            await hub.say(Lane.ALARM, 1, "event", EVENT)
            async with running(home, config_of(home, resend_s=0.05)) as again:
                await until(lambda: any(isinstance(h, MessageStored) for h in again.told))
                assert not any(isinstance(h, StatusSeen) for h in again.told)
                queue_status(home, OTHER_HUB)
                await until(lambda: len(other.commands) == 1)
                await hub.say(Lane.ALARM, 2, "event", EVENT)
                await until(lambda: hub.stored(Lane.ALARM) == 2)
                queue_status(home, HUB)
                await until(lambda: _sent_to(again, HUB) >= 3)
                assert len(other.commands) == 1, "to a hub that is offline an order goes once"


def queue_status(home: Home, hub: HubId) -> None:
    with contextlib.closing(book.open_book(home)) as connection, book.transaction(connection):
        orders.queue(connection, f"q-{hub}", "0", Role.NETWORK_OPERATOR, hub, "status", NoArgs(), time.time(), 60.0)
