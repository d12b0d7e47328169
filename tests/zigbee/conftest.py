"""A virtual coordinator with scripted meters behind it, and a network on top, all in the test's own loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hubd.bench.air.device import EndpointDescriptor
from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.node import Node
from hubd.bench.coordinator import install_code
from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.bench.devices.key_establishment_faults import MANNERS
from hubd.model.han import DeviceJoined, HanEvent
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.zigbee.cbke.credentials import Credentials
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.network_identity import Unwritten
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

from .certified import COORDINATOR, hubs_certificate

METER = "00:0d:6f:00:0a:90:69:e7"
INSTALL_CODE = "83FED3407A939723A5C639B26916D505C3B5"

_joined: dict[str, bytes] = {}
"""What hub, coordinator and meter remember once the meter is in: forming and joining take longer than the rest of a
test, so most tests begin here."""

Secured = Callable[..., "Bench"]

METERING, PREPAYMENT, MESSAGING, TIME, BASIC = 0x0702, 0x0705, 0x0703, 0x000A, 0x0000


def le(value: int, octets: int) -> bytes:
    return value.to_bytes(octets, "little", signed=value < 0)


class ScriptedMeter:
    """A Smart Energy meter that does as the test says. It speaks in bytes written by hand: no codec of the hub's."""

    kind = "scripted_meter"
    endpoints = (EndpointDescriptor(1, 0x0109, 0x0501, (BASIC, METERING, PREPAYMENT), (TIME,)),)
    mains_powered = True
    poll_interval_s = None

    def __init__(self, ieee: str = METER) -> None:
        self.ieee = ieee
        self.heard: list[ApsFrame] = []
        self.attributes: dict[tuple[int, int], bytes] = {
            (BASIC, 0x0004): b"\x42\x05Bench",
            (BASIC, 0x0005): b"\x42\x05Meter",
            (METERING, 0x0000): b"\x25" + le(1_234_567, 6),
            (METERING, 0x0001): b"\x25" + le(1_000, 6),
            (METERING, 0x0400): b"\x2a" + le(-250, 3),
            (METERING, 0x0014): b"\x30\x02",
            (METERING, 0x0300): b"\x30\x00",
            (METERING, 0x0301): b"\x22" + le(1, 3),
            (METERING, 0x0302): b"\x22" + le(1000, 3),
            (METERING, 0x0303): b"\x18\xfb",
            (METERING, 0x0304): b"\x18\xfb",
            (PREPAYMENT, 0x0001): b"\x2b" + le(500_000, 4),
            (PREPAYMENT, 0x0002): b"\x2b" + le(100_000, 4),
            (PREPAYMENT, 0x0003): b"\x18\x01",
        }
        self.on_command: Callable[[ScriptedMeter, ApsFrame], list[ApsFrame]] = lambda meter, frame: []
        self.deaf_to: set[int] = set()

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        self.heard.append(frame)
        if frame.cluster_id in self.deaf_to:
            return []
        control, command = frame.data[0], frame.data[2]
        if control & 0x03 == 0 and command == 0x00:
            return [self._read(frame)]
        return self.on_command(self, frame) if control & 0x03 == 1 else []

    def _read(self, frame: ApsFrame) -> ApsFrame:
        asked = [frame.data[at : at + 2] for at in range(3, len(frame.data), 2)]
        values = [self.attributes.get((frame.cluster_id, int.from_bytes(each, "little"))) for each in asked]
        records = [each + (b"\x86" if v is None else b"\x00" + v) for each, v in zip(asked, values, strict=True)]
        return self.frame(frame.cluster_id, bytes((0x18, frame.data[1], 0x01)) + b"".join(records), frame.secured)

    def frame(self, cluster_id: int, zcl: bytes, secured: bool = True) -> ApsFrame:
        return ApsFrame(0x0109, cluster_id, 1, 1, zcl, secured)

    def report(
        self, cluster_id: int, attribute: int, value: bytes, tsn: int = 0x55, secured: bool = True
    ) -> ApsFrame:
        return self.frame(cluster_id, bytes((0x18, tsn, 0x0A)) + le(attribute, 2) + value, secured)

    def top_up_response(self, tsn: int, result: int = 0, value: int = 800_024, credit: int = 1_300_024) -> ApsFrame:
        payload = bytes((result,)) + le(value, 4) + b"\x00" + le(credit, 4)
        return self.frame(PREPAYMENT, bytes((0x19, tsn, 0x03)) + payload)

    def heard_on(self, cluster_id: int, command: int | None = None) -> list[ApsFrame]:
        return [f for f in self.heard if f.cluster_id == cluster_id and command in (None, f.data[2])]

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        return []

    def next_due_unix_s(self) -> float | None:
        return None

    def save(self) -> dict[str, object]:
        return {}

    def restore(self, saved: dict[str, object]) -> None:
        pass


class ScriptedDisplay(ScriptedMeter):
    """A display that does as the test says. It uses Messaging, and serves nothing of Smart Energy."""

    kind = "scripted_display"
    endpoints = (EndpointDescriptor(2, 0x0109, 0x0502, (BASIC,), (METERING, MESSAGING)),)

    def frame(self, cluster_id: int, zcl: bytes, secured: bool = True) -> ApsFrame:
        return ApsFrame(0x0109, cluster_id, 2, 1, zcl, secured)

    def says(self, zcl: str, secured: bool = True) -> ApsFrame:
        return self.frame(MESSAGING, bytes.fromhex(zcl), secured)

    def answers(self, status: int = 0x00) -> None:
        """A Default Response to each command, under its number."""
        self.on_command = lambda _, frame: [self.says(f"10{frame.data[1]:02x}0b{frame.data[2]:02x}{status:02x}")]


