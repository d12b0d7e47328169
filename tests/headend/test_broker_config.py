"""The brokers' configurations: R1/R2/R5 (who may say and hear what), on a real mosquitto."""

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest

from hubd.headend import broker_config, pki, session
from hubd.headend.home import HEADEND_USER, OBSERVER_USER, VENDING_USER, Home
from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.mqtt.client import Client
from hubd.wan import topics

from .conftest import HUB, OTHER_HUB, Broker

ETC = Path(__file__).parents[2] / "etc" / "mosquitto"


@pytest.mark.parametrize("name", sorted(broker_config.reference()))
def test_the_reference_files_are_what_the_code_writes(name: str) -> None:
    assert (ETC / name).read_text() == broker_config.reference()[name]
    assert {path.name for path in ETC.iterdir()} == set(broker_config.reference())


def test_the_reference_does_not_know_the_benchs_observer_r5() -> None:
    assert OBSERVER_USER not in broker_config.reference()["wan.acl"]


def test_the_consumers_broker_listens_on_loopback_alone(tmp_path: Path) -> None:
    path = broker_config.consumer_broker(tmp_path, 18_830)
    listeners = [line for line in path.read_text().splitlines() if line.startswith("listener")]
    assert listeners == ["listener 18830 127.0.0.1"]


USERS = (HUB, OTHER_HUB, HEADEND_USER, VENDING_USER)
MAY_SAY = {
    topics.up(HUB, Lane.ALARM): {HUB},
    topics.status(HUB): {HUB},
    topics.ack(HUB): {HEADEND_USER},
    topics.down(HUB, Role.VENDING): {VENDING_USER},
    topics.down(HUB, Role.MANAGEMENT): {HEADEND_USER},
    topics.down(HUB, Role.NETWORK_OPERATOR): {HEADEND_USER},
    topics.down(HUB, Role.SECURITY_CENTRE): {HEADEND_USER},
    "elsewhere": set(),
}
MAY_HEAR = {
    topics.up(HUB, Lane.ALARM): {HEADEND_USER},
    topics.status(HUB): {HEADEND_USER},
    **{topic: {HUB} for topic in MAY_SAY if "/down/" in topic or topic.endswith("/ack")},
    "elsewhere": set(),
}


@pytest.mark.process
async def test_each_certificate_opens_its_own_topics_and_no_other_r2_r5(home: Home, broker: Broker) -> None:
    """Every user says every topic; every user listens to everything; who hears what is the matrix."""
    pki.issue(home, OBSERVER_USER)
    heard: dict[str, set[tuple[str, str]]] = {}
    async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        clients = {user: await stack.enter_async_context(connect(home, user)) for user in (*USERS, OBSERVER_USER)}
        listening = []
        for user, client in clients.items():
            heard[user] = set()
            await client.subscribe([("#", 1)])
            listening.append(group.create_task(listen(client, heard[user])))
        for user in USERS:
            for topic in MAY_SAY:
                await clients[user].publish(topic, user.encode(), qos=1)
        await clients[HUB].publish(topics.up(HUB, Lane.AUDIT), b"end", qos=1)  # behind all the others
        async with asyncio.timeout(10):
            while (topics.up(HUB, Lane.AUDIT), "end") not in heard[OBSERVER_USER]:
                await asyncio.sleep(0.005)
        for task in listening:
            task.cancel()
    for topic, speakers in MAY_SAY.items():
        assert {who for said, who in heard[OBSERVER_USER] if said == topic} == speakers, topic
    for user in USERS:
        for topic in {said for said, who in heard[user] if who != "end"}:
            assert user in MAY_HEAR[topic], (user, topic)
    assert heard[OTHER_HUB] == set()


@pytest.mark.process
async def test_without_a_certificate_of_ours_nobody_gets_in_r4(home: Home, broker: Broker, tmp_path: Path) -> None:
    stranger = Home(tmp_path / "stranger")
    pki.create(stranger, [HUB], [])
    stranger.ca.write_bytes(home.ca.read_bytes())
    config = home.config().broker
    reader, writer = await asyncio.open_connection(config.host, config.port, ssl=session.tls(stranger, HUB))
    with contextlib.closing(writer), pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.wait_for(reader.readexactly(1), 20.0)  # TLS 1.3: the server's no comes with the first read


@pytest.mark.process
async def test_a_hub_cannot_take_over_a_session_by_calling_itself_by_its_name_r1(home: Home, broker: Broker) -> None:
    config = home.config()
    async with connect(home, HEADEND_USER) as real:
        await real.subscribe([(topics.up(HUB, Lane.EVENT), 1)])
        async with session.client(config.broker, session.tls(home, HUB), HEADEND_USER, durable=False) as liar:
            await liar.publish(topics.up(HUB, Lane.EVENT), b"still here", qos=1)
        async with asyncio.timeout(20):
            assert (await anext(real.messages)).payload == b"still here"


def connect(home: Home, user: str) -> Client:
    return session.client(home.config().broker, session.tls(home, user), user, durable=False)


async def listen(client: Client, heard: set[tuple[str, str]]) -> None:
    async for message in client.messages:
        assert isinstance(message.payload, bytes)
        heard.add((str(message.topic), message.payload.decode()))
