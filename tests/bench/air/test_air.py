"""The air by itself, with a coordinator that only listens, and a clock turned by hand."""

from pathlib import Path

import pytest

from hubd.bench.air.air import Air
from hubd.bench.air.clock import HandClock
from hubd.bench.air.conditions import Conditions, Confirmed
from hubd.bench.air.device import EndpointDescriptor
from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.memory import Memory
from hubd.bench.air.node import Node
from hubd.errors import ConfigurationError
from hubd.model.secret import Secret

IEEE = "00:12:4b:00:00:00:00:01"
FRAME = ApsFrame(0x0104, 0x0006, 1, 1, b"", secured=False)


class Counter:
    """A device that counts what it hears, answers each frame with the count, and ticks once a minute if asked."""

    kind = "counter"
    mains_powered = True
    endpoints = (EndpointDescriptor(1, 0x0104, 1, (6,), ()),)

    def __init__(self, ieee: str = IEEE, poll_interval_s: float | None = None, period_s: float | None = None) -> None:
        self.ieee = ieee
        self.poll_interval_s = poll_interval_s
        self.period_s = period_s
        self.heard = 0
        self.ticks = 0

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        self.heard += 1
        return [ApsFrame(0x0104, 6, 1, 1, bytes([self.heard]), secured=False)]

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        self.ticks += 1
        return [FRAME]

    def next_due_unix_s(self) -> float | None:
        return None if self.period_s is None else 1_700_000_000.0 + (self.ticks + 1) * self.period_s

    def save(self) -> dict[str, object]:
        return {"heard": self.heard}

    def restore(self, saved: dict[str, object]) -> None:
        self.heard = int(str(saved["heard"]))


class Listener:
    """The coordinator's side of the air. `at_hearing` is called with each frame."""

    def __init__(self) -> None:
        self.id = "net"
        self.frames: list[bytes] = []
        self.zdo: list[tuple[int, bytes]] = []
        self.log: list[str] = []
        self.at_hearing = lambda: None

    def network(self) -> str:
        return self.id

    def as_neighbour(self) -> bytes:
        return bytes(22)

    def admit(self, node: Node) -> Secret[bytes] | str:
        return Secret(bytes(16))

    def joined(self, node: Node) -> None:
        self.log.append("joined")

    def left(self, node: Node) -> None:
        self.log.append("left")

    def hear(self, node: Node, frame: ApsFrame) -> None:
        self.at_hearing()
        if frame.dst_endpoint:
            self.frames.append(frame.data)
        else:
            self.zdo.append((frame.cluster_id, frame.data))

    def hear_zdo(self, node: Node, cluster: int, sequence: int, body: bytes) -> None:
        raise AssertionError


def make(device: Counter, memory: Memory | None = None, **conditions: float):
    clock, listener = HandClock(), Listener()
    air = Air(clock, Conditions(4, **conditions), [Node(device, "counter")], memory)
    air.begin(listener)
    return air, clock, listener


def join(air: Air, clock: HandClock) -> Node:
    air.open_window(60)
    clock.turn(1)
    return air.nodes[IEEE]


def test_latency_delays_frames_and_keeps_their_order():
    air, clock, listener = make(Counter(), latency_s=0.1)
    node = join(air, clock)
    outcomes = []
    for _ in range(20):
        air.unicast(node.nwk, FRAME, True, outcomes.append)
    assert listener.frames == []
    clock.turn(1)
    assert listener.frames == [bytes([i]) for i in range(1, 21)]
    assert {outcome.confirmed for outcome in outcomes} == {Confirmed.YES}


def test_lost_frames_are_missing_on_both_sides_and_counted():
    device = Counter()
    air, clock, listener = make(device)
    node = join(air, clock)
    air.conditions.loss = 0.6
    outcomes = []
    for _ in range(200):
        air.unicast(node.nwk, FRAME, False, outcomes.append)
    clock.turn(60)
    assert len(outcomes) == 200
    assert device.heard < 200
    assert len(listener.frames) < device.heard
    assert air.frames_lost == 200 - device.heard + device.heard - len(listener.frames)


