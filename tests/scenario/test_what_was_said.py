"""Everything that was published keeps to its schema, and no log shows a token, a key or an install code (R4, R10)."""

import asyncio
import contextlib
import functools
import re
from importlib import resources
from typing import Any

import jwt
import msgspec
import pytest
import yaml

from hubd.bench.coordinator.unpi import AF, AREQ, encode
from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB, LAB_METER, METER
from hubd.headend import book
from hubd.headend.home import Home
from hubd.wan import schemas
from tests.scenario.headend_book import eventually, messages, vend
from tests.scenario.overheard import HeardHouse

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


ON_OCCASION = {"outage_alert", "outage_restored", "outage_momentary", "brown_out"}
"""Kinds that this file does not bring about: test_outages.py does, but for a brown-out, and they are held here then.
Examples of each are held to its schema in tests/wan/test_schemas.py.
"""


NEVER_CAME = "00:0d:6f:00:0a:90:69:fe"


async def _registered(house: House) -> bool:
    return any(device["address"] == NEVER_CAME for device in await house.ask({"do": "devices"}))


async def order_everything(house: House) -> None:
    """One command of each kind that the visit has not brought."""
    home = ["--home", str(house.layout.headend)]
    meter = [*home, "--meter", METER.pan, "--wait", "30"]
    await vend(house, "--meter", METER.pan, "--amount", "0.10")
    await house.head("read", *meter)
    await house.head("prepayment", *meter, "--low-credit", "1.00")
    await house.head("status", *home, "--hub", HUB, "--wait", "30")
    device = [*home, "--hub", HUB, "--device", NEVER_CAME, "--wait", "30"]
    kind = ["--kind", "in_home_display", "--install-code", METER.install_code, "--window", "1"]
    await house.head("admit", *device[:-2], *kind, "--wait", "0")
    await eventually(lambda: _registered(house), 30.0, "the device is in the register")
    await house.head("remove", *device)


async def test_every_message_on_the_broker_is_of_the_asyncapi_document_and_keeps_to_its_schema_r10(
    house: HeardHouse,
) -> None:
    await order_everything(house)
    spoken = [message for message in house.heard if message[1] not in house.forged]
    seen = {check(topic, payload) for topic, payload in spoken}
    missing = set(schemas.names()) - seen
    print(f"\n{len(spoken)} messages of {len(seen)} kinds; not seen: {', '.join(sorted(missing)) or 'none'}")
    assert missing <= ON_OCCASION


def check(topic: str, payload: bytes) -> str:
    """The message's kind, by the name of its schema. Raises WireError or AssertionError where it should not be."""
    schemas.check(topic, payload)
    *_, channel, last = topic.split("/")
    match channel:
        case "up":
            kind = str(msgspec.json.decode(payload)["kind"])
        case "down":
            channel, kind = last, str(jwt.decode(payload, options={"verify_signature": False})["cmd"])
        case _:
            channel = kind = last
    described = document()["channels"][channel]
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", described["address"]), topic), topic
    reference = described["messages"][kind]["$ref"].rsplit("/", 1)[-1]
    return str(reference)


@functools.cache
def document() -> dict[str, Any]:
    return dict(yaml.safe_load((resources.files("hubd.wan") / "asyncapi.yaml").read_text()))


async def test_every_message_the_head_end_stored_keeps_to_its_schema_r10(house: House) -> None:
    rows = await messages(house)
    kinds = set()
    for row in rows:
        at = {"unix_s": row["at_unix_s"], "trust": row["at_trust"]}
        names = ("hub", "journal", "lane", "seq", "kind", "body")
        whole = {"v": 1, "at": at, **{name: row[name] for name in names}}
        schemas.check(f"hubd/v1/{row['hub']}/up/{row['lane']}", msgspec.json.encode(whole))
        assert row["fault"] is None, row
        kinds.add(row["kind"])
    assert set(schemas.UP_KINDS) - kinds <= ON_OCCASION


async def test_nobody_received_what_he_could_not_read_r10(house: House) -> None:
    """The head-end keeps the beginning of what is no message, the consumer daemon says so of what is no frame."""
    with contextlib.closing(book.open_book(Home(house.layout.headend))) as opened:
        assert [dict(row) for row in opened.execute("SELECT topic, reason FROM unreadable")] == []
    assert "what is no frame" not in (house.layout.logs / "hubd-consumer.log").read_text()


CUT_SHORT = "59386323472137426967"
"""Digits in a frame that ends too early: the radio stack cannot read it, and says so."""


async def hear_a_frame_that_is_cut_short(house: House) -> None:
    """AF_INCOMING_MSG of which half is missing."""
    head = bytes.fromhex("0000 0507 1234 01 01 00 c8 01 00000000 01 64".replace(" ", ""))
    frame = encode(AREQ | AF, 0x81, head + CUT_SHORT.encode())
    await house.ask_air({"do": "octets", "hex": frame.hex()})


def every_way_to_print(secret: str) -> set[str]:
    """As it is, as octets in a Python literal, as hexadecimal digits with and without colons."""
    octets = secret.encode()
    return {secret, "".join(f"\\x{octet:02x}" for octet in octets), octets.hex(), octets.hex(":")}


async def test_no_log_shows_a_token_a_key_or_an_install_code_r4(house: House) -> None:
    sale = await vend(house, "--meter", METER.pan, "--amount", "0.10")
    secrets = {sale["token"], METER.vending_key, METER.install_code, LAB_METER.install_code}
    key_files = [*house.layout.headend.rglob("*.key"), *house.layout.headend.rglob("*.pem")]
    assert key_files
    secrets |= {path.read_text().splitlines()[1] for path in key_files if len(path.read_text().splitlines()) > 1}
    keys = await house.ask_air({"do": "keys"})
    zigbee = {keys["network_key"]["key"], *(device["link_key"] for device in keys["devices"])}
    secrets |= zigbee | {bytes.fromhex(key).hex(":") for key in zigbee}
    await hear_a_frame_that_is_cut_short(house)
    await vend(house, "--meter", METER.pan, "--amount", "0.10")  # by then that frame was heard
    secrets = {way for secret in {*secrets, CUT_SHORT} for way in every_way_to_print(secret)}
    logs = list(house.layout.logs.iterdir())
    assert len(logs) >= 7
    for log in logs:
        text = await asyncio.to_thread(log.read_text, errors="replace")
        shown = [secret[:6] for secret in secrets if secret.lower() in text.lower()]
        assert not shown, f"{log.name} shows a secret"
        assert not re.search(r"(?<!\d)\d{20}(?!\d)", text), f"{log.name} shows 20 digits in a row"


async def test_what_holds_secrets_on_disk_is_its_owner_s_alone_r4(house: House) -> None:
    layout = house.layout
    private = [layout.utility / "journal.sqlite", layout.utility / "zigbee.sqlite", layout.headend / "headend.sqlite"]
    private += list(layout.headend.rglob("*.key"))
    for path in private:
        assert path.stat().st_mode & 0o077 == 0, path
    assert layout.console.stat().st_mode & 0o077 == 0
