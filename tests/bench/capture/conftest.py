"""A virtual coordinator whose air is recorded, with a clock turned by hand."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubd.bench.air.air import Air
from hubd.bench.air.clock import HandClock
from hubd.bench.air.conditions import Conditions
from hubd.bench.air.node import Node
from hubd.bench.capture.begin import begin_capture
from hubd.bench.coordinator.coordinator import Coordinator
from hubd.bench.coordinator.nv import NvMemory
from hubd.bench.coordinator.unpi import MtFrame
from hubd.bench.devices.devices_file import devices_of

CODE = "83FED3407A939723A5C639B26916D505C3B5"
METER = {"kind": "electricity_meter", "ieee": "00:0d:6f:00:0a:90:69:e7", "install_code": CODE, "name": "meter"}
METER["prepayment"] = {
    "pan": "600727000000000009",
    "vending_key": "ABABABABABABABAB949494949494949401234567",
    "sgc": "123456",
    "krn": 1,
    "kt": 2,
    "ti": "01",
    "base": 2014,
}
PLUG = {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:01", "open": True, "name": "plug"}
SENSOR = {
    "kind": "temperature_sensor",
    "ieee": "00:12:4b:00:00:00:00:03",
    "open": True,
    "name": "sensor",
    "poll_interval_s": 5.0,
}
TOP_UP = b"\x01\x21\x04\x01\x1473943333457189043313"
SECURED, PLAIN = 0x70, 0x30


class Recorded:
    """The host's side of the line, and the file."""

    def __init__(self, path: Path, devices: list[dict], loss: float = 0.0, nv: NvMemory | None = None) -> None:
        self.path = path
        self.clock = HandClock()
        nodes = devices_of({"device": devices}, "test", 1)
        air = Air(self.clock, Conditions(1, loss), nodes)
        self.coordinator = Coordinator(nv or NvMemory(), air, lambda _: None, bytes.fromhex("0100b514004b1200"))
        self.sniffer = begin_capture(path, self.coordinator)
        self.start()

    def start(self) -> None:
        self.ask(0x0F, 0x05, b"\x04")
        self.ask(0x04, 0x00, struct.pack("<BHHBBBB", 1, 0x0109, 0x0500, 0, 0, 0, 0))

    def ask(self, subsystem: int, command: int, data: bytes = b"") -> None:
        self.coordinator.receive(MtFrame(0x20 | subsystem, command, data))

    def node(self, name: str) -> Node:
        return next(node for node in self.coordinator.air.nodes.values() if node.name == name)

    def join(self) -> None:
        for node in self.coordinator.air.nodes.values():
            if node.install_code_key:
                self.ask(0x0F, 0x04, b"\x01" + node.octets + bytes.fromhex(CODE))
        self.ask(0x05, 0x36, struct.pack("<BHBB", 0x0F, 0xFFFC, 60, 1))
        self.clock.turn(0.5)

    def send(self, name: str, cluster: int, zcl: bytes, options: int = SECURED) -> None:
        nwk = self.node(name).nwk
        head = struct.pack("<BQBHBHBBBH", 2, nwk, 1, 0, 1, cluster, zcl[1], options, 30, len(zcl))
        self.ask(0x04, 0x02, head + zcl)
        self.clock.turn(8.0)

    def share_key(self, name: str, key: bytes) -> None:
        """What key establishment ends with, on both sides."""
        from hubd.model.secret import Secret

        node = self.node(name)
        node.link_key = Secret(key)
        self.coordinator.trust.set_link_key(node.octets, Secret(key))


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Callable[..., Recorded]]:
    made: list[Recorded] = []

    def make(*devices: dict, name: str = "air.pcap", **how) -> Recorded:
        recorded = Recorded(tmp_path / name, list(devices), **how)
        made.append(recorded)
        return recorded

    yield make
    for recorded in made:
        recorded.sniffer.close()
