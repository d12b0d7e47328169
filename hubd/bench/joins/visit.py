"""One installer's visit: a new hub, its radio, three devices of different kinds, and a signed order to let them in.

The hub is the whole utility daemon, as it is; its WAN is away, and the order is handed to it as the WAN's link would.
When each step happened is read from its journal afterwards.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.bench.devices.devices_file import devices_of
from hubd.bench.house import certificates, files
from hubd.bench.house.layout import HUB, UTILITY_RADIO_IEEE, Layout
from hubd.headend import founding, sending
from hubd.headend.home import Home
from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64, HubId, parse_eui64
from hubd.model.roles import Role
from hubd.store.journal import Journal
from hubd.utility import config as utility_config
from hubd.utility.clock import HubClock
from hubd.utility.daemon import UtilityDaemon
from hubd.wan import role_keys
from hubd.wan.messages import AdmitArgs, AdmitDevice

WINDOW_S = 900
GIVE_UP_AFTER_S = 3_600.0
"""Simulated; a device without a reading by then did not join."""
LATENCY_S = 0.02
LOOK_EVERY_S = 1.0
_PREPAYMENT = {
    "vending_key": "abababababababab949494949494949401234567",
    "sgc": "123457",
    "krn": 1,
    "kt": 2,
    "ti": "01",
    "base": 2014,
}


@dataclass(frozen=True, slots=True)
class DeviceClass:
    """A device of each visit. `entry`: what its entry of the devices file has of its own."""

    words: str
    kind: DeviceKind
    ieee: Eui64
    install_code: str
    entry: dict[str, Any]


CLASSES = (
    DeviceClass(
        "mains: electricity meter",
        DeviceKind.ELECTRICITY_METER,
        parse_eui64("00:0d:6f:00:0a:90:69:e7"),
        "83FED3407A939723A5C639B26916D505C3B5",
        {"kind": "electricity_meter", "prepayment": {**_PREPAYMENT, "pan": "000001000000000082"}},
    ),
    DeviceClass(
        "sleeping: gas meter that polls every 7.5 s",
        DeviceKind.GAS_METER,
        parse_eui64("00:0d:6f:00:0a:90:69:e8"),
        "A1B2C3D4E5F60718293A4B5C6D7E8F90FA9F",
        {
            "kind": "gas_meter",
            "poll_interval_s": 7.5,
            "prepayment": {**_PREPAYMENT, "pan": "600727000000000009"},
        },
    ),
    DeviceClass(
        "asleep: gas meter that wakes every 30 min",
        DeviceKind.GAS_METER,
        parse_eui64("00:0d:6f:00:0a:90:69:f0"),
        "0102030405060708090A0B0C0D0E0F1090FD",
        {"kind": "gas_meter", "wake_s": 1_800.0},
    ),
)


@dataclass(frozen=True, slots=True)
class Joined:
    """One device's way, in simulated seconds since the order was with the hub; None: not by the end."""

    what: DeviceClass
    key_s: float | None
    interviewed_s: float | None
    reading_s: float | None


def prepare(root: Path) -> Layout:
    """What all visits share, made once: role keys, certificates, files. Takes real time."""
    layout = Layout.at(root)
    founding.create(layout.headend, [HUB], "127.0.0.1", layout.wan_port)
    files.write(layout)
    for each in CLASSES:
        certificates.of_device(layout, each.ieee)
    return layout


async def visit(layout: Layout, folder: Path, seed: int, loss: float) -> list[Joined]:
    """One visit, on the running loop's clock."""
    folder.mkdir(mode=0o700)
    nodes = tuple(devices_of({"device": [_entry(layout, each) for each in CLASSES]}, "joins", seed))
    options = CoordinatorOptions(
        nodes=nodes,
        pty=folder / "radio",
        ieee=parse_eui64(UTILITY_RADIO_IEEE),
        seed=seed,
        loss=loss,
        latency_s=LATENCY_S,
    )
    virtual = VirtualCoordinator(options)
    virtual.open()
    try:
        return await _with_hub(layout, folder)
    finally:
        virtual.close()


