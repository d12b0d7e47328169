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
import time
from collections.abc import Callable, Sequence

import aiomqtt
import msgspec
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hubd.errors import LinkError, StoreError, first_of
from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.model.stamp import Stamp
from hubd.mqtt import paho_doors
from hubd.mqtt.client import Client
from hubd.store.journal import Journal
from hubd.wan import topics
from hubd.wan.config import WanConfig
from hubd.wan.messages import Ack, Status
from hubd.wan.outage import explain
from hubd.wan.outgoing import Outgoing
from hubd.wan.pump import IN_FLIGHT, OnStored, Pump
from hubd.wan.takings import OnCommands, Takings
from hubd.wan.tls import client_context, refuse_another_hubs

log = logging.getLogger(__name__)

_SAY_GOODBYE_WITHIN_S = 2.0
_SETTLED_AFTER_S = 10.0
"""A session that lasted so long was a good one: the next outage begins with short waits again."""
_MAX_ACK_BYTES = 4_096
MOST_ON_THE_WAY = 250
"""So many messages the broker may have on the way to us at once, and no more are written down together. As many at
most come a second time after a kill (`store/sendings.py`)."""

_mqtt_log = logging.getLogger("hubd.wan.mqtt")
_mqtt_log.addFilter(lambda record: log.isEnabledFor(logging.DEBUG))  # an outage is told once, by us


