"""R6, R15: Smart Energy travels under a key from certificates alone, and nobody without one gets a frame through."""

import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from blockbuster import blockbuster_ctx

from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.node import Node
from hubd.bench.coordinator import install_code
from hubd.bench.devices.key_establishment import DeviceKeyMaker
from hubd.errors import ConfigurationError, LinkError
from hubd.model.han import (
    DeviceInterviewed,
    DeviceJoined,
    FrameBeforeKeyRefused,
    KeyEstablished,
    KeyEstablishmentFailed,
    KeyInDoubt,
    RadioLost,
    Reported,
    UnlistedDeviceRefused,
)
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.topup import NotSent
from hubd.zigbee import initiating
from hubd.zigbee.cbke import initiator, responder
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.key_with import KeyWith
from hubd.zigbee.se.key_establishment import CommandId, Status
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

from .certified import FOREIGN, NAMESAKE, OURS, hubs_certificate, issue
from .conftest import COORDINATOR, INSTALL_CODE, METER, METERING, Bench, Secured, le

OTHER = Eui64("00:0d:6f:00:0a:90:69:e8")
KEY_ESTABLISHMENT = 0x0800


async def visit(bench: Bench, until: Callable[[], object]) -> None:
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(until)


def smart_energy_heard(bench: Bench) -> list[ApsFrame]:
    """What the application of the meter got under the profile's secured clusters."""
    return bench.meter.heard_on(METERING) + bench.meter.heard_on(0x0705)


@pytest.mark.parametrize("suite", list(Suite))
async def test_a_meter_makes_a_key_with_the_hub_and_is_read_under_it_r6(secured: Secured, suite: Suite):
    bench = secured(issue(OURS[suite], METER), suite)
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(DeviceJoined))
        assert bench.of(KeyEstablished) == [KeyEstablished(Eui64(METER), suite.number)]
        joining = install_code.link_key(bytes.fromhex(INSTALL_CODE))
        held = bench.virtual.coordinator.trust.link_key(bench.node().octets)
        assert held == bench.node().link_key.reveal() != joining.reveal()
        assert (await network.read_metering(METER)).import_wh == 1_234_567


async def test_a_key_is_made_without_a_blocking_call(secured: Secured):
    bench = secured(issue(OURS[Suite.ONE], METER))
    async with bench.running() as network:
        with blockbuster_ctx("hubd.zigbee"):
            await network.admit(METER, Secret(INSTALL_CODE), 60)
            await bench.until(lambda: bench.of(DeviceJoined))


async def test_the_key_outlives_restarts_of_the_hub_and_is_not_made_anew_r6(secured: Secured):
    bench = secured(issue(OURS[Suite.ONE], METER))
    await visit(bench, lambda: bench.of(DeviceJoined))
    bench.events.clear()
    async with bench.running() as network:
        assert (await network.read_metering(METER)).import_wh == 1_234_567
        assert not bench.of(KeyEstablished)


async def test_before_the_key_nothing_is_said_and_nothing_is_heard_r6(secured: Secured):
    """A device with an install code that speaks Smart Energy under its joining key."""
    bench = secured(None)
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: METER in network.known())
        bench.send(bench.meter.report(METERING, 0x0000, b"\x25" + le(5, 6)))
        await bench.until(lambda: bench.of(FrameBeforeKeyRefused))
        with pytest.raises(LinkError, match="no key is established"):
            await network.read_metering(METER)
        not_sent = await network.top_up(METER, Secret("73943333457189043313"))
        assert isinstance(not_sent, NotSent)
        assert "no key is established" in not_sent.reason
        assert not bench.of(Reported)
        assert not bench.of(DeviceJoined)
        assert not smart_energy_heard(bench)


@pytest.mark.parametrize(
    ("whose", "status"),
    [
        ("of another authority", Status.UNKNOWN_ISSUER),
        ("of an authority that goes by our name", Status.BAD_KEY_CONFIRM),
        ("of another device", Status.BAD_MESSAGE),
    ],
)
async def test_a_certificate_that_is_not_right_ends_in_an_event_and_no_frame_r15(
    secured: Secured, whose: str, status: Status
):
    wrong = {
        "of another authority": issue(FOREIGN, METER),
        "of an authority that goes by our name": issue(NAMESAKE, METER),
        "of another device": issue(OURS[Suite.ONE], OTHER),
    }[whose]
    bench = secured(wrong)
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(KeyEstablishmentFailed))
        assert bench.of(KeyEstablishmentFailed)[0].status == status
        await speaks_in_vain(bench, network)


