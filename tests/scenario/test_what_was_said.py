"""Everything that was published keeps to its schema, and no log shows a token, a key or an install code (R4, R10)."""

import asyncio
import re

import msgspec
import pytest

from hubd.bench.coordinator.unpi import AF, AREQ, encode
from hubd.bench.house.house import House
from hubd.bench.house.layout import LAB_METER, METER
from hubd.wan import schemas
from tests.scenario.headend_book import messages, vend

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def test_every_message_the_head_end_stored_keeps_to_its_schema_r10(house: House) -> None:
    rows = await messages(house)
    kinds = set()
    for row in rows:
        at = {"unix_s": row["at_unix_s"], "trust": row["at_trust"]}
        names = ("hub", "journal", "lane", "seq", "kind", "body")
        whole = {"v": 1, "at": at, **{name: row[name] for name in names}}
        schemas.check(f"hubd/v1/{row['hub']}/up/{row['lane']}", msgspec.json.encode(whole))
        kinds.add(row["kind"])
    assert {"reading", "receipt", "event"} <= kinds


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
