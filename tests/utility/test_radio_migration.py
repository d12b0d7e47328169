"""The radio is part of the hub's identity: another one stops the utility HAN until an audited migration (R6)."""

import asyncio
import contextlib
import io
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from hubd import console
from hubd.bench.coordinator import factory
from hubd.bench.coordinator import network as virtual_network
from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.cli.hubctl_main import main as hubctl
from hubd.console import ConsoleRefusedError
from hubd.model.han import HanEvent, RadioForeign
from hubd.model.identity import parse_eui64
from hubd.model.lane import Lane
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.console_radio import RadioAnswers
from hubd.utility.radio_identity import JournalIdentity
from hubd.wan.messages import EventBody
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

OLD, NEW = "00:12:4b:00:00:00:00:01", "00:12:4b:00:00:00:00:02"


@dataclass
class Hub:
    """The parts of the daemon that a radio's place concerns."""

    socket: Path
    journal: Journal
    network: SmartEnergyNetwork
    identity: JournalIdentity
    events: list[HanEvent]

    async def until(self, condition) -> None:
        async with asyncio.timeout(20.0):
            while not condition():
                await asyncio.sleep(0.01)

    async def hubctl(self, *words: str) -> int:
        return await asyncio.to_thread(hubctl, ["radio", *words, "--socket", str(self.socket)])


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Hub]:
    journal = await Journal.open(folder / "journal.sqlite")
    events: list[HanEvent] = []
    identity = JournalIdentity(journal, HubClock(assume_synced=True), lambda: None)
    config = RadioConfig(str(folder / "radio"), database=folder / "zigbee.sqlite", first_retry_s=0.05)
    network = SmartEnergyNetwork(config, events.append, ledger=identity)
    answers = RadioAnswers(config.path, network, identity).answers
    socket = folder / "console.sock"

    async def answer(question):
        return await answers[question["do"]](question)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(network.run()),
                group.create_task(console.serve(socket, answer, say_who=True)),
            ]
            yield Hub(socket, journal, network, identity, events)
            for task in tasks:
                task.cancel()
    finally:
        await journal.close()


def radio(folder: Path, ieee: str) -> VirtualCoordinator:
    virtual = VirtualCoordinator(
        CoordinatorOptions(nodes=(), ieee=parse_eui64(ieee), pty=folder / "radio", nv=folder / f"{ieee[-1]}.json")
    )
    virtual.open()
    return virtual


@contextlib.asynccontextmanager
async def swapped(folder: Path) -> AsyncIterator[Hub]:
    """A hub that formed its network on the old radio; now the new one stands there."""
    first = radio(folder, OLD)
    async with running(folder) as hub:
        await hub.until(lambda: hub.network.radio.state == "up")
    first.close()
    second = radio(folder, NEW)
    try:
        async with running(folder) as hub:
            await hub.until(lambda: hub.network.radio.state == "foreign")
            yield hub
    finally:
        second.close()


async def test_another_radio_is_told_of_and_shown_until_the_installer_migrates_r6(tmp_path, capsys, monkeypatch):
    async with swapped(tmp_path) as hub:
        (foreign,) = [event for event in hub.events if isinstance(event, RadioForeign)]
        assert (foreign.bound, foreign.found) == (OLD, NEW)
        assert await hub.hubctl("show", "--json") == 1
        shown = json.loads(capsys.readouterr().out)
        assert (shown["state"], shown["bound"]["coordinator"], shown["found"]["coordinator"]) == ("foreign", OLD, NEW)

        monkeypatch.setattr("sys.stdin", io.StringIO(""))
        assert await hub.hubctl("migrate", "--by", "A. Fitter") == 1
        asked = capsys.readouterr()
        assert OLD in asked.err
        assert NEW in asked.err
        assert "nothing was changed" in asked.err
        assert hub.network.radio.state == "foreign"

        assert await hub.hubctl("migrate", "--by", "A. Fitter", "--yes", "--json") == 0
        done = json.loads(capsys.readouterr().out)
        assert (done["old"], done["new"], done["state"]) == (OLD, NEW, "up")
        assert await hub.hubctl("show") == 0
        bound = await hub.identity.load()
        assert bound.coordinator == NEW
        assert bound.extended_pan_id == done["network"]


