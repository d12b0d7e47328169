"""The air between one coordinator and its devices: who hears whom, when, and who is on the network."""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from hubd.bench.air import zdo
from hubd.bench.air.clock import Clock
from hubd.bench.air.conditions import Conditions, Confirmed, Passage
from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.memory import Memory
from hubd.bench.air.node import NOT_JOINED, Node
from hubd.model.secret import Secret

HELD_AT_MOST_S = 7.0
"""How long a parent holds a frame for a sleeping child (INDIRECT_MSG_TIMEOUT of Z-Stack)."""
GIVEN_UP_AFTER_S = 0.02
JOIN_AGAIN_S = 2.0
SAVE_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a frame ended: `confirmed`, or why a frame did not even leave."""

    confirmed: Confirmed | None = None
    expired: bool = False
    no_route: bool = False


Done = Callable[[Outcome], None]
"""Called once for each unicast: how it ended, as the coordinator's MAC and APS layers see it."""


class CoordinatorSide(Protocol):
    """What the air asks of the coordinator."""

    def network(self) -> str:
        """Identity of the network it runs; "" while it runs none."""

    def admit(self, node: Node) -> Secret[bytes] | str:
        """The link key under which the device joins, or why it may not (in words)."""

    def joined(self, node: Node) -> None:
        """The device has joined and announced itself."""

    def left(self, node: Node) -> None:
        """The device has left."""

    def hear(self, node: Node, frame: ApsFrame) -> None:
        """An application's frame from a device."""

    def hear_zdo(self, node: Node, cluster: int, sequence: int, body: bytes) -> None:
        """A ZDO frame from a device."""


