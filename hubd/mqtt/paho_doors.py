"""What aiomqtt 2.5 does not offer and the paho client inside it does (docs/adr/0003). A contract test holds it.

Taking many messages at once: without it each costs a task of its own.
Acknowledging by hand: without it paho tells the broker to forget a token before it is on disk.
Reasons of PUBACK: without them a broker's "not authorized" looks like success.
Sending without waiting: see `outgoing.py`.
What the broker said in its CONNACK: without it a message too large for it ends every session anew.
A refused connection: without it the broker's no is noticed only when the time is up, and the socket stays open.
"""

from collections.abc import Callable
from typing import Any

import aiomqtt
from paho.mqtt.enums import MQTTErrorCode

HUNG_UP = "it hung up without a word"


def acknowledge_by_hand(client: aiomqtt.Client) -> None:
    """From now on nothing that comes is acknowledged but by `acknowledge`. To be called before connecting."""
    client._client.manual_ack_set(True)


def acknowledge(client: aiomqtt.Client, message: aiomqtt.Message) -> None:
    """Tell the broker that this message is done with. To be called in the order of arrival (MQTT-4.6.0-2)."""
    client._client.ack(message.mid, message.qos)


def waiting(client: aiomqtt.Client, most: int) -> list[aiomqtt.Message]:
    """What has come already, oldest first, at most so many: aiomqtt's own iterator makes a task for each message."""
    queue = client._queue
    return [queue.get_nowait() for _ in range(min(most, queue.qsize()))]


def on_refused_publish(client: aiomqtt.Client, refused: Callable[[str], None]) -> None:
    """Be told, in words, when the broker took a message but will not pass it on."""

    def look(mid: int, reason_code: Any) -> None:
        if reason_code.is_failure:
            refused(str(reason_code))

    _watch_pubacks(client, look)


def on_puback(client: aiomqtt.Client, answered: Callable[[int], None]) -> None:
    """Be told of each message, by the number that `send` gave it, when the broker has answered."""
    _watch_pubacks(client, lambda mid, reason_code: answered(mid))


def send(client: aiomqtt.Client, topic: str, payload: bytes, *, retain: bool) -> tuple[MQTTErrorCode, int]:
    """Hand a QoS 1 message to the connection without waiting. Returns paho's verdict and the message's number."""
    info = client._client.publish(topic, payload, qos=1, retain=retain)
    return info.rc, info.mid


def allow_in_flight(client: aiomqtt.Client, most: int) -> None:
    """So many messages may wait for the broker's answer; what is above stays in paho, in order."""
    client._client.max_inflight_messages_set(most)


def notice_refused_connection(client: aiomqtt.Client) -> None:
    """Make connecting fail as soon as the broker hangs up instead of answering: it does so over a certificate it does
    not accept, because TLS 1.3 judges it after the client believes itself connected.
    """
    inner = client._client
    pass_on = inner.on_disconnect

    def watched(*args: Any) -> None:
        if not client._connected.done():
            client._connected.set_exception(aiomqtt.MqttError(HUNG_UP))
        if pass_on is not None:
            pass_on(*args)

    inner.on_disconnect = watched


def on_maximum_packet_size(client: aiomqtt.Client, told: Callable[[int | None], None]) -> None:
    """Be told at each connection how many octets a packet may have for this broker; None where it does not say.
    To be called before connecting.
    """
    inner = client._client
    pass_on = inner.on_connect

    def watched(client_: Any, userdata: Any, flags: Any, reason_code: Any, properties: Any) -> None:
        told(getattr(properties, "MaximumPacketSize", None))
        if pass_on is not None:
            pass_on(client_, userdata, flags, reason_code, properties)  # type: ignore[call-arg]

    inner.on_connect = watched


def abandon(client: aiomqtt.Client) -> None:
    """Close what is left of a connection, also of one that aiomqtt's thread is still making: that must not reach for
    the event loop when it has ended.
    """
    inner = client._client
    inner.on_socket_open = _nothing
    inner.on_socket_register_write = _nothing
    inner._sock_close()
    inner.on_socket_unregister_write = _nothing  # a socket that still comes about goes with the client itself
    inner.on_socket_close = _nothing


def _nothing(*_: Any) -> None:
    pass


def _watch_pubacks(client: aiomqtt.Client, look: Callable[[int, Any], None]) -> None:
    inner = client._client
    pass_on = inner.on_publish

    def watched(client_: Any, userdata: Any, mid: int, reason_code: Any, properties: Any) -> None:
        look(mid, reason_code)
        if pass_on is not None:
            pass_on(client_, userdata, mid, reason_code, properties)  # type: ignore[call-arg]

    inner.on_publish = watched


def own_the_loss(client: aiomqtt.Client) -> None:
    """Say that the loss of this connection was heard of: asyncio otherwise complains, when the client
    is thrown away, of an exception that nobody retrieved.
    """
    client._disconnected.add_done_callback(lambda lost: lost.cancelled() or lost.exception())
