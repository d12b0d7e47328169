"""R6: the operator has a device's link key made anew, and hears what came of it."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hubd import console
from hubd.bench.air.node import Node
from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.bench.devices.devices_file import devices_of
from hubd.bench.devices.key_establishment import DeviceKeyMaker
from hubd.bench.house.layout import METER
from hubd.cli.hubctl import ca_files
from hubd.cli.hubctl_main import main as hubctl
from hubd.feed.sender import FeedSender
from hubd.model.device import DeviceKind
from hubd.model.han import DeviceJoined, HanEvent
from hubd.model.identity import Eui64, parse_eui64
from hubd.model.secret import Secret
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.utility.household import Household
from hubd.utility.key_renewals import KeyRenewals
from hubd.zigbee.cbke import authority, ecqv, initiator
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

ADDRESS = parse_eui64(METER.ieee)
COORDINATOR = Eui64("00:12:4b:00:00:00:00:01")


@dataclass
class Hub:
    """What it stands on."""

    socket: Path
    virtual: VirtualCoordinator
    network: SmartEnergyNetwork

    @property
    def node(self) -> Node:
        return next(iter(self.virtual.air.nodes.values()))

    async def hubctl(self, *words: str) -> int:
        return await asyncio.to_thread(hubctl, ["rekey", *words, "--socket", str(self.socket)])


def certificate(folder: Path, subject: Eui64) -> Path:
    by = folder / "authority-suite1.txt"
    if not by.exists():
        ca_files.found(folder, Suite.ONE, Eui64("48:55:42:44:54:45:53:54"))
    file = ca_files.device_file(folder, subject, Suite.ONE)
    ca_files.issue(ca_files.authorities(folder, (Suite.ONE,), True)[0], subject, file, replace=False)
    return file


@contextlib.asynccontextmanager
async def running(folder: Path, *, certified: bool = True) -> AsyncIterator[Hub]:
    table = {"kind": "electricity_meter", "ieee": METER.ieee, "install_code": METER.install_code}
    own = (certificate(folder, COORDINATOR),) if certified else ()
    if certified:
        table["certificate"] = str(certificate(folder, ADDRESS))
    nodes = tuple(devices_of({"device": [table]}, "test", 1))
    virtual = VirtualCoordinator(CoordinatorOptions(nodes=nodes, ieee=COORDINATOR, pty=folder / "radio"))
    virtual.open()
    journal, events = await Journal.open(folder / "journal.sqlite"), list[HanEvent]()
    heard = [events.append]
    config = RadioConfig(str(folder / "radio"), certificates=own)
    network = SmartEnergyNetwork(config, lambda event: [hear(event) for hear in heard] and None)
    feeding = Feeding(FeedSender(folder / "feed.fifo"), "GBP")
    household = Household(journal, network, feeding, HubClock(assume_synced=True))
    await journal.commit(lambda c: household.record(c, ADDRESS, DeviceKind.ELECTRICITY_METER))
    await household.reload()
    renewals = KeyRenewals(household, network)
    heard.append(renewals.hear)

    async def answer(question):
        return await renewals.answers[question["do"]](question)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(network.run()),
                group.create_task(console.serve(folder / "console.sock", answer)),
            ]
            async with asyncio.timeout(30):
                while network.radio.state != "up":
                    await asyncio.sleep(0.01)
                await network.admit(ADDRESS, Secret(METER.install_code), 60)
                while not any(isinstance(event, DeviceJoined) for event in events):
                    await asyncio.sleep(0.01)
            yield Hub(folder / "console.sock", virtual, network)
            for task in tasks:
                task.cancel()
    finally:
        await journal.close()
        virtual.close()


async def test_a_key_is_made_anew_when_the_operator_says_so_r6(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    async with running(tmp_path) as hub:
        before = hub.node.link_key
        assert await hub.hubctl("electricity-1", "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["outcome"], told["suite"], told["address"]) == ("established", 1, ADDRESS)
        assert hub.node.link_key.reveal() != before.reveal()
        assert (await hub.network.read_metering(ADDRESS)).import_wh is not None
        assert await hub.hubctl("electricity-1") == 0
        assert "made" in capsys.readouterr().out


async def test_a_device_with_a_wrong_certificate_keeps_its_key_and_the_reason_is_told_r6(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    async with running(tmp_path) as hub:
        foreign = authority.found(
            Suite.ONE, Eui64("46:4f:52:45:49:47:4e:21"), secrets.token_bytes(ecqv.random_octets(Suite.ONE.curve))
        )
        maker = DeviceKeyMaker(
            ADDRESS, foreign.issue(ADDRESS, 0, secrets.token_bytes(foreign.random_octets_to_issue))
        )
        maker.restore(hub.node.key_maker.save(), hub.node.link_key)
        hub.node.key_maker = maker
        assert await hub.hubctl("electricity-1") == 1
        assert "UNKNOWN_ISSUER" in capsys.readouterr().err
        assert (await hub.network.read_metering(ADDRESS)).import_wh is not None


async def test_a_device_that_does_not_answer_is_no_answer_r6(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(initiator, "INITIATE_TIMEOUT_S", 0.05)
    async with running(tmp_path) as hub:
        hub.virtual.air.power(hub.node, False)
        assert await hub.hubctl("electricity-1", "--wait", "0.3") == 5
        told = capsys.readouterr().err
        assert "no sign in time" in told
        assert "the key that stands is kept" in told


async def test_what_cannot_be_is_said_with_the_reason_r6(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    async with running(tmp_path, certified=False) as hub:
        assert await hub.hubctl("electricity-1") == 1
        assert "[security] certificates" in capsys.readouterr().err
        assert await hub.hubctl("gas-7") == 1
        assert "known: electricity-1" in capsys.readouterr().err