async def test_a_wrong_install_code_does_not_even_get_to_certificates_r15(secured: Secured):
    bench = secured(issue(OURS[Suite.ONE], METER), code="83FED3407A939738C552")
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 1)
        await bench.until(lambda: bench.node().refused)
        await bench.until(lambda: not bench.virtual.air.window_open())
        assert not network.known()
        assert not bench.of(KeyEstablished)
        assert not smart_energy_heard(bench)


async def test_a_device_nobody_admitted_makes_no_key_r15(secured: Secured):
    bench = secured(issue(OURS[Suite.ONE], METER))
    async with bench.running() as network:
        bench.virtual.coordinator.only_install_codes = False
        bench.node().install_code_key = None  # one that joins with the well-known key
        await network.admit(OTHER, Secret("83FED3407A939738C552"), 60)
        await bench.until(lambda: bench.of(UnlistedDeviceRefused) and not bench.node().joined)
        assert not bench.of(KeyEstablished)
        assert not smart_energy_heard(bench)


async def test_a_replayed_key_establishment_comes_to_nothing_r15(secured: Secured):
    """The same octets once more, from the same device: our own ephemeral key is another each time."""
    bench = secured(issue(OURS[Suite.ONE], METER), manner="replay")
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(DeviceJoined))
        await network.remove(METER)
        await bench.until(lambda: not bench.node().joined)
        bench.events.clear()
        bench.meter.heard.clear()
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(KeyEstablishmentFailed))
        assert bench.of(KeyEstablishmentFailed)[0].status == Status.BAD_KEY_CONFIRM
        await speaks_in_vain(bench, network)


@pytest.mark.parametrize(
    ("manner", "status", "reason"),
    [
        ("copied", Status.BAD_KEY_CONFIRM, "the certificate is not its own"),
        ("garbage", Status.BAD_MESSAGE, "no command of Key Establishment"),
        ("late", None, "no sign in time"),
        ("silent", None, "no sign in time"),
    ],
)
async def test_a_device_that_does_it_badly_gets_no_frame_through_r15(
    secured: Secured, monkeypatch: pytest.MonkeyPatch, manner: str, status: Status | None, reason: str
):
    if status is None:  # silence is waited for, and not for long
        monkeypatch.setattr(responder, "TRANSIT_S", -1.9)
        monkeypatch.setattr(initiator, "INITIATE_TIMEOUT_S", 0.1)
        monkeypatch.setattr(initiating, "LET_IT_BEGIN_S", 0.5)
    bench = secured(issue(OURS[Suite.ONE], METER), manner=manner)
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(KeyEstablishmentFailed))
        told = bench.of(KeyEstablishmentFailed)[0]
        assert told.status == status
        assert reason in told.reason
        assert (told.retry_in_s is None) is (status is not None), "silence is tried again, a refusal is not"
        await bench.until(lambda: METER in network.known())
        await speaks_in_vain(bench, network)


async def speaks_in_vain(bench: Bench, network: SmartEnergyNetwork) -> None:
    """The device now speaks under its joining key."""
    await bench.until(lambda: METER in network.known())
    bench.node().key_maker = None
    bench.send(bench.meter.report(METERING, 0x0000, b"\x25" + le(5, 6)))
    await bench.until(lambda: bench.of(FrameBeforeKeyRefused))
    assert not bench.of(KeyEstablished)
    assert not bench.of(DeviceJoined)
    assert not bench.of(Reported)
    assert not smart_energy_heard(bench)


async def test_a_failed_attempt_leaves_an_established_key_as_it_is_r6(secured: Secured):
    """Otherwise anybody could talk a meter off the network by beginning badly in its name."""
    bench = secured(issue(OURS[Suite.ONE], METER))
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(DeviceJoined))
        for junk in (b"\x01\x01\x00", b"\x01\x02\x02" + bytes(16), b"\x01\x03\x01" + bytes(22), b"\x01\x04\x07"):
            bench.send(bench.meter.frame(KEY_ESTABLISHMENT, junk, secured=False))
        assert (await network.read_metering(METER)).import_wh == 1_234_567


async def test_the_hub_begins_with_a_device_that_does_not_r6(secured: Secured, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(initiating, "LET_IT_BEGIN_S", 0.05)
    bench = secured(issue(OURS[Suite.ONE], METER), Suite.ONE, Suite.TWO)
    maker = bench.node().key_maker
    monkeypatch.setattr(maker, "on_time", lambda unix_s: [])
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(DeviceJoined))
        assert bench.of(KeyEstablished) == [KeyEstablished(Eui64(METER), 1)]
        assert bench.of(KeyEstablishmentFailed)[0].status == Status.UNSUPPORTED_SUITE


