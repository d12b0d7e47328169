"""The other side of the link, in the hand of a test: it hears everything, orders, and acknowledges when told to."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import aiomqtt
import msgspec

from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.mqtt.client import Client
from hubd.wan import schemas, topics
from hubd.wan.messages import Ack, Status, Up

from .broker import Broker

HUB = "hub-0001"
WITHIN_S = 15.0


@dataclass
class HeadEnd:
    """`heard` is every numbered message in the order of arrival; every one was held against its schema."""

    client: aiomqtt.Client
    heard: list[Up] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def order(self, role: Role, payload: bytes) -> None:
        await self.client.publish(topics.down(HUB, role), payload, qos=1)

    async def acknowledge(self, journal: str, **stored: int) -> None:
        ack = Ack(1, journal, {Lane(lane): seq for lane, seq in stored.items()})
        await self.say(topics.ack(HUB), msgspec.json.encode(ack))

    async def say(self, topic: str, payload: bytes) -> None:
        await self.client.publish(topic, payload, qos=1)

    def numbers(self, lane: Lane) -> list[int]:
        return [up.seq for up in self.heard if up.lane is lane]

    async def listen(self) -> None:
        async for message in self.client.messages:
            topic, payload = str(message.topic), bytes(message.payload)  # type: ignore[arg-type]
            schemas.check(topic, payload)
            if topic.endswith("/status"):
                self.statuses.append(msgspec.json.decode(payload, type=Status))
            else:
                self.heard.append(msgspec.json.decode(payload, type=Up))
            self._news.set()


@contextlib.asynccontextmanager
async def head_end(broker: Broker) -> AsyncIterator[HeadEnd]:
    """Connected and listening."""
    pki = broker.authority.folder
    tls = ssl.create_default_context(cafile=str(broker.authority.ca))
    tls.load_cert_chain(pki / "head.crt", pki / "head.key")
    client = Client("127.0.0.1", broker.port, identifier="head", protocol=aiomqtt.ProtocolVersion.V5, tls_context=tls)
    async with client:
        await client.subscribe([(topics.up(HUB, lane), 1) for lane in Lane] + [(topics.status(HUB), 1)])
        head = HeadEnd(client)
        listening = asyncio.ensure_future(head.listen())
        try:
            yield head
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiomqtt.MqttError):
                await listening
