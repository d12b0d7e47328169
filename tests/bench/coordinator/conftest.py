"""A host that speaks octets to a virtual coordinator with a clock turned by hand."""

import struct
from dataclasses import dataclass, field

import pytest

from hubd.bench.air.air import Air
from hubd.bench.air.clock import HandClock
from hubd.bench.air.conditions import Conditions
from hubd.bench.coordinator.coordinator import Coordinator
from hubd.bench.coordinator.nv import NvMemory
from hubd.bench.coordinator.unpi import Deframer, MtFrame
from hubd.bench.devices.devices_file import devices_of

INSTALL_CODE = "83FED3407A939723A5C639B26916D505C3B5"
PLUG = {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:01", "open": True, "name": "plug"}
CODED_PLUG = {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:02", "install_code": INSTALL_CODE, "name": "coded"}
SENSOR = {"kind": "temperature_sensor", "ieee": "00:12:4b:00:00:00:00:03", "open": True, "name": "sensor"}


@dataclass
class Host:
    """The other side of the line."""

    coordinator: Coordinator
    clock: HandClock
    heard: list[MtFrame]
    written: list[bytes] = field(default_factory=list)

    @property
    def air(self) -> Air:
        return self.coordinator.air

    def ask(self, subsystem: int, command: int, data: bytes = b"") -> MtFrame:
        """One synchronous request; its answer. What follows it stays in `heard`."""
        before = len(self.heard)
        self.coordinator.receive(MtFrame(0x20 | subsystem, command, data))
        return self.heard.pop(before)

    def told(self, command0: int, command1: int) -> list[bytes]:
        """Data of all indications of that kind so far."""
        return [frame.data for frame in self.heard if (frame.command0, frame.command1) == (command0, command1)]

    def start(self, profile_id: int = 0x0104) -> None:
        """Form, register endpoint 1, and ask for all ZDO messages."""
        self.ask(0x0F, 0x05, b"\x04")
        self.ask(0x04, 0x00, struct.pack("<BHHBBBB", 1, profile_id, 5, 0, 0, 0, 0))
        self.ask(0x05, 0x3E, b"\xff\xff")

    def permit(self, seconds: int = 60) -> None:
        self.ask(0x05, 0x36, struct.pack("<BHBB", 0x0F, 0xFFFC, seconds, 1))

    def join(self, name: str) -> int:
        """Open the window until the device is in; its network address."""
        self.permit()
        self.clock.turn(0.5)
        node = self.node(name)
        assert node.joined, node.refused
        return node.nwk

    def node(self, name: str):
        return next(node for node in self.air.nodes.values() if node.name == name)

    def send(self, nwk: int, cluster: int, zcl: bytes, tsn: int = 7, options: int = 0x30) -> int:
        """AF_DATA_REQUEST_EXT from endpoint 1 to endpoint 1; the status of its answer."""
        head = struct.pack("<BQBHBHBBBH", 2, nwk, 1, 0, 1, cluster, tsn, options, 30, len(zcl))
        return self.ask(0x04, 0x02, head + zcl).data[0]


@pytest.fixture
def make_host():
    def make(*devices, seed=1, loss=0.0, latency_s=0.0, nv=None) -> Host:
        clock, deframer, heard, written = HandClock(), Deframer(), [], []
        nodes = devices_of({"device": list(devices)}, "test", seed)
        air = Air(clock, Conditions(seed, loss, latency_s), nodes)

        def write(octets: bytes) -> None:
            written.append(octets)
            heard.extend(deframer.feed(octets))

        coordinator = Coordinator(nv or NvMemory(), air, write, bytes.fromhex("0807060504030201"))
        return Host(coordinator, clock, heard, written)

    return make


@pytest.fixture
def host(make_host) -> Host:
    """A coordinator with a plug, started."""
    it = make_host(PLUG)
    it.start()
    return it
