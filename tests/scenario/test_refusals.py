"""What must never reach a meter, and says so: each misuse is refused with its reason in an event (R4, R5, R31)."""

import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import aiomqtt
import pytest
import pytest_asyncio

from hubd.bench.house.layout import HUB, LAB_METER, METER
from hubd.bench.house.visit import zero_token
from hubd.headend import pki
from hubd.headend.home import Home
from hubd.headend.sending import signed
from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.mqtt.client import Client
from hubd.wan.tls import client_context
from tests.scenario.air_account import account_at, codes_sent
from tests.scenario.headend_book import eventually, messages, vend
from tests.scenario.overheard import HeardHouse

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

TOKEN = "59386323472137426967"
FOREIGN = "25453597494250138964"
"""Published, for the meter's number but another key: no meter of the house can open it."""
STRANGER = "00:0d:6f:00:0a:90:ff:ff"


INTRUDER = "intruder"
_connected: dict[str, Client] = {}
_sold: set[str] = {FOREIGN}
"""What the office itself has sent here."""


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def beginning(house: HeardHouse) -> int:
    """The coordinator's last frame before anything is refused here."""
    return await account_at(house)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def intruder(house: HeardHouse) -> AsyncIterator[None]:
    """A client that the broker lets publish on every command topic: the hub must look after itself."""
    home = Home(house.layout.headend)
    pki.issue(home, INTRUDER)
    with (house.layout.headend / "broker" / "acl").open("a") as acl:
        acl.write(f"\nuser {INTRUDER}\ntopic write hubd/v1/+/down/#\n")
    os.kill(house.children["broker-wan"].pid, signal.SIGHUP)
    async with client(house, INTRUDER) as opened:
        _connected[INTRUDER] = opened
        yield


def client(house: HeardHouse, user: str) -> Client:
    home = Home(house.layout.headend)
    tls = client_context(home.ca, home.certificate(user), home.key(user))
    return Client(
        "127.0.0.1",
        house.layout.wan_port,
        tls_context=tls,
        protocol=aiomqtt.ProtocolVersion.V5,
        identifier=user,
    )


def command(house: HeardHouse, role: Role, cmd: str, args: dict[str, Any], **claims: Any) -> bytes:
    hub = claims.pop("hub", HubId(HUB))
    return signed(Home(house.layout.headend), role, hub, cmd, args, now_unix_s=time.time(), **claims)


async def sell(house: HeardHouse, *words: str, **options: Any) -> Any:
    """`hubctl head vend` to the house's meter; an amount of 5 pence where nothing else is said."""
    sale = await vend(house, "--meter", METER.pan, *(words or ("--amount", "0.05")), **options)
    if "token" in sale:  # of one that was given, the office does not say it again
        _sold.add(str(sale["token"]))
    return sale


async def refused(house: HeardHouse, payload: bytes, reason: str, role: Role = Role.VENDING) -> dict[str, Any]:
    """Publish, and wait for the event that names the reason. Nothing of it went out on the HAN; that nothing did
    later either is the last test's to say.
    """
    before, number = len(await messages(house, name="command_refused")), await account_at(house)
    house.forged.add(payload)
    await _connected[INTRUDER].publish(f"hubd/v1/{HUB}/down/{role}", payload, qos=1)
    rows = await eventually(lambda: _more(house, before), 10.0, f"an event that the command was refused ({reason})")
    event: dict[str, Any] = rows[-1]["body"]
    assert event["reason"].split(":")[0] == reason
    assert TOKEN not in str(rows), "no token in any event"
    assert set(await codes_sent(house, number)) <= _sold, "nothing of it was sent on the HAN"
    return event


async def _more(house: HeardHouse, before: int) -> list[dict[str, Any]] | None:
    rows = await messages(house, name="command_refused")
    return rows if len(rows) > before else None


def vend_args(device: str = METER.ieee, token: str = TOKEN) -> dict[str, str]:
    return {"device": device, "token": token}


async def test_a_token_for_a_meter_of_another_house_r31(house: HeardHouse) -> None:
    payload = command(house, Role.VENDING, "vend", vend_args(device=STRANGER))
    event = await refused(house, payload, "unknown_device")
    receipts = await eventually(lambda: messages(house, order=event["order"], outcome="refused"), 10.0, "a receipt")
    assert receipts[-1]["body"]["final"]


async def test_an_unsigned_command_r4(house: HeardHouse) -> None:
    await refused(house, b'{"cmd": "vend"}', "not_a_token")


async def test_a_command_whose_signature_was_changed_r4(house: HeardHouse) -> None:
    payload = command(house, Role.VENDING, "vend", vend_args())
    header, body, signature = payload.split(b".")
    flipped = (b"A" if signature[:1] != b"A" else b"B") + signature[1:]
    await refused(house, b".".join((header, body, flipped)), "bad_signature")


async def test_the_management_key_cannot_vend_r5(house: HeardHouse) -> None:
    payload = command(house, Role.MANAGEMENT, "vend", vend_args())
    await refused(house, payload, "wrong_role")


async def test_the_vending_key_cannot_manage_r5(house: HeardHouse) -> None:
    payload = command(house, Role.VENDING, "read", {"device": METER.ieee})
    await refused(house, payload, "wrong_role", role=Role.MANAGEMENT)
    await refused(house, payload, "unknown_command")