@dataclass
class Bench:
    """A coordinator, its devices, and as many networks on it as the test opens, one after another."""

    folder: Path
    meters: list[ScriptedMeter]
    virtual: VirtualCoordinator
    config: RadioConfig
    usual: bool
    """One scripted meter and the usual coordinator: what other tests begin with."""
    ledger: Unwritten
    """What the hub remembers of its network: one a test, whatever radio it meets."""
    events: list[HanEvent] = field(default_factory=list)
    network: SmartEnergyNetwork | None = None
    struck: set[str] = field(default_factory=set)
    """Devices that do not stand in the hub's register, whatever zigpy remembers."""

    @property
    def meter(self) -> ScriptedMeter:
        return self.meters[0]

    def node(self, meter: ScriptedMeter | None = None) -> Node:
        ieee = (meter or self.meter).ieee
        return next(n for n in self.virtual.air.nodes.values() if n.device.ieee == ieee)

    def send(self, frame: ApsFrame) -> None:
        """The meter sends by itself."""
        self.virtual.air.send(self.node(), frame)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.005)

    @contextlib.asynccontextmanager
    async def starting(self, **changes: Any) -> AsyncIterator[SmartEnergyNetwork]:
        """A network that runs, up or not."""
        config = replace(self.config, **changes)
        network = self.network = SmartEnergyNetwork(
            config, self.events.append, ledger=self.ledger, stands=lambda device: device not in self.struck
        )
        task = asyncio.create_task(network.run())
        try:
            yield network
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @contextlib.asynccontextmanager
    async def running(self, **changes: Any) -> AsyncIterator[SmartEnergyNetwork]:
        """A network that is up."""
        async with self.starting(**changes) as network:
            await self.until(lambda: network.radio.state == "up")
            yield network

    @contextlib.asynccontextmanager
    async def joined(self, **changes: Any) -> AsyncIterator[SmartEnergyNetwork]:
        """As `running`, with the first meter in."""
        async with self.running(**changes) as network:
            if self.meter.ieee not in network.known():
                await network.admit(self.meter.ieee, Secret(INSTALL_CODE), 60)
                await self.until(lambda: self.of(DeviceJoined))
            else:
                await self.until(lambda: network._scales.known(self.meter.ieee))
                self.events.clear()
            yield network
        if not _joined and self.usual:
            _joined.update({path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()})
            _joined.pop("radio", None)


def node(meter: ScriptedMeter, code: str | None) -> Node:
    return Node(meter, install_code_key=install_code.link_key(bytes.fromhex(code)) if code else None)


@pytest.fixture
async def make_bench(tmp_path: Path) -> AsyncIterator[Callable[..., Bench]]:
    """Makes a bench; `codes` is what is printed on the devices, by address (none: an open device)."""
    opened: list[VirtualCoordinator] = []
    ledger = Unwritten()

    def make(
        meters: list[ScriptedMeter] | None = None,
        codes: dict[str, str] | None = None,
        tcp: bool = False,
        fresh: bool = False,
        ieee: str = COORDINATOR,
        **changes: Any,
    ) -> Bench:
        usual = not (meters or codes is not None or tcp or fresh or changes) and ieee == COORDINATOR
        meters = meters or [ScriptedMeter()]
        codes = {METER: INSTALL_CODE} if codes is None else codes
        nodes = tuple(node(meter, codes.get(meter.ieee)) for meter in meters)
        if usual and not (tmp_path / "nv.json").exists():
            for name, content in _joined.items():
                (tmp_path / name).write_bytes(content)
        kept = {"nv": tmp_path / "nv.json", "state": tmp_path / "state.json"}
        line = {"listen": ("127.0.0.1", 0)} if tcp else {"pty": tmp_path / "radio"}
        virtual = VirtualCoordinator(CoordinatorOptions(nodes=nodes, ieee=ieee, **kept, **line, **changes))
        address = virtual.open()
        opened.append(virtual)
        config = RadioConfig(
            path=address.replace("tcp://", "socket://"),
            database=tmp_path / "zigbee.sqlite",
            watchdog_s=0.3,
            radio_timeout_s=0.5,
            first_retry_s=0.05,
            longest_retry_s=0.2,
            answer_timeout_s=0.25,
            read_timeout_s=0.4,
            test_timeout_s=0.4,
            late_answer_s=3.0,
        )
        return Bench(tmp_path, meters, virtual, config, usual, ledger)

    yield make
    for virtual in opened:
        virtual.close()


@pytest.fixture
async def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()


@pytest.fixture
def scripted_meter() -> type[ScriptedMeter]:
    return ScriptedMeter


_formed: dict[str, bytes] = {}
"""A network without devices: forming one takes longer than all the rest."""


@pytest.fixture
async def formed(make_bench: Callable[..., Bench], tmp_path: Path) -> None:
    if not _formed:
        bench = make_bench(fresh=True)
        async with bench.running():
            pass
        bench.virtual.close()
        left = [path for pattern in ("nv.json", "zigbee.*") for path in tmp_path.glob(pattern)]
        _formed.update({path.name: path.read_bytes() for path in left})
    for name, content in _formed.items():
        (tmp_path / name).write_bytes(content)


@pytest.fixture
async def secured(make_bench: Callable[..., Bench], formed: None, tmp_path: Path) -> Secured:
    """A bench whose hub has certificates, and whose meter has these credentials (None: it makes no key at all)."""

    def make(
        credentials: Credentials | None, *suites: Suite, code: str = INSTALL_CODE, manner: str = "honest"
    ) -> Bench:
        bench = make_bench(fresh=True, codes={METER: code})
        bench.config = replace(bench.config, certificates=hubs_certificate(tmp_path, *suites))
        if credentials is not None:
            bench.node().key_maker = MANNERS[manner](Eui64(METER), credentials)
        return bench

    return make
