"""Opening the MQTT sessions of the head-end: MQTT 5, TLS 1.3, each under the certificate of its duty."""

import socket
import ssl
from collections.abc import AsyncIterator

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from hubd.headend.home import BrokerTable, Home
from hubd.mqtt import paho_doors
from hubd.mqtt.client import Client
from hubd.wan import topics
from hubd.wan.tls import client_context

SESSION_EXPIRY_S = 14 * 86_400
KEEPALIVE_S = 20
CONNECT_WITHIN_S = 10.0
UNANSWERED = 1_000
"""So many messages the broker may have on the way to us at once. Without a word it sends 20 and waits, so that a
storm of alerts is committed 20 at a time."""

_AT_ONCE = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""An acknowledgement and a message behind it are two small writes: with Nagle's algorithm the second one waits 40 ms
for the other side's delayed TCP acknowledgement of the first."""


def tls(home: Home, name: str) -> ssl.SSLContext:
    """Mutual TLS 1.3 under the certificate `name`. Raises ConfigurationError where a file is missing or broken."""
    return client_context(home.ca, home.certificate(name), home.key(name))


def client(broker: BrokerTable, context: ssl.SSLContext, name: str, *, durable: bool) -> Client:
    """A client, not yet connected. A durable session keeps at the broker what comes while nobody listens; its
    messages are to be acknowledged by hand (`paho_doors.acknowledge`), after they are stored.
    """
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_EXPIRY_S if durable else 0
    if durable:
        properties.ReceiveMaximum = UNANSWERED
    opened = Client(
        broker.host,
        broker.port,
        identifier=name,
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=not durable,
        properties=properties,
        tls_context=context,
        keepalive=KEEPALIVE_S,
        timeout=CONNECT_WITHIN_S,
        socket_options=_AT_ONCE,
    )
    opened.pending_calls_threshold = 1_000
    if durable:
        paho_doors.acknowledge_by_hand(opened)
    return opened


def subscriptions() -> list[tuple[str, SubscribeOptions]]:
    """What the head-end hears. The statuses that the broker keeps come once, with a new session: after a reconnection
    there would be one of every hub before the alarms of a storm, and what changed meanwhile is in the session anyway.
    """
    return [
        (f"{topics.ROOT}/+/up/#", SubscribeOptions(qos=1)),
        (f"{topics.ROOT}/+/status", SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)),
    ]


def expiring(seconds: float) -> Properties:
    """Properties of a message that the broker forgets after so long."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = max(1, int(seconds))
    return properties


async def batches(opened: aiomqtt.Client, most: int) -> AsyncIterator[list[aiomqtt.Message]]:
    """What has come, as it comes: one message when it is quiet, up to `most` together when many wait."""
    messages = opened.messages
    async for message in messages:
        batch = [message]
        while len(messages) and len(batch) < most:
            batch.append(await anext(messages))
        yield batch