async def test_a_migration_is_audited_with_who_when_old_and_new_r6(tmp_path):
    async with swapped(tmp_path) as hub:
        await hub.hubctl("migrate", "--by", "A. Fitter, visit 4711", "--yes")
        (row,) = await hub.journal.read(lambda c: outbox.waiting(c, Lane.AUDIT, 0, 10))
        body = msgspec.json.decode(row.body, type=EventBody)
        assert body.name == "radio_migrated"
        detail = {
            "old": OLD,
            "new": NEW,
            "by": "A. Fitter, visit 4711",
            "uid": os.geteuid(),
            "network": "formed anew",
        }
        assert body.detail == detail
        assert row.at.unix_s > 0


async def test_a_radio_that_is_this_hub_s_cannot_be_migrated_nor_one_that_is_not_there_r6(tmp_path):
    virtual = radio(tmp_path, OLD)
    async with running(tmp_path) as hub:
        await hub.until(lambda: hub.network.radio.state == "up")
        with pytest.raises(ConsoleRefusedError, match="nothing to migrate"):
            await asyncio.to_thread(console.ask, hub.socket, {"do": "radio_migrate", "to": OLD, "by": "me"})
    virtual.close()


async def test_the_installer_must_name_the_radio_seen_and_herself_r6(tmp_path):
    async with swapped(tmp_path) as hub:
        for question, words in (
            ({"to": OLD, "by": "me"}, "name that one"),
            ({"to": NEW, "by": "  "}, "say who asks"),
        ):
            with pytest.raises(ConsoleRefusedError, match=words):
                await asyncio.to_thread(console.ask, hub.socket, {"do": "radio_migrate", **question})
        assert (await hub.identity.load()).coordinator == OLD


async def audited(hub: Hub) -> list[EventBody]:
    rows = await hub.journal.read(lambda c: outbox.waiting(c, Lane.AUDIT, 0, 10))
    return [msgspec.json.decode(row.body, type=EventBody) for row in rows]


async def test_a_network_that_a_stick_brought_along_is_audited_and_can_be_formed_anew_r6(
    tmp_path, capsys, monkeypatch
):
    """Its key may be known to whoever had the stick before."""
    virtual = radio(tmp_path, OLD)
    virtual_network.form(virtual.coordinator.nv, virtual.coordinator.random, 0)
    brought = virtual_network.current(virtual.coordinator.nv).identity
    key = virtual.coordinator.nv.read_osal(factory.NWK_ACTIVE_KEY_INFO)
    try:
        async with running(tmp_path) as hub:
            await hub.until(lambda: hub.network.radio.state == "up")
            (adopted,) = await audited(hub)
            assert adopted.name == "radio_adopted"
            assert adopted.detail == {"coordinator": OLD, "network": hub.network.radio.facts.extended_pan_id}
            assert "hubctl radio form" in adopted.reason

            monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
            assert await hub.hubctl("form", "--by", "A. Fitter") == 1
            assert "nothing was changed" in capsys.readouterr().err
            assert await hub.hubctl("form", "--by", "A. Fitter", "--yes", "--json") == 0
            done = json.loads(capsys.readouterr().out)
            assert (done["state"], done["coordinator"]) == ("up", OLD)
            assert done["network"] != adopted.detail["network"]
            assert virtual_network.current(virtual.coordinator.nv).identity != brought
            assert virtual.coordinator.nv.read_osal(factory.NWK_ACTIVE_KEY_INFO) != key
            formed = (await audited(hub))[1]
            assert (formed.name, formed.detail["old"], formed.detail["new"]) == ("radio_migrated", OLD, OLD)
            assert (formed.detail["network"], formed.detail["by"]) == ("formed anew", "A. Fitter")
        async with running(tmp_path) as hub:
            await hub.until(lambda: hub.network.radio.state == "up")
            assert len(await audited(hub)) == 2, "what is remembered is resumed, and nothing is told of it"
    finally:
        virtual.close()


async def test_a_network_of_this_hub_s_own_making_is_no_adoption_r6(tmp_path):
    virtual = radio(tmp_path, OLD)
    async with running(tmp_path) as hub:
        await hub.until(lambda: hub.network.radio.state == "up")
        assert await audited(hub) == []
    virtual.close()


async def test_no_network_is_formed_anew_on_a_radio_that_is_not_this_hub_s_r6(tmp_path, capsys):
    async with swapped(tmp_path) as hub:
        assert await hub.hubctl("form", "--by", "A. Fitter", "--yes") == 1
        assert "hubctl radio migrate" in capsys.readouterr().err
        assert (await hub.identity.load()).coordinator == OLD
