"""A client of MQTT 5 in the bench's own words: QoS 1 both ways, and so lean that a process holds thousands.

It knows what a hub needs of the protocol and nothing more. Sections are those of the OASIS standard of MQTT 5.0.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Protocol

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ = 1, 2, 3, 4, 8, 9, 12


class Wire(Protocol):
    """What a connection is written to: a transport of asyncio, or TLS above one."""

    def write(self, data: bytes, /) -> None:
        """Send, some time."""

    def abort(self) -> None:
        """Drop it at once, without a goodbye."""


class Listener(Protocol):
    """Who has the connection."""

    def ready(self) -> None:
        """The broker has taken the connection and the subscriptions."""

    def heard(self, topic: str, payload: bytes) -> None:
        """A message came; it is acknowledged when this returns."""

    def lost(self, reason: str) -> None:
        """The connection is gone, and was not dropped by us."""


def varint(number: int) -> bytes:
    """A variable byte integer (1.5.5)."""
    out = bytearray()
    while True:
        number, low = divmod(number, 128)
        out.append(low | (128 if number else 0))
        if not number:
            return bytes(out)


def packet(first: int, body: bytes) -> bytes:
    """A control packet: its first octet, its length, its body."""
    return bytes((first,)) + varint(len(body)) + body


def text(value: str) -> bytes:
    """A UTF-8 string with its length."""
    octets = value.encode()
    return struct.pack("!H", len(octets)) + octets


def connect_packet(
    name: str, keepalive_s: int, expiry_s: int, will_topic: str, will: bytes, will_delay_s: int
) -> bytes:
    """CONNECT with a session that stays and a retained last will of QoS 1 (3.1). The user is the client's name."""
    flags = 0x80 | 0x20 | 0x08 | 0x04
    properties = b"\x11" + struct.pack("!I", expiry_s)
    will_properties = b"\x18" + struct.pack("!I", will_delay_s)
    body = text("MQTT") + bytes((5, flags)) + struct.pack("!H", keepalive_s) + varint(len(properties)) + properties
    body += text(name) + varint(len(will_properties)) + will_properties + text(will_topic)
    return packet(CONNECT << 4, body + struct.pack("!H", len(will)) + will + text(name))


def subscribe_packet(identifier: int, topics: tuple[str, ...]) -> bytes:
    """SUBSCRIBE at QoS 1 (3.8)."""
    body = struct.pack("!H", identifier) + b"\x00"
    return packet(SUBSCRIBE << 4 | 2, body + b"".join(text(topic) + b"\x01" for topic in topics))


def publish_packet(identifier: int, topic: str, payload: bytes, *, retain: bool = False) -> bytes:
    """PUBLISH at QoS 1 (3.3)."""
    return packet(PUBLISH << 4 | 2 | retain, text(topic) + struct.pack("!HB", identifier, 0) + payload)


class Session(asyncio.Protocol):
    """One connection. The wire is the transport, unless `over` says another."""

    __slots__ = ("_connect", "_dropped", "_identifier", "_listener", "_rest", "_topics", "wire")

    def __init__(self, listener: Listener, connect: bytes, topics: tuple[str, ...]) -> None:
        self._listener = listener
        self._connect = connect
        self._topics = topics
        self._rest = b""
        self._identifier = 1
        self._dropped = False
        self.wire: Wire | None = None

    def over(self, wire: Wire) -> None:
        """The way to the broker is open: introduce ourselves."""
        self.wire = wire
        wire.write(self._connect)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send a message; whoever must know that it arrived waits for the head-end's own word."""
        if self.wire is not None:
            self._identifier = self._identifier % 65_535 + 1
            self.wire.write(publish_packet(self._identifier, topic, payload, retain=retain))

    def ping(self) -> None:
        """Show that we live (3.12)."""
        if self.wire is not None:
            self.wire.write(packet(PINGREQ << 4, b""))

    def drop(self) -> None:
        """As a loss of power does it: no DISCONNECT."""
        self._dropped = True
        if self.wire is not None:
            self.wire.abort()
            self.wire = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        assert isinstance(transport, asyncio.Transport)
        self.over(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self.wire = None
        if not self._dropped:
            self._listener.lost(str(exc or "the broker closed it"))

    def data_received(self, data: bytes) -> None:
        """Octets from the broker."""
        data = self._rest + data if self._rest else data
        start = 0
        while (found := _whole_packet(data, start)) is not None:
            body_start, end = found
            self._take(data[start], data[body_start:end])
            start = end
        self._rest = data[start:]

    def _take(self, first: int, body: bytes) -> None:
        match first >> 4:
            case 2:  # CONNACK
                if body[1] != 0:
                    self._listener.lost(f"refused with reason {body[1]:#x}")
                elif self.wire is not None:
                    self.wire.write(subscribe_packet(1, self._topics))
            case 9:  # SUBACK
                self._listener.ready()
            case 3:  # PUBLISH
                self._take_message(first, body)

    def _take_message(self, first: int, body: bytes) -> None:
        (length,) = struct.unpack_from("!H", body)
        topic, at = body[2 : 2 + length].decode(), 2 + length
        acknowledge: Callable[[], None] | None = None
        if first & 0x06:
            answer = packet(PUBACK << 4, body[at : at + 2])
            at += 2
            wire = self.wire
            acknowledge = (lambda: wire.write(answer)) if wire is not None else None
        properties, at = _read_varint(body, at)
        self._listener.heard(topic, body[at + properties :])
        if acknowledge is not None:
            acknowledge()


def _whole_packet(data: bytes, start: int) -> tuple[int, int] | None:
    """Where the body of the packet at `start` begins and ends; None where it is not all there yet."""
    if len(data) < start + 2:
        return None
    try:
        length, body = _read_varint(data, start + 1)
    except IndexError:
        return None
    return (body, body + length) if len(data) >= body + length else None


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        octet = data[at]
        at += 1
        value |= (octet & 127) << shift
        shift += 7
        if octet < 128:
            return value, at
