"""The connection to the consumer's broker: made again for ever, and everything said again whenever that is due.

Everything published is retained and a later value replaces an earlier one, so nothing needs to be kept for a broker
that is away: after each connection all of it is sent anew.
"""

import asyncio
import logging
import random
import socket
import ssl
import time
from collections.abc import Callable, Iterable

import aiomqtt

from hubd.consumer.config import HomeAssistantTable
from hubd.consumer.home_assistant.publication import Publication
from hubd.consumer.home_assistant.topics import OFFLINE, Topics
from hubd.errors import first_of
from hubd.mqtt.client import Client

log = logging.getLogger(__name__)

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
STEADY_AFTER_S = 10.0
"""A connection that held for so long ends an outage; one that breaks sooner is part of it."""
BIRTH_JITTER_S = 1.5
"""Home Assistant hears of many bridges when it starts; they do not all answer at once."""
SETTLE_S = 1.0
"""Home Assistant 2025 drops part of a discovery message that comes while the one before is still being worked on."""
KEEPALIVE_S = 30
GOODBYE_WITHIN_S = 2.0


class Session:
    """Publishes what it is offered. `everything` gives all that a broker that knows nothing must be told."""

    def __init__(
        self, config: HomeAssistantTable, topics: Topics, everything: Callable[[], list[Publication]]
    ) -> None:
        self._config = config
        self._topics = topics
        self._everything = everything
        self._waiting: dict[str, Publication] = {}
        self._settling: dict[str, Publication] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._chance = random.SystemRandom()
        self._delay_s = FIRST_DELAY_S
        self._warned = False
        self._connected_at_s = float("inf")
        self.connected = False
        """Whether what is offered goes out now."""

    def offer(self, messages: Iterable[Publication]) -> None:
        """Publish soon. Where the broker is away this does nothing: all is sent when it is back."""
        if not self.connected:
            return
        for message in messages:
            if message.settles:
                self._settling[message.topic] = message
                self._settle_anew()
            else:
                self._send(message)

    def _settle_anew(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(SETTLE_S, self._settled)

    def _settled(self) -> None:
        for message in self._settling.values():
            self._send(message)
        self._settling.clear()

    def _send(self, message: Publication) -> None:
        self._waiting[message.topic] = message
        self._wake.set()

    def _send_everything(self) -> None:
        self._settling.clear()
        for message in self._everything():
            self._send(message)

    async def run(self) -> None:
        """Stay connected for ever; cancel to stop, which says `offline` first."""
        while True:
            self._connected_at_s = float("inf")
            try:
                await self._one_connection()
            except* (aiomqtt.MqttError, OSError) as group:
                self._mind_loss(group)
            finally:
                self.connected = False
            await asyncio.sleep(self._delay_s * self._chance.uniform(0.5, 1.0))
            self._delay_s = min(self._delay_s * 2, LONGEST_DELAY_S)

    def _mind_loss(self, group: BaseExceptionGroup[BaseException]) -> None:
        if time.monotonic() - self._connected_at_s > STEADY_AFTER_S:
            self._delay_s, self._warned = FIRST_DELAY_S, False
        where = f"{self._config.host}:{self._config.port}"
        say = log.debug if self._warned else log.warning
        say("the broker of Home Assistant at %s is away (%s); trying again until it is back", where, first_of(group))
        self._warned = True

    async def _one_connection(self) -> None:
        async with await self._client() as client:
            await client.subscribe(self._topics.birth, qos=1)
            log.info("connected to the broker of Home Assistant")
            self._connected_at_s = time.monotonic()
            self._waiting.clear()
            self.connected = True
            self._send_everything()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._pump(client))
                    group.create_task(self._heed_births(client))
            except asyncio.CancelledError:
                await self._say_goodbye(client)
                raise

    async def _client(self) -> Client:
        config = self._config
        return Client(
            config.host,
            config.port,
            username=config.username,
            password=await asyncio.to_thread(_password, config),
            # The same identifier at every connection: a broker then ends the old one, and its last will comes before
            # the new one's `online`, not a keepalive later.
            identifier=f"{config.topic_prefix}-consumer",
            tls_context=await asyncio.to_thread(_tls, config),
            keepalive=KEEPALIVE_S,
            will=aiomqtt.Will(self._topics.bridge, OFFLINE, qos=1, retain=True),
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )

    async def _pump(self, client: aiomqtt.Client) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                message = self._waiting.pop(next(iter(self._waiting)))
                await client.publish(message.topic, message.payload, qos=int(message.sure), retain=True)

    async def _heed_births(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            # A retained birth is old news; what it asks for was sent at the connection.
            if message.payload == b"online" and not message.retain:
                await asyncio.sleep(self._chance.uniform(0.0, BIRTH_JITTER_S))
                self._send_everything()

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        """An orderly end takes back the last will, so `offline` is said by hand."""
        try:
            await client.publish(self._topics.bridge, OFFLINE, qos=1, retain=True, timeout=GOODBYE_WITHIN_S)
        except aiomqtt.MqttError:
            pass  # the broker is gone too, and will publish the last will


def _password(config: HomeAssistantTable) -> str | None:
    if config.password_file is None:
        return None
    return config.password_file.read_text(encoding="utf-8", errors="replace").rstrip("\r\n")


def _tls(config: HomeAssistantTable) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=str(config.ca)) if config.ca else None
