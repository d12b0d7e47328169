"""The head-end's session with its hubs: stores what they send, tells them so, and sends them their orders.

Nothing is acknowledged, to the broker or to a hub, before it is committed; no sending leaves before its counter is.
The process that runs this holds `listen.lock`; others reach it through the book.
"""

import asyncio
import contextlib
import fcntl
import logging
import random
import sqlite3
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

import aiomqtt
import msgspec

from hubd.errors import LinkError, StoreError
from hubd.headend import book, inbound, order_answers, order_sendings, session
from hubd.headend.book import Desk
from hubd.headend.happenings import (
    Acknowledged,
    Connected,
    Disconnected,
    Happening,
    MessageStored,
    OrderSent,
    StatusSeen,
    UnreadableKept,
)
from hubd.headend.home import HEADEND_USER, VENDING_USER, HeadEndConfig, Home
from hubd.headend.inbound import Arrived, Journal, StatusArrived, Unreadable
from hubd.headend.orders import Order
from hubd.headend.outages import taking
from hubd.headend.outages.watch import OutageWatch
from hubd.headend.role_keys import RoleKey, load
from hubd.headend.sending import sign_order, take_counter
from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.mqtt import paho_doors
from hubd.wan import topics
from hubd.wan.messages import Ack

T = TypeVar("T")

log = logging.getLogger(__name__)

ACK_GROUP_S = 0.2
"""A journal is acknowledged at once, and under load no more often than this."""

LOOK_S = 0.02
"""How often the book is looked at for what other processes wrote."""

LOOK_ANYWAY_S = 0.25
"""How often it is looked at for orders whose time has come again."""

SUBSCRIBE_WITHIN_S = 60.0
"""In a storm the broker answers only after up to `session.UNANSWERED` messages that waited; they are stored
meanwhile, so that a slow machine does not begin with the same ones again and again."""

BATCH = 256
"""So many messages share a commit at most: a storm is stored as fast as it comes, a lone message at once."""
ACKS_AT_ONCE = 64
BACKOFF_FIRST_S = 0.2
BACKOFF_MOST_S = 10.0


@contextlib.contextmanager
def sole_listener(home: Home) -> Iterator[bool]:
    """Try to be the one process with the session: True inside the block where it is ours."""
    with home.lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


