"""R17: the line to a meter, by one command; of one that sleeps, at its next wake, which is said beforehand."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.bench.devices.devices_file import devices_of
from hubd.bench.house.layout import METER
from hubd.console import ConsoleRefusedError
from hubd.feed.sender import FeedSender
from hubd.model.device import DeviceKind
from hubd.model.han import DeviceJoined, HanEvent, Mirror
from hubd.model.identity import parse_eui64
from hubd.model.secret import Secret
from hubd.store import sleepers
from hubd.store.journal import Journal
from hubd.utility import mailbox
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.utility.household import Household
from hubd.utility.line_tests import LineTests
from hubd.utility.mailboxes import Mailboxes
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

ADDRESS = parse_eui64(METER.ieee)


class Nobody:
    """Who is told of silence and tokens here."""

    async def meter_silent(self, device, silent_s) -> None:
        pass

    async def meter_back(self, device, silent_s) -> None:
        pass

    def awake(self, device) -> None:
        pass

    def asleep(self, device) -> None:
        pass


@dataclass
class Hub:
    """What a line test stands on."""

    virtual: VirtualCoordinator
    journal: Journal
    boxes: Mailboxes
    tests: LineTests

    async def ping(self, **more: object) -> dict:
        return await self.tests.ping({"device": "electricity-1", **more})

    async def result(self, begun: dict, wait_s: float = 10.0) -> dict:
        return await self.tests.result({"test": begun["test"], "wait_s": wait_s})

    async def fall_asleep(self) -> None:
        """The meter sets up a mirror, wakes once, and is let go."""
        self.boxes.mirrored(ADDRESS, Mirror(10, 1, 1_800))
        while not await self.journal.read(sleepers.every):
            await asyncio.sleep(0)
        self.boxes.in_service(ADDRESS)
        self.boxes.woke(ADDRESS)
        async with asyncio.timeout(20):
            while self.boxes.is_awake(ADDRESS):
                await asyncio.sleep(0.02)


@pytest.fixture
async def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    monkeypatch.setattr(mailbox, "LINGER_S", 0.01)
    table = {"kind": "electricity_meter", "ieee": METER.ieee, "install_code": METER.install_code}
    virtual = VirtualCoordinator(
        CoordinatorOptions(nodes=tuple(devices_of({"device": [table]}, "test", 1)), pty=tmp_path / "radio")
    )
    virtual.open()
    journal, events = await Journal.open(tmp_path / "journal.sqlite"), list[HanEvent]()
    clock = HubClock(assume_synced=True)
    network = SmartEnergyNetwork(RadioConfig(str(tmp_path / "radio"), test_timeout_s=0.3), events.append)
    household = Household(journal, network, Feeding(FeedSender(tmp_path / "feed.fifo"), "GBP"), clock)
    boxes = Mailboxes(journal, network, clock, Nobody())
    await journal.commit(lambda c: household.record(c, ADDRESS, DeviceKind.ELECTRICITY_METER))
    await household.reload()
    await boxes.recover(Nobody())
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(network.run()), group.create_task(boxes.run())]
            tests = LineTests(household, network, boxes, clock, lambda work: running.append(group.create_task(work)))
            async with asyncio.timeout(20):
                while network.radio.state != "up":
                    await asyncio.sleep(0.01)
                await network.admit(ADDRESS, Secret(METER.install_code), 60)
                while not any(isinstance(event, DeviceJoined) for event in events):
                    await asyncio.sleep(0.01)
            yield Hub(virtual, journal, boxes, tests)
            for task in running:
                task.cancel()
    finally:
        await journal.close()
        virtual.close()


async def test_a_meter_that_listens_is_tested_at_once_r17(hub: Hub) -> None:
    begun = await hub.ping()
    assert (begun["asleep"], begun["polls"]) == (False, False)
    result = await hub.result(begun)
    assert (result["done"], result["answered"], result["alias"]) == (True, True, "electricity-1")
    assert result["end_to_end_s"] < 10.0


async def test_a_sleeping_meter_is_tested_at_its_next_wake_which_is_told_r17_r24(hub: Hub) -> None:
    await hub.fall_asleep()
    woke = hub.boxes.woke_at(ADDRESS)
    begun = await hub.ping()
    assert (begun["asleep"], begun["wakes_every_s"]) == (True, 1_800.0)
    assert begun["next_wake_unix_s"] == pytest.approx(woke.unix_s + 1_800.0)
    assert await hub.result(begun, wait_s=0.05) == {"done": False}
    hub.boxes.woke(ADDRESS)
    result = await hub.result(begun)
    assert (result["done"], result["answered"]) == (True, True)


async def test_a_sleeping_meter_that_does_not_answer_is_asked_at_the_wake_after_r17_r24(hub: Hub) -> None:
    await hub.fall_asleep()
    (node,) = hub.virtual.air.nodes.values()
    hub.virtual.air.power(node, False)
    begun = await hub.ping()
    hub.boxes.woke(ADDRESS)
    assert await hub.result(begun, wait_s=1.0) == {"done": False}
    hub.virtual.air.power(node, True)
    hub.boxes.woke(ADDRESS)
    assert (await hub.result(begun))["answered"] is True


async def test_a_test_that_found_no_wake_within_its_time_leaves_nothing_behind_r17_r24(hub: Hub) -> None:
    await hub.fall_asleep()
    begun = await hub.ping(wait_s=0.05)
    await asyncio.sleep(0)
    assert len(hub.boxes.waiting(ADDRESS)) == 1
    result = await hub.result(begun)
    assert (result["done"], result["answered"], result["withdrawn"]) == (True, False, True)
    assert result["reason"] == "electricity-1 did not wake within 0.05 s, and the test was withdrawn"
    assert hub.boxes.waiting(ADDRESS) == []


async def test_a_test_that_failed_names_the_device_as_a_good_one_does_r17(hub: Hub) -> None:
    good = await hub.result(await hub.ping())
    await hub.fall_asleep()
    failed = await hub.result(await hub.ping(wait_s=0.0))
    assert (good["device"], failed["device"]) == (ADDRESS, ADDRESS)
    assert "address" not in good.keys() | failed.keys()
    for wait_s in (-3, float("nan"), float("inf")):
        with pytest.raises(ConsoleRefusedError, match="is no span of time"):
            await hub.ping(wait_s=wait_s)


async def test_a_test_that_nobody_began_is_refused_and_old_ones_are_forgotten_r17(hub: Hub) -> None:
    with pytest.raises(ConsoleRefusedError, match="ping again"):
        await hub.tests.result({"test": "ping:none"})
    with pytest.raises(ConsoleRefusedError, match="known: electricity-1"):
        await hub.tests.ping({"device": "gas-7"})
    first = await hub.ping()
    for _ in range(16):
        await hub.ping()
    with pytest.raises(ConsoleRefusedError, match="no such test"):
        await hub.result(first)
