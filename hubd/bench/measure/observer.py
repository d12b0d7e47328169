"""A client of the WAN broker that writes down what passes, and when (monotonic clock, this machine's)."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType

import aiomqtt

from hubd.bench.house.layout import Layout
from hubd.headend import pki
from hubd.headend.home import OBSERVER_USER, Home
from hubd.mqtt.client import Client


@dataclass(frozen=True, slots=True)
class Seen:
    """One message on the broker."""

    at_ns: int
    topic: str
    payload: bytes


class Observer(AbstractAsyncContextManager["Observer"]):
    """Use as an async context manager; `seen` grows while it is open."""

    def __init__(self, layout: Layout, *topics: str) -> None:
        self._layout = layout
        self._topics = topics
        self._tasks = asyncio.TaskGroup()
        self._subscribed = asyncio.Event()
        self.seen: list[Seen] = []

    async def __aenter__(self) -> "Observer":
        await self._tasks.__aenter__()
        self._task = self._tasks.create_task(self._watch())
        async with asyncio.timeout(10.0):
            await self._subscribed.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()
        await self._tasks.__aexit__(kind, error, trace)

    async def until(self, enough: Callable[[list[Seen]], bool], timeout_s: float) -> bool:
        """Wait until what was seen is enough. False where it was not in time."""
        give_up_at_s = time.monotonic() + timeout_s
        while not enough(self.seen):
            if time.monotonic() > give_up_at_s:
                return False
            await asyncio.sleep(0.01)
        return True

    async def _watch(self) -> None:
        home = Home(self._layout.headend)
        pki.issue(home, OBSERVER_USER)
        context = ssl.create_default_context(cafile=str(home.ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(home.certificate(OBSERVER_USER), home.key(OBSERVER_USER))
        async with Client(
            "127.0.0.1",
            self._layout.wan_port,
            tls_context=context,
            protocol=aiomqtt.ProtocolVersion.V5,
            identifier=OBSERVER_USER,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        ) as client:
            for topic in self._topics:
                await client.subscribe(topic, qos=1)
            self._subscribed.set()
            async for message in client.messages:
                payload = message.payload if isinstance(message.payload, bytes) else b""
                self.seen.append(Seen(time.monotonic_ns(), str(message.topic), payload))