async def test_a_radio_that_holds_another_key_at_the_start_is_found_out_r6(secured: Secured):
    bench = secured(issue(OURS[Suite.ONE], METER))
    await visit(bench, lambda: bench.of(DeviceJoined))
    bench.virtual.coordinator.trust.set_link_key(bench.node().octets, Secret(bytes(16)))
    bench.events.clear()
    async with bench.running():
        bench.node().key_maker.joined(Eui64(COORDINATOR), time.time())  # it notices that nothing is understood
        bench.virtual.air.changed(bench.node())
        await bench.until(lambda: bench.of(KeyEstablished))


async def test_joining_anew_makes_the_old_key_worth_nothing_r15(secured: Secured):
    bench = secured(issue(OURS[Suite.ONE], METER))
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(DeviceJoined))
        bench.events.clear()
        bench.node().key_maker = None  # swapped for one that has the install code and no certificate
        bench.virtual.air.leave(bench.node())
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.node().joined)
        await bench.until(lambda: not network.may_speak(METER))
        bench.send(bench.meter.report(METERING, 0x0000, b"\x25" + le(5, 6)))
        await bench.until(lambda: bench.of(FrameBeforeKeyRefused))
        assert not bench.of(Reported)


async def test_a_certificate_of_another_radio_stops_the_utility_han_with_words_r6(secured: Secured, tmp_path: Path):
    bench = secured(None)
    bench.config = replace(bench.config, certificates=hubs_certificate(tmp_path, subject=OTHER))
    async with bench.starting() as network:
        await bench.until(lambda: bench.of(RadioLost))
        assert "Cure: have one issued" in bench.of(RadioLost)[0].reason
        assert network.radio.state == "lost"


async def test_a_certificate_that_others_may_read_is_refused_with_the_cure_r4(secured: Secured, tmp_path: Path):
    bench = secured(None)
    (tmp_path / "hub-suite1.txt").chmod(0o644)
    with pytest.raises(ConfigurationError, match="Cure: chmod 600"):
        async with bench.starting():
            pass


def test_no_key_is_written_to_disk_by_the_hub_r4(tmp_path: Path):
    from hubd.zigbee.established_keys import EstablishedKeys

    key, keys = Secret(secrets.token_bytes(16)), EstablishedKeys(tmp_path / "keys.json")
    keys.add(Eui64(METER), 1, key)
    assert keys.is_key_of(Eui64(METER), key)
    assert not keys.is_key_of(Eui64(METER), Secret(bytes(16)))


async def test_a_device_without_a_key_that_is_heard_is_awake_and_is_asked_at_once_r24(
    secured: Secured, monkeypatch: pytest.MonkeyPatch
):
    """A sleeping meter: the hub's own turn would come while it sleeps."""
    monkeypatch.setattr(initiating, "HASTE_S", 0.0)
    bench = secured(issue(OURS[Suite.ONE], METER))
    maker = bench.node().key_maker
    monkeypatch.setattr(maker, "on_time", lambda unix_s: [])
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: METER in network.known())
        assert not bench.of(KeyEstablished)
        bench.node().key_maker = None
        bench.send(bench.meter.report(METERING, 0x0000, b"\x25" + le(5, 6)))
        bench.node().key_maker = maker
        await bench.until(lambda: bench.of(KeyEstablished))
        assert bench.of(FrameBeforeKeyRefused)


class Eavesdropper:
    """Writes down what the hub says in Key Establishment."""

    def __init__(self) -> None:
        self.down_to_devices: list[bytes] = []

    def down(self, node: Node, frame: ApsFrame, *, acknowledged: bool, heard: bool) -> None:
        if frame.cluster_id == KEY_ESTABLISHMENT:
            self.down_to_devices.append(frame.data)

    def up(self, node: Node, frame: ApsFrame, *, heard: bool) -> None: ...
    def down_to_all(self, frame: ApsFrame) -> None: ...
    def joined(self, node: Node) -> None: ...
    def refused(self, node: Node) -> None: ...
    def left(self, node: Node) -> None: ...