def test_joining_goes_on_until_no_frame_of_it_is_lost():
    air, clock, listener = make(Counter(), loss=0.5)
    air.open_window(600)
    clock.turn(0.3)
    assert listener.log == []
    assert air.nodes[IEEE].refused == "a frame of its joining was lost"
    clock.turn(600)
    assert listener.log == ["joined"]


def test_a_devices_answer_leaves_only_after_its_state_is_on_disk(tmp_path: Path):
    """R30: what a meter accepted must outlive a kill between the acceptance and its answer."""
    file = tmp_path / "state.json"
    air, clock, listener = make(Counter(), Memory(file))
    node = join(air, clock)
    on_disk = []
    listener.at_hearing = lambda: on_disk.append('"heard":1' in file.read_text())
    air.unicast(node.nwk, FRAME, True, lambda _: None)
    assert on_disk == [True]


def test_devices_go_on_where_they_were_after_a_kill(tmp_path: Path):
    file = tmp_path / "state.json"
    air, clock, _ = make(Counter(), Memory(file))
    node = join(air, clock)
    air.unicast(node.nwk, FRAME, True, lambda _: None)
    again, _, listener = make(Counter(), Memory(file))
    assert again.nodes[IEEE].device.save() == {"heard": 1}
    again.unicast(node.nwk, FRAME, True, lambda _: None)
    assert listener.frames == [b"\x02"]


def test_a_state_file_that_does_not_fit_is_named_with_a_cure(tmp_path: Path):
    file = tmp_path / "state.json"
    file.write_text(f'{{"{IEEE}": {{"nwk": 1}}}}')
    with pytest.raises(ConfigurationError, match=r"state\.json.*00:12:4b.*Cure: remove"):
        make(Counter(), Memory(file))


def test_registers_that_only_time_moved_are_written_once_in_a_while_and_at_the_end(tmp_path: Path):
    file = tmp_path / "state.json"
    air, clock, _ = make(Counter(period_s=0.1), Memory(file))
    clock.turn(0.5)
    assert not file.exists()
    clock.turn(2)
    assert file.exists()
    file.unlink()
    air.nodes[IEEE].device.heard = 9
    air.end()
    assert '"heard":9' in file.read_text()


def test_a_device_on_no_network_lives_but_is_not_heard():
    device = Counter(period_s=60)
    air, clock, listener = make(device)
    clock.turn(121)
    assert device.ticks == 2
    assert listener.frames == []
    join(air, clock)
    clock.turn(60)
    assert listener.frames == [b""]


def test_a_device_is_not_heard_while_the_coordinator_runs_no_network_or_another():
    air, clock, listener = make(Counter())
    node = join(air, clock)
    listener.id = ""
    air.send(node, FRAME)
    assert air.node_at(node.nwk) is None
    listener.id = "another"
    air.send(node, FRAME)
    assert listener.frames == []
    listener.id = "net"
    air.send(node, FRAME)
    assert listener.frames == [b""]


def test_zdo_requests_are_answered_from_the_descriptors():
    air, clock, listener = make(Counter())
    node = join(air, clock)
    air.ask_zdo(node.nwk, 0x0005, 3, node.nwk.to_bytes(2, "little"))
    cluster, data = listener.zdo[0]
    assert (cluster, data[0], data[1], data[4:]) == (0x8005, 3, 0, b"\x01\x01")


def test_a_broadcast_address_request_is_answered_by_the_device_of_interest_alone():
    air, clock, listener = make(Counter())
    node = join(air, clock)
    air.ask_zdo_all(0x0000, 1, b"nobodys!" + b"\x00\x00")
    air.ask_zdo_all(0x0000, 2, node.octets + b"\x00\x00")
    assert [data[0] for _, data in listener.zdo] == [2]


def test_leaving_is_told_once_and_forgotten():
    air, clock, listener = make(Counter())
    node = join(air, clock)
    air.leave(node)
    air.leave(node)
    assert listener.log == ["joined", "left"]
    assert not node.joined


def test_a_sleeping_device_asks_often_for_a_while_and_then_rarely():
    node = Node(Counter(poll_interval_s=5))
    node.poll_fast_from(100.0)
    assert node.listens_in_s(101.1, 0.0) <= 0.25
    assert node.listens_in_s(111.0, 0.0) == pytest.approx(4.0)
    assert Node(Counter()).listens_in_s(1.0, 0.0) == 0.0
