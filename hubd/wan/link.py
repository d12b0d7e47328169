"""The session with the WAN's broker, kept up for ever.

What comes is acknowledged after it is on disk, in the order of arrival, whatever it was: a message that is refused is
stored as a refusal, because a broker redelivers only on reconnection. What goes stays in the outbox until the
head-end itself says that it has stored it; a broker's PUBACK is no such word.
"""

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import Awaitable, Callable

import aiomqtt
import msgspec
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.store.journal import Journal
from hubd.wan import paho_doors, topics
from hubd.wan.config import WanConfig
from hubd.wan.messages import Ack, Status
from hubd.wan.pump import Pump
from hubd.wan.tls import client_context

log = logging.getLogger(__name__)

OnCommand = Callable[[Role, bytes], Awaitable[None]]
"""Takes one message of a command topic; returns when what it means is on disk."""

_SAY_GOODBYE_WITHIN_S = 2.0


class WanLink:
    """Construct it once; `run` for ever. Raises ConfigurationError where the certificates cannot be used."""

    connected: bool

    def __init__(
        self,
        config: WanConfig,
        hub: HubId,
        journal: Journal,
        on_command: OnCommand,
        status: Callable[[], Status],
    ) -> None:
        self.connected = False
        self._config = config
        self._hub = hub
        self._on_command = on_command
        self._status = status
        self._tls = client_context(config.ca, config.certificate, config.key)
        self._pump = Pump(hub, journal, config.ack_wait_s)
        self._status_wanted = asyncio.Event()
        self._roles = {topics.down(hub, role): role for role in Role}
        self._outage = False
        self._refusal_told = False

    def notify(self) -> None:
        """Something was committed to the outbox."""
        self._pump.notify()

    def publish_status(self) -> None:
        """Publish the retained status anew, as soon as there is a session."""
        self._status_wanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump.keep_deleting(), name="outbox")
            retry_s = self._config.first_retry_s
            while True:
                try:
                    await self._session()
                except* (aiomqtt.MqttError, OSError) as lost:
                    was_up, self.connected = self.connected, False
                    self._note_outage(lost)
                    retry_s = self._config.first_retry_s if was_up else min(2 * retry_s, self._config.longest_retry_s)
                await asyncio.sleep(retry_s * random.uniform(0.5, 1.0))  # noqa: S311

    async def _session(self) -> None:
        client = self._client()
        async with client:
            await client.subscribe([(topic, 1) for topic in (*self._roles, topics.ack(self._hub))])
            self.connected = True
            self._note_up()
            self.publish_status()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._receive(client), name="commands")
                    group.create_task(self._pump.run(lambda t, p: client.publish(t, p, qos=1)), name="pump")
                    group.create_task(self._keep_status(client), name="status")
            except asyncio.CancelledError:
                await self._say_goodbye(client)
                raise

    def _client(self) -> aiomqtt.Client:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._config.session_expiry_s
        will = Status(v=1, hub=self._hub, state="offline")
        client = aiomqtt.Client(
            self._config.host,
            self._config.port,
            identifier=self._hub,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=properties,
            keepalive=self._config.keepalive_s,
            will=aiomqtt.Will(topics.status(self._hub), msgspec.json.encode(will), qos=1, retain=True),
            tls_context=self._tls,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],  # a small message must not wait for company
            logger=logging.getLogger("hubd.wan.mqtt"),
        )
        paho_doors.acknowledge_by_hand(client)
        paho_doors.on_refused_publish(client, self._note_refused)
        return client

    async def _receive(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            topic, payload = str(message.topic), message.payload
            body = payload if isinstance(payload, bytes) else b""
            if (role := self._roles.get(topic)) is not None:
                await self._on_command(role, body)
            elif topic == topics.ack(self._hub):
                self._take_ack(body)
            paho_doors.acknowledge(client, message)

    def _take_ack(self, body: bytes) -> None:
        try:
            self._pump.stored(msgspec.json.decode(body, type=Ack))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("the head-end's receipt has not its form (%s); nothing is deleted for it", error)

    async def _keep_status(self, client: aiomqtt.Client) -> None:
        while True:
            await self._status_wanted.wait()
            self._status_wanted.clear()
            await client.publish(topics.status(self._hub), msgspec.json.encode(self._status()), qos=1, retain=True)

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        offline = msgspec.json.encode(Status(v=1, hub=self._hub, state="offline"))
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(_SAY_GOODBYE_WITHIN_S):
                await client.publish(topics.status(self._hub), offline, qos=1, retain=True)

    def _note_up(self) -> None:
        if self._outage:
            log.info("the WAN is back")
        self._outage = False
        self._refusal_told = False

    def _note_outage(self, lost: BaseExceptionGroup[Exception]) -> None:
        words = f"{self._config.host}:{self._config.port}: {_first(lost)}"
        log.log(
            logging.DEBUG if self._outage else logging.WARNING,
            "no WAN: %s; what waits is kept, and it is tried again until it is back",
            words,
        )
        self._outage = True

    def _note_refused(self, reason: str) -> None:
        if not self._refusal_told:
            log.warning("the broker takes our messages but does not pass them on: %s. Cure: its access list", reason)
        self._refusal_told = True


def _first(group: BaseException) -> BaseException:
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return group