class WanLink:
    """Construct it once; `run` for ever. Raises ConfigurationError where the certificates cannot be used."""

    connected: bool

    def __init__(
        self,
        config: WanConfig,
        hub: HubId,
        journal: Journal,
        on_commands: OnCommands,
        status: Callable[[], Status],
        on_stored: OnStored = lambda stored: None,
    ) -> None:
        self.connected = False
        self._config = config
        self._hub = hub
        self._takings = Takings(on_commands)
        self._status = status
        self._tls = client_context(config.ca, config.certificate, config.key)
        refuse_another_hubs(config.certificate, hub)
        self._pump = Pump(hub, journal, config.ack_wait_s, on_stored, config.unanswered_s)
        self._status_wanted = asyncio.Event()
        self._hurry = asyncio.Event()
        self._roles = {topics.down(hub, role): role for role in Role}
        self._outage = False
        self._refusal_told = False

    def notify(self) -> None:
        """Something was committed to the outbox."""
        self._pump.notify()

    def urge(self) -> None:
        """Something was committed that cannot wait: send the alarms again that nobody has stored, and where there is
        no session, or one that hangs, try for one now.
        """
        self._pump.send_alarms_again()
        if self._pump.hung or not self.connected:
            self._hurry.set()

    def say_unstored(self, name: str, kind: str, body: bytes, at: Stamp, told: Callable[[], None]) -> None:
        """Tell an alarm that could not be written down; `urge` sends it. It is kept in memory until the head-end has
        it, which `told` says; a later one of the same name takes its place.
        """
        self._pump.unstored.put(name, kind, body, at, told)

    def publish_status(self) -> None:
        """Publish the retained status anew, as soon as there is a session."""
        self._status_wanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump.keep_deleting(), name="outbox")
            group.create_task(self._takings.run(), name="takings")
            retry_s = self._config.first_retry_s
            while True:
                began_s = time.monotonic()
                try:
                    await self._session()
                except* (aiomqtt.MqttError, OSError, StoreError, LinkError) as lost:
                    self._note_outage(first_of(lost))
                finally:
                    self.connected = False
                settled = time.monotonic() - began_s > _SETTLED_AFTER_S
                retry_s = self._config.first_retry_s if settled else min(2 * retry_s, self._config.longest_retry_s)
                await self._wait_to_retry(retry_s * random.uniform(0.5, 1.0))  # noqa: S311

    async def _wait_to_retry(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._hurry.wait()
        self._hurry.clear()

    async def _session(self) -> None:
        client = self._client()
        outgoing = Outgoing(client, IN_FLIGHT + 2)  # the status is never held back by readings
        async with client:
            await client.subscribe([(topic, 1) for topic in (*self._roles, topics.ack(self._hub))])
            self.connected = True
            self._hurry.clear()
            self._note_up()
            self.publish_status()
            try:
                async with asyncio.TaskGroup() as group:
                    came: asyncio.Queue[aiomqtt.Message] = asyncio.Queue()
                    group.create_task(self._receive(client, came), name="messages")
                    group.create_task(self._obey(client, came), name="commands")
                    group.create_task(self._send(client, outgoing), name="pump")
                    group.create_task(self._keep_status(outgoing), name="status")
            except asyncio.CancelledError:
                await self._say_goodbye(outgoing)
                raise

    async def _send(self, client: Client, outgoing: Outgoing) -> None:
        try:
            await self._pump.run(outgoing.send)
        except LinkError:
            paho_doors.abandon(client)  # a word of parting would wait for the same broker
            raise

    def _client(self) -> Client:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._config.session_expiry_s
        properties.ReceiveMaximum = MOST_ON_THE_WAY
        client = Client(
            self._config.host,
            self._config.port,
            identifier=self._hub,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=properties,
            keepalive=self._config.keepalive_s,
            will=self._will(),
            tls_context=self._tls,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],  # a small message must not wait for company
            logger=_mqtt_log,
        )
        paho_doors.acknowledge_by_hand(client)
        paho_doors.on_refused_publish(client, self._note_refused)
        paho_doors.on_maximum_packet_size(client, self._pump.broker_takes)
        return client

    def _will(self) -> aiomqtt.Will:
        """It waits: a hub that comes back within the delay was never gone. Weak as a sign: a cell site that dies
        looks the same as a hub.
        """
        properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
        properties.WillDelayInterval = self._config.will_delay_s
        offline = msgspec.json.encode(Status(v=1, hub=self._hub, state="offline"))
        return aiomqtt.Will(topics.status(self._hub), offline, qos=1, retain=True, properties=properties)

    async def _receive(self, client: aiomqtt.Client, came: asyncio.Queue[aiomqtt.Message]) -> None:
        """The head-end's word is heard at once: on a full card, it makes room for the commands before it. The broker
        bounds what waits to be acknowledged; of what was sent without that wish, more than so much is let go.
        """
        async for message in client.messages:
            for each in (message, *paho_doors.waiting(client, MOST_ON_THE_WAY - 1)):
                if str(each.topic) == topics.ack(self._hub):
                    self._take_ack(_body(each))
                if each.qos > 0 or came.qsize() < MOST_ON_THE_WAY:
                    came.put_nowait(each)

    async def _obey(self, client: aiomqtt.Client, came: asyncio.Queue[aiomqtt.Message]) -> None:
        """In the order of arrival, all that is here already together, so that many can be written at once."""
        while True:
            together = [await came.get()]
            while not came.empty() and len(together) < MOST_ON_THE_WAY:
                together.append(came.get_nowait())
            await self._take(together)
            for each in together:
                paho_doors.acknowledge(client, each)

    async def _take(self, messages: Sequence[aiomqtt.Message]) -> None:
        """Sorted by roles, each role's in their order. Where nothing can be written, again and again: until then the
        broker is told nothing, and keeps them.
        """
        commands: dict[Role, list[bytes]] = {}
        for message in messages:
            if (role := self._roles.get(str(message.topic))) is not None:
                commands.setdefault(role, []).append(_body(message))
        told = logging.WARNING
        while commands and (failed := await self._takings.take(commands)) is not None:
            log.log(told, "orders are left with the broker, and tried again until they can be kept: %s", failed)
            told = logging.DEBUG
            await asyncio.sleep(self._config.unwritten_retry_s)

    def _take_ack(self, body: bytes) -> None:
        try:
            if len(body) > _MAX_ACK_BYTES:
                raise msgspec.DecodeError(f"{len(body)} octets")
            self._pump.stored(msgspec.json.decode(body, type=Ack))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            log.warning("the head-end's receipt has not its form (%s); nothing is deleted for it", error)

    async def _keep_status(self, outgoing: Outgoing) -> None:
        while True:
            await self._status_wanted.wait()
            self._status_wanted.clear()
            self._send_status(outgoing, self._status())

    async def _say_goodbye(self, outgoing: Outgoing) -> None:
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(_SAY_GOODBYE_WITHIN_S):
                self._send_status(outgoing, Status(v=1, hub=self._hub, state="offline"))
                await outgoing.all_answered()

    def _send_status(self, outgoing: Outgoing, status: Status) -> None:
        outgoing.send(topics.status(self._hub), msgspec.json.encode(status), lambda: None, retain=True)

    def _note_up(self) -> None:
        if self._outage:
            log.info("the WAN is back")
        self._outage = False
        self._refusal_told = False

    def _note_outage(self, lost: BaseException) -> None:
        log.log(
            logging.DEBUG if self._outage else logging.WARNING,
            "no WAN: %s. What waits is kept, and it is tried again until it is back",
            explain(lost, self._config),
        )
        self._outage = True

    def _note_refused(self, reason: str) -> None:
        if not self._refusal_told:
            log.warning("the broker takes our messages but does not pass them on: %s. Cure: its access list", reason)
        self._refusal_told = True


def _body(message: aiomqtt.Message) -> bytes:
    return message.payload if isinstance(message.payload, bytes) else b""