async def _with_hub(layout: Layout, folder: Path) -> list[Joined]:
    config = _config_in(layout, folder)
    keys = role_keys.load(config.wan.role_keys)
    config.state.mkdir(mode=0o700, parents=True)
    journal = await Journal.open(config.state / "journal.sqlite")
    try:
        hub = UtilityDaemon(config, keys, journal, HubClock(assume_synced=True))
        running = asyncio.create_task(hub.run())
        try:
            await _until_radio_is_up(hub, running)
            began_unix_s = time.time()
            await hub.take(Role.SECURITY_CENTRE, [_admission(layout, began_unix_s)])
            await _until_read(journal, running, began_unix_s)
            return [await _way(journal, each, began_unix_s) for each in CLASSES]
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            await hub.close()
    finally:
        await journal.close()


def _config_in(layout: Layout, folder: Path) -> utility_config.UtilityConfig:
    text = layout.utility_config.read_text()
    text = text.replace(f'"{layout.utility}"', f'"{folder / "state"}"')
    text = text.replace(f'"{layout.radio("utility")}"', f'"{folder / "radio"}"')
    text = text.replace(f'"{layout.console}"', f'"{folder / "console.sock"}"')
    text = text.replace(f'"{layout.feed}"', f'"{folder / "feed.fifo"}"')
    path = folder / "utility.toml"
    path.write_text(text)
    return replace(utility_config.load(path), supply=None)  # nothing here has pins


def _entry(layout: Layout, each: DeviceClass) -> dict[str, Any]:
    certificate = str(certificates.of_device(layout, each.ieee))
    return {"ieee": each.ieee, "install_code": each.install_code, "certificate": certificate, **each.entry}


def _admission(layout: Layout, now_unix_s: float) -> bytes:
    devices = [AdmitDevice(each.ieee, str(each.kind), each.install_code) for each in CLASSES]
    args = msgspec.to_builtins(AdmitArgs(devices, WINDOW_S))
    return sending.signed(
        Home(layout.headend),
        Role.SECURITY_CENTRE,
        HubId(HUB),
        "admit",
        args,
        now_unix_s=now_unix_s,
        exp=int(now_unix_s) + WINDOW_S,
    )


async def _until_radio_is_up(hub: UtilityDaemon, running: "asyncio.Task[None]") -> None:
    while not hub.radio_is_up:
        if running.done():
            await running
        await asyncio.sleep(0.1)


async def _until_read(journal: Journal, running: "asyncio.Task[None]", began_unix_s: float) -> None:
    wanted = {each.ieee for each in CLASSES}
    while time.time() - began_unix_s < GIVE_UP_AFTER_S:
        if running.done():
            await running
        if wanted <= {device for device, _ in await journal.read(_readings)}:
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _way(journal: Journal, what: DeviceClass, began_unix_s: float) -> Joined:
    events, readings = await journal.read(_events), await journal.read(_readings)

    def after_s(name: str) -> float | None:
        return next((at - began_unix_s for device, told, at in events if (device, told) == (what.ieee, name)), None)

    reading_s = next((at - began_unix_s for device, at in readings if device == what.ieee), None)
    return Joined(what, after_s("key_established"), after_s("device_joined"), reading_s)


def _readings(connection: Any) -> list[tuple[str, float]]:
    """(device, when it was committed) of every message with a register in it."""
    rows = connection.execute("SELECT body, at_unix_s FROM outbox WHERE kind = 'reading' ORDER BY place").fetchall()
    found = [(msgspec.json.decode(body), at) for body, at in rows]
    return [(body["device"], at) for body, at in found if body.keys() & {"import_wh", "volume_l"}]


def _events(connection: Any) -> list[tuple[str | None, str, float]]:
    rows = connection.execute("SELECT body, at_unix_s FROM outbox WHERE kind = 'event' ORDER BY at_unix_s").fetchall()
    return [(body.get("device"), body["name"], at) for body, at in ((msgspec.json.decode(b), at) for b, at in rows)]
