"""R6, R15: who has no right certificate, code or name exchanges no Smart Energy frame, and each case is an event.

The daemon is the house's own; its utility coordinator comes back with suspects around it.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hubd.bench.coordinator.install_code import crc16
from hubd.bench.house import certificates
from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB, LAB_METER, METER
from hubd.cli.hubctl import ca_files
from hubd.model.identity import Eui64
from hubd.model.lane import Lane
from hubd.zigbee.cbke.suite import Suite
from tests.scenario.headend_book import eventually, messages, vend

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

WINDOW_S = 8


@dataclass(frozen=True)
class Suspect:
    """One device; `event` is what the head-end must hear of it, with `detail.status` or a reason."""

    number: int
    event: str
    status: str | None = None
    reason: str = ""
    manner: str = "honest"

    @property
    def ieee(self) -> Eui64:
        return Eui64(f"00:0d:6f:00:0a:90:5a:{self.number:02x}")

    @property
    def install_code(self) -> str:
        octets = bytes((self.number,)) * 6
        return (octets + crc16(octets).to_bytes(2, "little")).hex()


FAILED = "key_establishment_failed"
FOREIGN = Suspect(1, FAILED, "0x01", "its certificate is of issuer 46:4f:52:45:49:47:4e:21")
ANOTHERS = Suspect(2, FAILED, "0x03", "the certificate of another device")
COPIED = Suspect(3, FAILED, "0x02", "the certificate is not its own", manner="copied")
REPLAYS = Suspect(4, FAILED, "0x02", "has not come to the same key", manner="replay")
UNCERTIFIED = Suspect(5, "frame_before_key_refused")
WRONG_CODE = Suspect(6, "commissioning_held", reason="window_over")
STRANGER = Suspect(7, "unlisted_device_refused", reason="nobody admitted it")
SUSPECTS = (FOREIGN, ANOTHERS, COPIED, REPLAYS, UNCERTIFIED, WRONG_CODE, STRANGER)
ADMITTED = SUSPECTS[:-1]


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def suspects(house: House) -> AsyncIterator[None]:
    """All of them, let in by one signed command but for the one whom nobody named; and gone afterwards."""
    devices = house.layout.air("utility") / "devices.toml"
    honest = devices.read_text()
    devices.write_text(honest + "".join(_table(house, suspect) for suspect in SUSPECTS))
    await _restart_radio(house)
    await house.ask_air({"do": "fault", "kind": "lets_in", "ieee": STRANGER.ieee})
    await _admit(house, *ADMITTED)
    yield
    devices.write_text(honest)
    await _restart_radio(house)
    async with asyncio.TaskGroup() as removing:
        for suspect in ADMITTED:
            removing.create_task(_remove(house, suspect))


async def _remove(house: House, suspect: Suspect, wait_s: int = 0) -> None:
    words = ("--home", str(house.layout.headend), "--hub", HUB, "--device", suspect.ieee)
    await house.head("remove", *words, "--wait", str(wait_s))


def _table(house: House, suspect: Suspect) -> str:
    ours = house.layout.certificates
    folder, subject = {
        FOREIGN: (ours / "foreign", suspect.ieee),
        ANOTHERS: (ours, Eui64(METER.ieee)),
    }.get(suspect, (ours, suspect.ieee))
    lines = ["[[device]]", 'kind = "electricity_meter"', f'ieee = "{suspect.ieee}"', "reports_per_s = 2.0"]
    lines.append(f'install_code = "{suspect.install_code}"')
    if suspect is not UNCERTIFIED:
        lines += [f'certificate = "{_certificate(folder, subject)}"', f'key_establishment = "{suspect.manner}"']
    return "\n".join((*lines, "", ""))


def _certificate(folder: Path, subject: Eui64) -> Path:
    issuer = certificates.ISSUER if folder.name != "foreign" else Eui64("46:4f:52:45:49:47:4e:21")
    file = ca_files.device_file(folder, subject, Suite.ONE)
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        ca_files.issue(ca_files.found(folder, Suite.ONE, issuer).authority, subject, file, replace=False)
    return file


async def _restart_radio(house: House) -> None:
    radio = house.children["radio-utility"]
    before = len(await messages(house, name="radio_up"))
    await radio.stop()
    await radio.restart()

    async def up_again() -> bool:
        return len(await messages(house, name="radio_up")) > before

    await eventually(up_again, 60.0, "the radio is up again")


async def _admit(house: House, *devices: Suspect) -> None:
    visit = house.layout.root / "suspects.toml"
    tables = (
        f'[[device]]\naddress = "{each.ieee}"\nkind = "electricity_meter"\ninstall_code = "{_named(each)}"\n'
        for each in devices
    )
    visit.write_text("\n".join(tables))
    await house.head(
        "admit", "--home", str(house.layout.headend), "--hub", HUB, "--devices", str(visit),
        "--window", str(WINDOW_S), "--wait", "0",
    )  # fmt: skip


def _named(suspect: Suspect) -> str:
    """The install code that the security centre has."""
    return FOREIGN.install_code if suspect is WRONG_CODE else suspect.install_code


async def _of_the_air(house: House, suspect: Suspect) -> dict[str, Any]:
    devices = await house.ask_air({"do": "devices"})
    found: dict[str, Any] = next(device for device in devices if device["ieee"] == suspect.ieee)
    return found


@pytest.mark.parametrize("suspect", [FOREIGN, ANOTHERS, COPIED], ids=["foreign", "another's", "copied"])
async def test_a_certificate_that_is_not_right_comes_to_no_key_r15(house: House, suspect: Suspect) -> None:
    event = await _told(house, suspect)
    assert event["detail"]["status"] == suspect.status
    assert suspect.reason in event["reason"]
    held = await eventually(
        lambda: messages(house, name="commissioning_held", device=suspect.ieee), 20.0, "commissioning is held"
    )
    assert held[-1]["body"]["reason"] == "key_refused"
    await _no_frame_was_exchanged(house, suspect)


async def test_a_device_without_certificate_that_speaks_under_its_joining_key_is_an_alarm_r6(house: House) -> None:
    await _told(house, UNCERTIFIED)
    rows = await messages(house, name=UNCERTIFIED.event, device=UNCERTIFIED.ieee)
    assert rows[-1]["lane"] == Lane.ALARM
    seen = await _of_the_air(house, UNCERTIFIED)
    assert seen["joined"]
    assert seen["under_link_key"]["said"], "it does speak"
    assert not seen["under_link_key"]["heard"], "and is not spoken to"
    assert not [row for row in await messages(house, device=UNCERTIFIED.ieee) if row["kind"] == "reading"]


async def test_a_wrong_install_code_does_not_come_in_r15(house: House) -> None:
    event = await _told(house, WRONG_CODE)
    assert event["reason"] == WRONG_CODE.reason
    assert not (await _of_the_air(house, WRONG_CODE))["joined"]
    await _no_frame_was_exchanged(house, WRONG_CODE)


async def test_a_device_nobody_named_is_told_to_leave_though_the_radio_let_it_in_r15(house: House) -> None:
    event = await _told(house, STRANGER)
    assert STRANGER.reason in event["reason"]

    async def gone() -> bool:
        return not (await _of_the_air(house, STRANGER))["joined"]

    await eventually(gone, 10.0, "it left")
    await _no_frame_was_exchanged(house, STRANGER)


async def test_a_replayed_key_establishment_comes_to_nothing_r15(house: House) -> None:
    """It made a key once, honestly; sent away and let in again, it says the same once more."""
    await eventually(lambda: messages(house, name="key_established", device=REPLAYS.ieee), 30.0, "its first key")
    await _remove(house, REPLAYS, wait_s=20)

    async def gone() -> bool:
        return not (await _of_the_air(house, REPLAYS))["joined"]

    await eventually(gone, 10.0, "it left")
    before = (await _of_the_air(house, REPLAYS))["under_link_key"]
    await _admit(house, REPLAYS)
    event = await _told(house, REPLAYS)
    assert event["detail"]["status"] == REPLAYS.status
    assert REPLAYS.reason in event["reason"]
    assert (await _of_the_air(house, REPLAYS))["under_link_key"] == before
    assert len(await messages(house, name="key_established", device=REPLAYS.ieee)) == 1


async def test_meanwhile_the_meter_beside_them_is_read_and_takes_tokens_r6(house: House) -> None:
    receipt = (await vend(house, "--meter", METER.pan, "--amount", "0.10"))["receipt"]
    assert receipt["outcome"] == "accepted"
    assert len(await messages(house, name="key_established", device=METER.ieee)) == 1, "its key outlived the radio"


async def test_a_device_without_a_key_is_not_asked_and_the_console_says_why_r6(house: House) -> None:
    devices = {device["address"]: device for device in await house.ask({"do": "devices"})}
    alias = devices[UNCERTIFIED.ieee]["alias"]
    answer = await house.ask({"do": "read", "device": alias})
    assert "no key is established" in answer["no_answer"]


async def _told(house: House, suspect: Suspect) -> dict[str, Any]:
    async def of_it() -> list[dict[str, Any]]:
        rows = await messages(house, name=suspect.event, device=suspect.ieee)
        return [row["body"] for row in rows if row["body"]["detail"].get("status") == suspect.status]

    found: list[dict[str, Any]] = await eventually(of_it, 30.0, f"{suspect.event} of {suspect.ieee}")
    return found[-1]


async def _no_frame_was_exchanged(house: House, suspect: Suspect) -> None:
    """Until now; the last test looks once more."""
    assert (await _of_the_air(house, suspect))["under_link_key"] == {"heard": 0, "said": 0}
    assert not [row for row in await messages(house, device=suspect.ieee) if row["kind"] == "reading"]


async def test_a_key_is_made_anew_by_hand_while_the_house_goes_on_r6(house: House) -> None:
    socket = ["--socket", str(house.layout.console)]
    made = await house.hubctl("rekey", "electricity-2", *socket)
    assert (made["address"], made["outcome"]) == (LAB_METER.ieee, "established")
    assert (await house.hubctl("read", "electricity-2", *socket))["import_wh"] is not None


async def test_in_the_end_none_of_those_without_a_key_has_exchanged_a_frame_r6_r15(house: House) -> None:
    for suspect in (FOREIGN, ANOTHERS, COPIED, WRONG_CODE, STRANGER):
        await _no_frame_was_exchanged(house, suspect)
