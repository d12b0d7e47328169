"""All that passes the WAN's broker of a house, from before the hub's first word.

What is said while the broker is away from the listener (it is killed here and there) is not heard. Nothing of the hub
is lost by it: what it numbers is at the head-end, and the commands are the head-end's own.
"""

import asyncio
import contextlib
import signal
from typing import Any

import aiomqtt

from hubd.bench.house.house import House
from hubd.headend import pki
from hubd.headend.home import OBSERVER_USER, Home
from hubd.mqtt.client import Client
from hubd.wan.tls import client_context

Message = tuple[str, bytes]
"""Topic and payload."""
AGAIN_S = 0.05


class HeardHouse(House):
    """A house with a listener at its WAN's broker. `forged`: what tests published that is no message of the house."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self.heard: list[Message] = []
        self.forged: set[bytes] = set()
        self._listening: asyncio.Future[None] | None = None

    async def start_brokers(self) -> None:
        """As ever; then the listener is there before anybody else."""
        await super().start_brokers()
        subscribed = asyncio.Event()
        self._listening = asyncio.ensure_future(self._listen(subscribed))
        async with asyncio.timeout(30.0):
            await subscribed.wait()

    async def __aexit__(self, *details: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})
        await super().__aexit__(*details)

    async def _listen(self, subscribed: asyncio.Event) -> None:
        home = Home(self.layout.headend)
        pki.issue(home, OBSERVER_USER)
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                async with self._client(home) as client:
                    await client.subscribe("hubd/v1/#", qos=1)
                    subscribed.set()
                    async for message in client.messages:
                        assert isinstance(message.payload, bytes)
                        self.heard.append((str(message.topic), message.payload))
            await self._see_to_the_broker()
            await asyncio.sleep(AGAIN_S)

    async def _see_to_the_broker(self) -> None:
        """What a service manager does: a broker that crashed is started again. docs/limits.md says what was seen."""
        broker = self.children["broker-wan"]
        if broker.exit_code == -signal.SIGSEGV:
            print(f"the WAN's broker crashed (SIGSEGV) behind {len(self.heard)} messages, and is started again")
            await broker.restart()

    def _client(self, home: Home) -> Client:
        tls = client_context(home.ca, home.certificate(OBSERVER_USER), home.key(OBSERVER_USER))
        version = aiomqtt.ProtocolVersion.V5
        port = self.layout.wan_port
        return Client("127.0.0.1", port, tls_context=tls, protocol=version, identifier=OBSERVER_USER)