class Air:
    """All devices around one coordinator."""

    def __init__(
        self, clock: Clock, conditions: Conditions, nodes: Iterable[Node], memory: Memory | None = None
    ) -> None:
        self.clock = clock
        self.conditions = conditions
        self.nodes = {node.device.ieee: node for node in nodes}
        self.memory = memory or Memory()
        self.frames_lost = 0
        self._by_nwk: dict[int, Node] = {}
        self._coordinator: CoordinatorSide
        self._window_until_s = 0.0
        self._stale: set[Node] = set()
        for node in self.nodes.values():
            self.memory.recall(node)
            if node.joined:
                self._by_nwk[node.nwk] = node

    def begin(self, coordinator: CoordinatorSide) -> None:
        """Devices live from here on."""
        self._coordinator = coordinator
        for node in self.nodes.values():
            self._wake_when_due(node)

    def end(self) -> None:
        """Stop every timer and write what is not yet written."""
        for node in self.nodes.values():
            if node.timer:
                node.timer.cancel()
        self.keep_all()

    def keep_all(self) -> None:
        """Write every device. Raises ConfigurationError where the file cannot be written."""
        for node in self.nodes.values():
            self.memory.keep(node)

    # From the coordinator

    def node_at(self, nwk: int) -> Node | None:
        """The device at a network address, if it is on the coordinator's present network."""
        node = self._by_nwk.get(nwk)
        return node if node and node.network == self._coordinator.network() else None

    def unicast(self, nwk: int, frame: ApsFrame, acknowledged: bool, done: Done) -> None:
        """Send a frame to one device; `done` says how it ended."""
        self._down(nwk, acknowledged, done, lambda node: self._deliver(node, frame))

    def broadcast(self, frame: ApsFrame) -> None:
        """Send to every device, once; nobody confirms."""
        for node in self._on_network():
            self._down(node.nwk, False, _unheeded, lambda node: self._deliver(node, frame))

    def ask_zdo(self, nwk: int, cluster: int, sequence: int, body: bytes) -> None:
        """Send a ZDO request to one device; the answer comes as `hear_zdo`."""
        self._down(nwk, True, _unheeded, lambda node: self._deliver_zdo(node, cluster, sequence, body))

    def ask_zdo_all(self, cluster: int, sequence: int, body: bytes) -> None:
        """Send a ZDO request to every device."""
        for node in self._on_network():
            self.ask_zdo(node.nwk, cluster, sequence, body)

    def open_window(self, seconds: float) -> None:
        """Joining is permitted for this long (0: no more). Devices that are on no network begin to try."""
        now_s = self.clock.now_s()
        was_open = now_s < self._window_until_s
        self._window_until_s = now_s + seconds
        if seconds and not was_open:
            for node in self.nodes.values():
                self._try_soon(node, 0.05 + 0.2 * self.conditions.random.random())

    def window_open(self) -> bool:
        """Joining is permitted at this moment."""
        return self.clock.now_s() < self._window_until_s

    # From the bench

    def power(self, node: Node, on: bool) -> None:
        """Take a device off the air, or bring it back. It keeps its network and its memory."""
        node.powered = on

    def changed(self, node: Node) -> None:
        """The bench changed a device from outside: write it, and see when it is due now."""
        self.memory.keep(node)
        self._wake_when_due(node)

    def send(self, node: Node, frame: ApsFrame) -> None:
        """A device sends."""
        if not node.powered or not node.joined or node.network != self._coordinator.network():
            return
        passage = self.conditions.passage(acknowledged=False)
        if not passage.arrives:
            self.frames_lost += 1
            return
        if node.device.poll_interval_s is not None:
            node.poll_fast_from(self.clock.now_s())
        hear = self._coordinator.hear
        if not passage.after_s:
            hear(node, frame)
            return
        node.up_free_s = self._at(node.up_free_s, passage.after_s)
        self.clock.after(node.up_free_s - self.clock.now_s(), lambda: hear(node, frame))

    # The way down

    def _on_network(self) -> list[Node]:
        network = self._coordinator.network()
        return [node for node in self.nodes.values() if node.joined and node.network == network]

    def _down(self, nwk: int, acknowledged: bool, done: Done, deliver: Callable[[Node], None]) -> None:
        node = self.node_at(nwk)
        if node is None:
            done(Outcome(no_route=True))
            return
        asleep_s = node.listens_in_s(self.clock.now_s())
        if asleep_s > HELD_AT_MOST_S or (asleep_s and not node.powered):
            self.clock.after(HELD_AT_MOST_S, lambda: done(Outcome(expired=True)))
            return
        passage = self.conditions.passage(acknowledged=acknowledged)
        if not node.powered:
            passage = Passage(False, 0.0, Confirmed.NO_MAC_ACK, GIVEN_UP_AFTER_S)
        self._schedule(node, passage, asleep_s, done, deliver)

    def _schedule(
        self, node: Node, passage: Passage, asleep_s: float, done: Done, deliver: Callable[[Node], None]
    ) -> None:
        def arrive() -> None:
            if passage.confirmed is Confirmed.YES:
                done(Outcome(Confirmed.YES))
            if node.powered and node.joined:
                deliver(node)

        if not passage.arrives:
            self.frames_lost += 1
        elif asleep_s or passage.after_s:
            node.down_free_s = self._at(node.down_free_s, asleep_s + passage.after_s)
            self.clock.after(node.down_free_s - self.clock.now_s(), arrive)
        else:
            arrive()
        if passage.confirmed is not Confirmed.YES:
            self.clock.after(asleep_s + passage.confirmed_after_s, lambda: done(Outcome(passage.confirmed)))

    def _at(self, free_s: float, after_s: float) -> float:
        """No frame overtakes the one before it."""
        return max(free_s, self.clock.now_s() + after_s)

    def _deliver(self, node: Node, frame: ApsFrame) -> None:
        node.poll_fast_from(self.clock.now_s())
        replies = node.device.on_frame(frame, self.clock.unix_s())
        self.memory.keep(node)
        for reply in replies:
            self.send(node, reply)
        self._wake_when_due(node)

    def _deliver_zdo(self, node: Node, cluster: int, sequence: int, body: bytes) -> None:
        node.poll_fast_from(self.clock.now_s())
        if cluster & zdo.RESPONSE:
            return
        answer = zdo.answer(self._descriptors(node), cluster, body)
        if answer is not None:
            self.send_zdo(node, cluster | zdo.RESPONSE, sequence, answer)
        if cluster == zdo.MGMT_LEAVE and answer is not None:
            self.clock.after(0.0, lambda: self.leave(node))
        elif cluster in (zdo.BIND, zdo.UNBIND):
            self.memory.keep(node)

    def send_zdo(self, node: Node, cluster: int, sequence: int, body: bytes) -> None:
        """A device sends a ZDO frame."""
        frame = ApsFrame(0x0000, cluster, 0, 0, bytes((sequence,)) + body, secured=False)
        self.send(node, frame)

    def _descriptors(self, node: Node) -> zdo.Descriptors:
        router = node.device.mains_powered and node.device.poll_interval_s is None
        return zdo.Descriptors(
            node.nwk, node.octets, node.device.endpoints, 1 if router else 2, node.capability, node.bindings
        )

    # Joining and leaving

    def _try_soon(self, node: Node, delay_s: float) -> None:
        self.clock.after(delay_s, lambda: self._try_to_join(node))

    def _try_to_join(self, node: Node) -> None:
        network = self._coordinator.network()
        if not self.window_open() or not network or (node.joined and node.network == network):
            return
        admitted = self._coordinator.admit(node) if node.powered else "the device is off the air"
        if isinstance(admitted, str):
            node.refused = admitted
            self._try_soon(node, JOIN_AGAIN_S)
            return
        self._by_nwk.pop(node.nwk, None)
        node.leave()
        node.nwk, node.network, node.link_key, node.refused = self._free_address(), network, admitted, ""
        self._by_nwk[node.nwk] = node
        node.poll_fast_from(self.clock.now_s())
        self.memory.keep(node)
        self._coordinator.joined(node)
        self._wake_when_due(node)

    def _free_address(self) -> int:
        while True:
            nwk = self.conditions.random.randrange(0x0001, 0xFFF0)
            if nwk not in self._by_nwk and nwk != NOT_JOINED:
                return nwk

    def leave(self, node: Node) -> None:
        """The device leaves its network and forgets it."""
        if not node.joined:
            return
        self._coordinator.left(node)
        self._by_nwk.pop(node.nwk, None)
        node.leave()
        self.memory.keep(node)

    # A device's own time

    def _wake_when_due(self, node: Node) -> None:
        due_unix_s = node.device.next_due_unix_s()
        if due_unix_s == node.timer_due_unix_s and node.timer:
            return
        if node.timer:
            node.timer.cancel()
        node.timer_due_unix_s, node.timer = due_unix_s, None
        if due_unix_s is not None:
            delay_s = max(0.0, due_unix_s - self.clock.unix_s())
            node.timer = self.clock.after(delay_s, lambda: self._on_time(node))

    def _on_time(self, node: Node) -> None:
        node.timer = None
        frames = node.device.on_time(self.clock.unix_s())
        self.save_soon(node)
        for frame in frames:
            self.send(node, frame)
        self._wake_when_due(node)

    def save_soon(self, node: Node) -> None:
        """Registers that only time moved are written once in a while: they are no promise to anybody."""
        if not self._stale:
            self.clock.after(SAVE_EVERY_S, self._save_stale)
        self._stale.add(node)

    def _save_stale(self) -> None:
        stale, self._stale = self._stale, set()
        for node in stale:
            self.memory.keep(node)


def _unheeded(_: Outcome) -> None:
    """Nobody asks how this frame ended."""


def announcement(node: Node) -> bytes:
    """The body of a Device_annce."""
    return struct.pack("<H", node.nwk) + node.octets + bytes((node.capability,))