async def test_the_management_s_own_topic_does_not_know_vend_r5(house: HeardHouse) -> None:
    payload = command(house, Role.MANAGEMENT, "vend", vend_args())
    await refused(house, payload, "unknown_command", role=Role.MANAGEMENT)


async def test_a_replayed_counter_r4(house: HeardHouse) -> None:
    seen = command(house, Role.VENDING, "vend", vend_args(device=STRANGER))
    await refused(house, seen, "unknown_device")
    await refused(house, seen, "replayed_counter")


async def test_an_expired_command_r4(house: HeardHouse) -> None:
    payload = command(house, Role.VENDING, "vend", vend_args(), exp=int(time.time()) - 1)
    await refused(house, payload, "expired")


async def test_a_command_for_another_hub_r4(house: HeardHouse) -> None:
    payload = command(house, Role.VENDING, "vend", vend_args(), hub=HubId("hub-9999"))
    await refused(house, payload, "wrong_hub")


@pytest.mark.parametrize("token", [TOKEN[:-1], TOKEN + "1", "5938632347213742696x", "５" * 20, ""])
async def test_a_token_that_is_not_20_digits_r30(house: HeardHouse, token: str) -> None:
    payload = command(house, Role.VENDING, "vend", vend_args(token=token))
    await refused(house, payload, "not_20_digits")


async def test_a_frame_without_aps_security_is_dropped_unread_and_is_an_alarm_r6(house: HeardHouse) -> None:
    before = len(await messages(house, name="unsecured_frame_refused"))
    await house.ask_air({"do": "fault", "kind": "unsecured", "ieee": METER.ieee, "count": 1})
    rows = await eventually(lambda: _alarms(house, before), 20.0, "an alarm that an unsecured frame was refused")
    assert rows[-1]["body"]["device"] == METER.ieee
    assert rows[-1]["lane"] == "alarm"


async def _alarms(house: HeardHouse, before: int) -> list[dict[str, Any]] | None:
    rows = await messages(house, name="unsecured_frame_refused")
    return rows if len(rows) > before else None


async def test_another_meter_s_token_is_refused_by_the_meter_and_not_tried_again_r30_r31(house: HeardHouse) -> None:
    before, number = (await house.meter(METER))["log"], await account_at(house)
    sale = await sell(house, "--token", FOREIGN, "--request", "foreign-1", expect=frozenset({1}))
    assert sale["receipt"]["outcome"] == "rejected"
    assert "it is not this meter's" in sale["receipt"]["reason"]
    behind = await sell(house)
    assert behind["receipt"]["outcome"] == "accepted", "the meter's queue is first in, first out: it has gone on"
    assert await codes_sent(house, number) == [FOREIGN, behind["token"]], "a rejected token is never tried again"
    assert len((await house.meter(METER))["log"]) == len(before) + 2


async def test_no_refused_sending_ends_a_token_that_the_hub_carries_r5_r30(house: HeardHouse) -> None:
    await house.ask_air({"do": "power", "ieee": METER.ieee, "on": False})
    try:
        sale = await sell(house, wait_s=1.0, expect=frozenset({5}))
        order = str(sale["order"])
        forged = command(house, Role.MANAGEMENT, "vend", vend_args(), jti=order)
        await refused(house, forged, "unknown_command", role=Role.MANAGEMENT)
        late = command(house, Role.VENDING, "vend", vend_args(), jti=order, exp=int(time.time()) - 1)
        await refused(house, late, "expired")
        assert await messages(house, order=order, outcome="refused") == [], "it is under way: no word that it ended"
    finally:
        await house.ask_air({"do": "power", "ieee": METER.ieee, "on": True})
    rows = await eventually(lambda: messages(house, order=order, final=True), 70.0, "the token's own end")
    assert [(row["body"]["outcome"], row["body"]["role"]) for row in rows] == [("accepted", "vend")]


async def test_a_hub_s_certificate_opens_no_other_hub_s_topics_r4(house: HeardHouse) -> None:
    await house.head("init", str(house.layout.headend), "--hub", "hub-0002")
    before = len(await messages(house, name="command_refused"))
    payload = command(house, Role.VENDING, "vend", vend_args(device=STRANGER))
    house.forged.add(payload)
    async with client(house, "hub-0002") as other_hub:
        await other_hub.publish(f"hubd/v1/{HUB}/down/vend", payload, qos=1)
    await refused(house, b"not a token", "not_a_token", role=Role.MANAGEMENT)
    assert len(await messages(house, name="command_refused")) == before + 1, "only the second one came through"


async def test_the_radio_was_asked_to_send_what_the_office_sold_and_nothing_of_all_that_was_refused_r5_r30_r31(
    house: HeardHouse, beginning: int
) -> None:
    """The last tokens stand behind everything else in the queues of both meters, which are first in, first out."""
    mine = await sell(house)
    zero = zero_token(LAB_METER, datetime(2004, 2, 1, 0, 9))
    of_lab = await vend(house, "--meter", LAB_METER.pan, "--token", zero, "--request", "behind-all")
    assert (mine["receipt"]["outcome"], of_lab["receipt"]["outcome"]) == ("accepted", "accepted")
    sent = Counter(await codes_sent(house, beginning))
    assert set(sent) <= _sold | {zero}
    assert sent[mine["token"]] == sent[zero] == 1
    assert sent[FOREIGN] <= 1
