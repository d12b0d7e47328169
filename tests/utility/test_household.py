"""Admission: what is asked before the radio is up is done when it is (R3, R15)."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.bench.devices.devices_file import devices_of
from hubd.bench.house.layout import METER
from hubd.errors import LinkError
from hubd.feed.sender import FeedSender
from hubd.model.device import DeviceKind
from hubd.model.han import DeviceJoined, HanEvent
from hubd.model.identity import Eui64, parse_eui64
from hubd.model.secret import Secret
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.utility.household import Household
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

ADDRESS = parse_eui64(METER.ieee)


def network_at(path: str, events: list[HanEvent]) -> SmartEnergyNetwork:
    return SmartEnergyNetwork(RadioConfig(path=path), events.append)


async def household_on(folder: Path, journal: Journal, network: SmartEnergyNetwork) -> Household:
    feeding = Feeding(FeedSender(folder / "feed.fifo"), "GBP")
    household = Household(journal, network, feeding, HubClock(assume_synced=True))
    await journal.commit(lambda c: household.record(c, ADDRESS, DeviceKind.ELECTRICITY_METER))
    await household.recover()
    return household


async def test_an_admission_that_comes_while_the_radio_starts_waits_for_it_r15(tmp_path: Path) -> None:
    table = {"kind": "electricity_meter", "ieee": METER.ieee, "install_code": METER.install_code}
    nodes = tuple(devices_of({"device": [table]}, "test", 1))
    coordinator = VirtualCoordinator(CoordinatorOptions(nodes=nodes, pty=tmp_path / "radio"))
    journal = await Journal.open(tmp_path / "journal.sqlite")
    events: list[HanEvent] = []
    network = network_at(str(tmp_path / "radio"), events)
    household = await household_on(tmp_path, journal, network)
    try:
        async with asyncio.TaskGroup() as group, asyncio.timeout(30.0):
            asked = group.create_task(household.let_in(ADDRESS, Secret(METER.install_code), 25))
            await asyncio.sleep(0)
            coordinator.open()
            running = group.create_task(network.run())
            while not any(isinstance(event, DeviceJoined) for event in events):
                await asyncio.sleep(0.02)
            household.joined(ADDRESS)
            await asked
            running.cancel()
    finally:
        with contextlib.suppress(Exception):
            coordinator.close()
        await journal.close()
    assert ADDRESS in network.known()


async def test_a_device_that_does_not_come_is_a_failure_with_what_to_look_at_r15(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "journal.sqlite")
    household = await household_on(tmp_path, journal, network_at("/dev/none", []))
    with pytest.raises(LinkError, match="install code is the one on its label"):
        await household.let_in(ADDRESS, Secret(METER.install_code), 0)
    await journal.close()


async def test_only_what_was_admitted_is_known_by_alias_and_by_address_r3_r31(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "journal.sqlite")
    household = await household_on(tmp_path, journal, network_at("/dev/none", []))
    assert household.find("electricity-1") == household.find(METER.ieee.upper())
    assert household.find("electricity-2") is None
    assert household.objection_to_meter(METER.ieee) is None
    assert (household.objection_to_meter("00:0d:6f:00:0a:90:ff:ff") or "").startswith("unknown_device")
    assert not household.knows(Eui64("00:0d:6f:00:0a:90:ff:ff"))
    await journal.close()


@pytest.mark.parametrize(
    ("kind", "code", "window_s", "says"),
    [
        ("toaster", METER.install_code, 60, "unknown_kind"),
        ("electricity_meter", METER.install_code[:-1] + "6", 60, "bad_install_code"),
        ("electricity_meter", METER.install_code, 0, "bad_window"),
        ("electricity_meter", METER.install_code, 10_000, "bad_window"),
        ("gas_meter", METER.install_code, 60, "other_kind"),
    ],
)
async def test_an_admission_that_cannot_be_is_refused_in_words_and_shows_no_code_r15(
    tmp_path: Path, kind: str, code: str, window_s: int, says: str
) -> None:
    journal = await Journal.open(tmp_path / "journal.sqlite")
    household = await household_on(tmp_path, journal, network_at("/dev/none", []))
    objection = household.objection_to_newcomer(METER.ieee, kind, code, window_s) or ""
    assert objection.startswith(says)
    assert code[:8] not in objection
    await journal.close()
