"""The last devices that were removed are remembered on the hub (R3, R15)."""

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB, METER
from tests.scenario.headend_book import eventually

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

NEVER_CAME = "00:0d:6f:00:0a:90:69:ff"


async def test_a_device_that_the_security_centre_removes_is_listed_as_removed_r15(house: House) -> None:
    home, socket = str(house.layout.headend), str(house.layout.console)
    device = ["--home", home, "--hub", HUB, "--device", NEVER_CAME]
    words = ["--kind", "in_home_display", "--install-code", METER.install_code, "--window", "5", "--wait", "0"]
    await house.head("admit", *device, *words)
    await eventually(lambda: registered(house), 20.0, "the device is in the register")
    await house.head("remove", *device, "--wait", "30")
    newest = (await house.hubctl("devices", "--removed", "--socket", socket))[0]
    assert (newest["address"], newest["kind"]) == (NEVER_CAME, "in_home_display")
    assert newest["removed_unix_s"] > 1_700_000_000
    assert not await registered(house)


async def registered(house: House) -> bool:
    return any(device["address"] == NEVER_CAME for device in await house.ask({"do": "devices"}))
