"""The contract with aiomqtt 2.5 and the paho inside it (docs/adr/0003): a version that closes a door fails here."""

import inspect

import aiomqtt
import paho.mqtt.client as paho
import pytest

from hubd.model.roles import Role
from hubd.mqtt import paho_doors
from hubd.store.journal import Journal

from .broker import Broker
from .conftest import eventually, running_hub
from .head_end import head_end


async def test_the_doors_are_there():
    client = aiomqtt.Client("localhost", protocol=aiomqtt.ProtocolVersion.V5)
    inner = client._client
    assert isinstance(inner, paho.Client)
    for name in ("manual_ack_set", "ack", "publish", "max_inflight_messages_set", "_sock_close"):
        assert callable(getattr(inner, name)), name
    assert list(inspect.signature(inner.ack).parameters) == ["mid", "qos"]
    assert inner.on_publish is not None
    assert inner.on_disconnect is not None
    assert inner.on_connect is not None
    assert not client._connected.done()


async def test_what_has_come_is_taken_at_once_oldest_first_and_no_more_than_asked_for():
    client = aiomqtt.Client("localhost", protocol=aiomqtt.ProtocolVersion.V5)
    for number in range(3):
        client._queue.put_nowait(aiomqtt.Message("t", b"%d" % number, 1, False, number, None))
    assert [message.mid for message in paho_doors.waiting(client, 2)] == [0, 1]
    assert [message.mid for message in paho_doors.waiting(client, 2)] == [2]
    assert paho_doors.waiting(client, 2) == []


async def test_acknowledging_by_hand_is_off_until_asked_for():
    client = aiomqtt.Client("localhost", protocol=aiomqtt.ProtocolVersion.V5)
    assert client._client._manual_ack is False
    paho_doors.acknowledge_by_hand(client)
    assert client._client._manual_ack is True


def test_a_message_carries_what_its_acknowledgement_needs():
    assert {"mid", "qos"} <= set(inspect.signature(aiomqtt.Message).parameters)


@pytest.mark.process
async def test_the_broker_hears_of_each_message_only_when_told_and_in_order(broker: Broker, journal: Journal):
    """Seen from the broker's side, because that is where a token would be lost."""
    given: list[bytes] = []
    held = {b"2"}

    async def stops_at_the_second(role: Role, payload: bytes) -> None:
        given.append(payload)
        if payload in held:
            await eventually(lambda: not held)

    async with head_end(broker) as head, running_hub(broker, journal, stops_at_the_second) as hub:
        await hub.until_connected()
        before = _pubacks(broker)
        await head.order(Role.VENDING, b"1")
        await eventually(lambda: _pubacks(broker) == before + 1)  # what comes together is acknowledged together
        for payload in (b"2", b"3"):
            await head.order(Role.VENDING, payload)
        await eventually(lambda: given == [b"1", b"2"] and _pubacks(broker) == before + 1)
        held.clear()
        await eventually(lambda: _pubacks(broker) == before + 3)
        assert given == [b"1", b"2", b"3"]


def _pubacks(broker: Broker) -> int:
    return (broker.folder / "log").read_text().count("Received PUBACK from hub-0001")