class Service:
    """One head-end at work. `tell` hears what happens and must not block."""

    def __init__(
        self,
        home: Home,
        config: HeadEndConfig,
        tell: Callable[[Happening], None] = lambda happening: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._home = home
        self._config = config
        self._tell = tell
        self._now = now
        self._keys: dict[tuple[Role, str], RoleKey] = {(role, ""): load(home, role) for role in Role}
        self._tls = {name: session.tls(home, name) for name in (HEADEND_USER, VENDING_USER)}
        self._desk = Desk(home)
        self._offline: set[str] = set()
        self._to_acknowledge: set[Journal] = set()
        self._something_to_acknowledge = asyncio.Event()
        self._outages = OutageWatch(self._desk, config.outages, tell, now)

    async def run(self) -> None:
        """For ever, through every outage; cancel to stop."""
        wait_s = BACKOFF_FIRST_S
        told = False
        where = f"{self._config.broker.host}:{self._config.broker.port}"
        try:
            while True:
                began_s = time.monotonic()
                reason = await self._until_lost()
                self._tell(Disconnected(reason))
                log.log(
                    logging.DEBUG if told else logging.WARNING, "no session with the broker at %s: %s", where, reason
                )
                lasted = time.monotonic() - began_s > BACKOFF_MOST_S
                told, wait_s = not lasted, BACKOFF_FIRST_S if lasted else min(wait_s * 2, BACKOFF_MOST_S)
                await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, hides nothing
        finally:
            self._desk.close()

    async def _until_lost(self) -> str:
        reason = "lost"
        try:
            await self._session()
        except* (aiomqtt.MqttError, LinkError, StoreError, OSError) as lost:
            reason = str(lost.exceptions[0]) or "lost"
        return reason

    async def _session(self) -> None:
        broker = self._config.broker
        hearing = session.client(broker, self._tls[HEADEND_USER], HEADEND_USER, durable=True)
        vending = session.client(broker, self._tls[VENDING_USER], VENDING_USER, durable=False)
        for client in (hearing, vending):
            paho_doors.on_refused_publish(client, self._refused)
        async with hearing, vending:
            self._offline = await self._desk.read(inbound.offline_hubs)
            await self._desk.commit(order_sendings.may_be_lost)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hear(hearing), name="hear")  # what waited comes before the answer below
                await hearing.subscribe(session.subscriptions(), timeout=SUBSCRIBE_WITHIN_S)
                self._tell(Connected())
                self._to_acknowledge |= await self._desk.read(inbound.lately_heard)
                self._something_to_acknowledge.set()
                group.create_task(self._acknowledge(hearing), name="acknowledge")
                vends, commands = asyncio.Event(), asyncio.Event()
                others = tuple(role for role in Role if role is not Role.VENDING)
                group.create_task(self._send(vending, (Role.VENDING,), vends), name="send-vends")
                group.create_task(self._send(hearing, others, commands), name="send-commands")
                group.create_task(self._look(vends, commands), name="look")
                group.create_task(_until_disconnected(vending), name="watch-vending")
                group.create_task(self._outages.run(), name="outages")

    def _refused(self, reason: str) -> None:
        log.warning("the broker does not pass on what we send: %s. Cure: its access list", reason)

    async def _hear(self, hearing: aiomqtt.Client) -> None:
        name = uuid.uuid4().hex
        async for batch in session.batches(hearing, BATCH):
            understood = [
                inbound.understand(str(message.topic), _octets(message), retained=bool(message.retain))
                for message in batch
            ]
            stored = await self._desk.commit(partial(self._store, understood=understood, session_name=name))
            for message in batch:
                paho_doors.acknowledge(hearing, message)
            for happening in stored:
                self._after(happening)
                self._tell(happening)
            if self._to_acknowledge:
                self._something_to_acknowledge.set()

    def _store(
        self,
        connection: sqlite3.Connection,
        understood: Sequence[Arrived | StatusArrived | Unreadable],
        session_name: str,
    ) -> list[Happening]:
        now = self._now()
        happenings: list[Happening] = []
        for item in understood:
            match item:
                case Arrived():
                    new = inbound.store(connection, item, session_name, now)
                    order = order_answers.take(connection, item, now) if new else None
                    if new and taking.take(connection, item, now):
                        self._outages.touch()
                    happenings.append(MessageStored(item, new, order))
                case StatusArrived(status, retained):
                    inbound.store_status(connection, status, now)
                    taking.take_status(connection, status, now, retained=retained)
                    order_answers.take_status(connection, status)
                    happenings.append(StatusSeen(status))
                case Unreadable():
                    inbound.store_unreadable(connection, item, now)
                    happenings.append(UnreadableKept(item))
        return happenings

    def _after(self, happening: Happening) -> None:
        match happening:
            case MessageStored(arrived):
                self._offline.discard(arrived.up.hub)
                self._to_acknowledge.add(Journal(arrived.up.hub, arrived.up.journal))
            case StatusSeen(status) if status.state == "offline":
                self._offline.add(status.hub)
            case StatusSeen(status):
                self._offline.discard(status.hub)
            case UnreadableKept(message):
                log.warning("a message on %s is not one of ours: %s", message.topic, message.reason)

    async def _acknowledge(self, hearing: aiomqtt.Client) -> None:
        while True:
            await self._something_to_acknowledge.wait()
            self._something_to_acknowledge.clear()
            journals, self._to_acknowledge = list(self._to_acknowledge), set()
            for start in range(0, len(journals), ACKS_AT_ONCE):
                some = journals[start : start + ACKS_AT_ONCE]
                acks = await self._desk.read(partial(inbound.acknowledgements, journals=some))
                async with asyncio.TaskGroup() as group:
                    for hub, ack in acks:
                        group.create_task(self._acknowledge_one(hearing, hub, ack), name=f"ack-{hub}")
            await asyncio.sleep(ACK_GROUP_S)

    async def _acknowledge_one(self, hearing: aiomqtt.Client, hub: HubId, ack: Ack) -> None:
        await hearing.publish(topics.ack(hub), msgspec.json.encode(ack), qos=1)
        self._tell(Acknowledged(hub, ack))

    async def _look(self, *wake: asyncio.Event) -> None:
        """Wake the senders where another process has written to the book, and now and then."""
        version, woken_s = 0, 0.0
        while True:
            latest = await self._desk.read(book.changes_by_others)
            if latest != version or time.monotonic() - woken_s > LOOK_ANYWAY_S:
                version, woken_s = latest, time.monotonic()
                for event in wake:
                    event.set()
            await asyncio.sleep(LOOK_S)

    async def _send(self, client: aiomqtt.Client, roles: tuple[Role, ...], wake: asyncio.Event) -> None:
        while True:
            await wake.wait()
            wake.clear()
            while due := await self._desk.read(partial(self._due, roles=roles)):
                await self._send_together(client, due)

    def _due(self, connection: sqlite3.Connection, roles: tuple[Role, ...]) -> list[Order]:
        return order_sendings.due(connection, roles, tuple(self._offline), self._now())

    async def _key(self, order: Order) -> RoleKey:
        """The key that signs an order; an issuer's is read when it is first wanted."""
        whose = (order.role, order.issuer)
        if whose not in self._keys:
            self._keys[whose] = await asyncio.to_thread(load, self._home, *whose)
        return self._keys[whose]

    async def _send_together(self, client: aiomqtt.Client, due: Sequence[Order]) -> None:
        """Every sending's counter is on disk before the first of them leaves; one commit for all of them."""
        now = self._now()
        keys = [await self._key(order) for order in due]

        def count(connection: sqlite3.Connection) -> list[int]:
            for order in due:
                order_sendings.count_sending(connection, order.jti)
            return [take_counter(connection, key.kid, now) for key in keys]

        counters = await self._desk.commit(count)
        for order, key, counter in zip(due, keys, counters, strict=True):
            command = sign_order(key, order, counter, now)
            expiry = session.expiring(order.expires_unix_s - now)
            await client.publish(topics.down(order.hub, order.role), command, qos=1, properties=expiry)
        await self._desk.commit(partial(self._note_sent, due=due))
        for order in due:
            self._tell(OrderSent(order, order.sendings + 1))

    def _note_sent(self, connection: sqlite3.Connection, due: Sequence[Order]) -> None:
        for order in due:
            order_sendings.sent(connection, order.jti, self._now(), self._config.orders.resend_s)


async def _until_disconnected(client: aiomqtt.Client) -> None:
    """Nothing comes to a client that only speaks, but its end does: as an MqttError, at once."""
    async for _ in client.messages:
        pass


def _octets(message: aiomqtt.Message) -> bytes:
    return message.payload if isinstance(message.payload, bytes) else b""


async def run_until(service: Service, done: Callable[[], Awaitable[T]]) -> T:
    """Run the service until `done` returns, and return what it returned."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(service.run(), name="service")
        result = await done()
        running.cancel()
    return result
