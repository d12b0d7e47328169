"""The broker's own access list, as installed, against a real broker: no credential orders in another's role (R5)."""

import asyncio
from pathlib import Path

import pytest

from hubd.bench.house.house import mosquitto
from hubd.bench.ports import free_port
from hubd.bench.processes import Children
from hubd.headend import broker_config, pki
from hubd.headend.home import HEADEND_USER, VENDING_USER, Home
from hubd.model.roles import Role
from hubd.mqtt.client import Client
from hubd.wan.tls import client_context

HUBS = ("hub-0001", "hub-0002")
LAST = "the last one"


def client(home: Home, user: str, port: int) -> Client:
    tls = client_context(home.ca, home.certificate(user), home.key(user))
    return Client("127.0.0.1", port, tls_context=tls, identifier=user)


@pytest.mark.process
async def test_each_credential_is_heard_in_its_own_roles_and_no_other_r5(tmp_path: Path):
    home, port = Home(tmp_path), free_port()
    pki.create(home, HUBS, ())
    config = broker_config.wan_broker(tmp_path, "127.0.0.1", port)
    acl = (tmp_path / "broker" / "acl").read_text()
    assert acl.startswith(broker_config.reference()["wan.acl"].rstrip()), "the list that etc/ holds"
    async with Children() as children:
        broker = await children.start("broker", [mosquitto(), "-c", str(config)], log=tmp_path / "broker.log")
        await broker.ready(port=port)
        async with client(home, "hub-0001", port) as hub:
            await hub.subscribe("hubd/v1/hub-0001/down/#", qos=1)
            for user in (VENDING_USER, HEADEND_USER, "hub-0002"):
                async with client(home, user, port) as sender:
                    for role in Role:
                        await sender.publish(f"hubd/v1/hub-0001/down/{role}", f"{user} as {role}", qos=1)
            async with client(home, VENDING_USER, port) as sender:
                await sender.publish(f"hubd/v1/hub-0001/down/{Role.VENDING}", LAST, qos=1)
            heard = await until_the_last(hub)
    assert heard == {f"{VENDING_USER} as {Role.VENDING}"} | {
        f"{HEADEND_USER} as {role}" for role in Role if role is not Role.VENDING
    }


async def until_the_last(hub: Client) -> set[str]:
    heard: set[str] = set()
    async with asyncio.timeout(10.0):
        async for message in hub.messages:
            said = bytes(message.payload).decode()  # type: ignore[arg-type]
            if said == LAST:
                break
            heard.add(said)
    return heard
