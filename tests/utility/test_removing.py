"""R15: a signed removal is on disk before anything is said on the air, and is finished after a crash."""

import asyncio
from pathlib import Path

from hubd.bench.devices.devices_file import devices_of
from hubd.bench.house.layout import METER
from hubd.model.identity import parse_eui64
from hubd.model.roles import Role
from hubd.store import devices

from .commissioning.hub import MortalHub, signed

ADDRESS = parse_eui64(METER.ieee)


def admission(ctr: int):
    args = {"devices": [{"device": METER.ieee, "kind": "electricity_meter", "install_code": METER.install_code}]}
    return signed(Role.SECURITY_CENTRE, f"admit-{ctr}", ctr, "admit", args)


async def test_a_hub_killed_once_the_removal_is_on_disk_tells_the_device_in_its_next_life_r15(tmp_path: Path):
    table = {"kind": "electricity_meter", "ieee": METER.ieee, "install_code": METER.install_code}
    hub = MortalHub(tmp_path, {devices_of({"device": [table]}, "test", 1)[0].device: METER.install_code})
    hub.coordinator.open()
    (node,) = hub.coordinator.air.nodes.values()
    try:
        hub.undelivered = [admission(1)]
        async with hub.living() as life:
            assert await hub.until(life, lambda: ADDRESS in life.network.known())
        async with hub.living() as life:
            assert await hub.until(life, lambda: life.network.radio.state == "up")
            life.journal.commits_left = 1
            removing = asyncio.create_task(life.household.see_out(ADDRESS))
            await life.journal.died.wait()
            removing.cancel()
            assert node.joined, "it was killed before a word went out"
        async with hub.living() as life:
            assert life.household.find(METER.ieee) is None
            await hub.until(life, lambda: not node.joined)
            assert life.network.known() == frozenset()
            removed = await life.journal.read(devices.removed)
            assert [each.address for each in removed] == [ADDRESS]
    finally:
        hub.coordinator.close()