async def test_two_devices_that_come_at_once_are_taken_in_turn_r6(secured: Secured, make_bench, scripted_meter):
    bench = secured(None)
    config = bench.config
    bench = make_bench(
        [scripted_meter(METER), scripted_meter(OTHER)], {METER: INSTALL_CODE, OTHER: INSTALL_CODE}, fresh=True
    )
    bench.config = replace(config, path=bench.config.path)
    for meter in bench.meters:
        bench.node(meter).key_maker = DeviceKeyMaker(Eui64(meter.ieee), issue(OURS[Suite.ONE], meter.ieee))
    spy = Eavesdropper()
    bench.virtual.air.let_listen(spy)
    async with bench.running() as network:
        for meter in bench.meters:
            await network.admit(meter.ieee, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(KeyEstablished))
    turned_away = [data for data in spy.down_to_devices if data[2:4] == bytes((0x03, Status.NO_RESOURCES))]
    assert turned_away
    assert all(1 <= data[4] <= 10 for data in turned_away), "seconds to wait: as long as both sides take"
    assert not bench.of(KeyEstablishmentFailed), "to be told to wait is no failure"


async def test_a_key_that_cannot_be_written_down_is_no_key_r6(secured: Secured, tmp_path: Path):
    bench = secured(issue(OURS[Suite.ONE], METER))
    (tmp_path / "zigbee.keys.json.new").mkdir()  # where the draft would go
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(KeyEstablishmentFailed))
        assert "cannot be written" in bench.of(KeyEstablishmentFailed)[0].reason
        assert bench.node().key_maker.key is None
        await bench.until(lambda: METER in network.known())
        assert not network.key_with(METER).may_speak
        (tmp_path / "zigbee.keys.json.new").rmdir()
        bench.node().key_maker.joined(Eui64(COORDINATOR), time.time())
        bench.virtual.air.changed(bench.node())
        await bench.until(lambda: bench.of(KeyEstablished))
        assert network.key_with(METER) == KeyWith(True, 1)


async def test_the_interview_is_told_before_there_is_a_key_r14(secured: Secured):
    bench = secured(issue(FOREIGN, METER))
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(DeviceInterviewed) and bench.of(KeyEstablishmentFailed))
        assert bench.of(KeyEstablishmentFailed)[0].retry_in_s is None
        assert not bench.of(DeviceJoined)


MEMORY_IS_FULL = 0x10


def refuse(bench: Bench, monkeypatch: pytest.MonkeyPatch, commands: set[int]) -> None:
    """The radio does not take these commands of the hub's: AF_DATA_REQUEST_EXT says so at once."""
    take = bench.virtual.coordinator._handlers[(0x04, 0x02)]

    def taken(it, data: bytes) -> bytes:
        cluster, zcl = int.from_bytes(data[13:15], "little"), data[20:]
        refused = cluster == KEY_ESTABLISHMENT and zcl[2] in commands and zcl[0] & 0x03 == 1
        return bytes((MEMORY_IS_FULL,)) if refused else take(it, data)

    monkeypatch.setitem(bench.virtual.coordinator._handlers, (0x04, 0x02), taken)


async def test_a_frame_that_the_radio_does_not_take_is_not_waited_for_r6(secured: Secured, monkeypatch):
    monkeypatch.setattr(initiating, "LET_IT_BEGIN_S", 0.05)
    bench = secured(issue(OURS[Suite.ONE], METER))
    monkeypatch.setattr(bench.node().key_maker, "on_time", lambda unix_s: [])
    refuse(bench, monkeypatch, {CommandId.INITIATE})
    async with bench.running() as network:
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(KeyEstablishmentFailed), initiator.INITIATE_TIMEOUT_S / 2)
        (failed,) = bench.of(KeyEstablishmentFailed)
        assert "did not reach it" in failed.reason
        assert failed.retry_in_s == initiator.RETRY_S


async def test_a_device_that_was_never_told_of_its_key_makes_another_r6(secured: Secured, monkeypatch):
    """The hub's last word did not go out: the radio holds a key that the device does not."""
    bench = secured(issue(OURS[Suite.ONE], METER))
    maker = bench.node().key_maker
    with monkeypatch.context() as full:
        refuse(bench, full, {CommandId.CONFIRM_KEY_DATA})
        async with bench.running() as network:
            await network.admit(METER, Secret(INSTALL_CODE), 60)
            await bench.until(lambda: bench.of(KeyInDoubt))
            assert "last word" in bench.of(KeyInDoubt)[0].reason
            assert maker.key is None
            full.undo()
            maker.left()
            maker.joined(Eui64(COORDINATOR), time.time() + 60.0)  # it begins nothing for now
            await bench.until(lambda: len(bench.of(KeyEstablished)) == 2)
            assert (await network.read_metering(METER)).import_wh == 1_234_567
