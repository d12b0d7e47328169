"""The fleet's client of MQTT 5, octet by octet."""

import pytest

from hubd.bench.fleet.mqtt5 import Session, connect_packet, publish_packet, varint


class Ear:
    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []

    def ready(self) -> None:
        self.said.append(("ready",))

    def heard(self, topic: str, payload: bytes) -> None:
        self.said.append((topic, payload.decode()))

    def lost(self, reason: str) -> None:
        self.said.append(("lost", reason))


class Wire:
    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def abort(self) -> None:
        self.written += b"<aborted>"


CONNACK = b"\x20\x03\x00\x00\x00"
SUBACK = b"\x90\x04\x00\x01\x00\x01"
MESSAGE = b"\x32" + varint(2 + 3 + 2 + 1 + 200) + b"\x00\x03a/b\x00\x07\x00" + b"x" * 200


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_packets_are_understood_however_they_are_cut(size: int) -> None:
    ear, wire = Ear(), Wire()
    session = Session(ear, b"<connect>", ("a/b",))
    session.over(wire)
    octets = CONNACK + SUBACK + MESSAGE
    for start in range(0, len(octets), size):
        session.data_received(octets[start : start + size])
    assert ear.said == [("ready",), ("a/b", "x" * 200)]
    assert wire.written.startswith(b"<connect>\x82")
    assert wire.written.endswith(b"\x40\x02\x00\x07"), "acknowledged with its number"


def test_a_refused_connection_is_told_and_a_dropped_one_is_not() -> None:
    ear, wire = Ear(), Wire()
    session = Session(ear, b"", ())
    session.over(wire)
    session.data_received(b"\x20\x03\x00\x87\x00")
    session.drop()
    session.connection_lost(None)
    assert ear.said == [("lost", "refused with reason 0x87")]
    assert wire.written == b"<aborted>"


def test_packets_have_the_form_of_the_standard() -> None:
    assert varint(127) == b"\x7f"
    assert varint(16_384) == b"\x80\x80\x01"
    assert publish_packet(5, "t", b"p", retain=True) == b"\x33\x07\x00\x01t\x00\x05\x00p"
    assert connect_packet("h", 60, 3600, "w", b"o", 180) == (
        b"\x10\x22\x00\x04MQTT\x05\xac\x00\x3c\x05\x11\x00\x00\x0e\x10"
        b"\x00\x01h\x05\x18\x00\x00\x00\xb4\x00\x01w\x00\x01o\x00\x01h"
    )
