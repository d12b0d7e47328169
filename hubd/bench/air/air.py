"""The air between one coordinator and its devices: who hears whom, when, and who is on the network."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from hubd.bench.air import zdo
from hubd.bench.air.clock import Clock
from hubd.bench.air.conditions import Conditions, Confirmed, Passage
from hubd.bench.air.coordinator_side import CoordinatorSide, Done, Outcome
from hubd.bench.air.device import NoticesJoining
from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.listener import Listener
from hubd.bench.air.membership import Membership
from hubd.bench.air.memory import Memory
from hubd.bench.air.node import Node
from hubd.model.identity import parse_eui64

HELD_AT_MOST_S = 7.68
"""How long a parent holds a frame for a sleeping child: macTransactionPersistenceTime (IEEE 802.15.4), 500 base
superframes of 15.36 ms."""
GIVEN_UP_AFTER_S = 0.02
SAVE_EVERY_S = 1.0


class Air:
    """All devices around one coordinator. Who is on its network is `membership.Membership`'s to say; its calls are
    here too.
    """

    def __init__(
        self, clock: Clock, conditions: Conditions, nodes: Iterable[Node], memory: Memory | None = None
    ) -> None:
        self.clock = clock
        self.conditions = conditions
        self.nodes = {node.device.ieee: node for node in nodes}
        self.memory = memory or Memory()
        self.frames_lost = 0
        self._coordinator: CoordinatorSide
        self._stale: set[Node] = set()
        for node in self.nodes.values():
            self.memory.recall(node)
        membership = Membership(clock, conditions, self.nodes.values(), self.memory)
        self._membership = membership
        self.node_at, self.members = membership.at, membership.members
        self.open_window, self.window_open = membership.open_window, membership.window_open
        self.try_to_join = self._try_to_join = membership.try_to_join
        self.leave = membership.leave
        self._listener: Listener | None = None

    def let_listen(self, listener: Listener) -> None:
        """Somebody hears everything from now on, and changes nothing."""
        self._listener = self._membership.listener = listener

    def begin(self, coordinator: CoordinatorSide) -> None:
        """Devices live from here on."""
        self._coordinator = coordinator
        self._membership.begin(coordinator, self._on_joined)
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

    def unicast(self, nwk: int, frame: ApsFrame, acknowledged: bool, done: Done) -> None:
        """Send a frame to one device; `done` says how it ended."""
        self._down(nwk, frame, acknowledged, done, lambda node: self._deliver(node, frame))

    def send_unread(self, node: Node, frame: ApsFrame, acknowledged: bool) -> None:
        """Send a frame under a key that the device does not hold: it can do nothing with it."""
        if self._listener:
            self._listener.down(node, frame, acknowledged=acknowledged, heard=node.powered)

    def broadcast(self, frame: ApsFrame) -> None:
        """Send to every device, once; nobody confirms."""
        if self._listener:
            self._listener.down_to_all(frame)
        for node in self.members():
            self._down(node.nwk, None, False, _unheeded, lambda node: self._deliver(node, frame))

    def ask_zdo(self, nwk: int, cluster: int, sequence: int, body: bytes) -> None:
        """Send a ZDO request to one device; the answer comes as `hear_zdo`."""
        frame = _zdo_frame(cluster, sequence, body)
        self._down(nwk, frame, True, _unheeded, lambda node: self._deliver_zdo(node, cluster, sequence, body))

    def ask_zdo_all(self, cluster: int, sequence: int, body: bytes) -> None:
        """Send a ZDO request to every device."""
        for node in self.members():
            self.ask_zdo(node.nwk, cluster, sequence, body)

    # From the bench

    def power(self, node: Node, on: bool) -> None:
        """Take a device off the air, or bring it back. It keeps its network and its memory."""
        node.powered = on

    def rekey(self, node: Node) -> None:
        """A device with a key maker forgets its link key and makes another."""
        if node.key_maker:
            node.key_maker.joined(parse_eui64(self._coordinator.ieee[::-1].hex()), self.clock.unix_s())
        self.changed(node)

    def changed(self, node: Node) -> None:
        """The bench changed a device from outside: write it, and see when it is due now."""
        self.memory.keep(node)
        self._wake_when_due(node)

    def send(self, node: Node, frame: ApsFrame) -> None:
        """A device sends."""
        if not node.powered or not node.joined or node.network != self._coordinator.network():
            return
        if frame.secured and not node.may_speak_secured:
            return
        if frame.peer:
            self._send_to_peer(node, frame)
            return
        node.secured_said += frame.secured
        passage = self.conditions.passage(acknowledged=False)
        if not passage.arrives:
            self.frames_lost += 1
            self._listen_up(node, frame, heard=False)
            return
        if node.device.poll_interval_s is not None:
            node.poll_fast_from(self.clock.now_s())
        if not passage.after_s:
            self._hear(node, frame)
            return
        node.up_free_s = self._at(node.up_free_s, passage.after_s)
        self.clock.after(node.up_free_s - self.clock.now_s(), lambda: self._hear(node, frame))

    def _send_to_peer(self, node: Node, frame: ApsFrame) -> None:
        """From one device to another, past the coordinator. Both hold a key of the network's trust centre; that they
        made one between them is taken for granted.
        """
        peer = self.nodes.get(frame.peer)
        passage = self.conditions.passage(acknowledged=True)
        if peer is None or not (peer.powered and peer.joined and peer.may_speak_secured and passage.arrives):
            self.frames_lost += passage.arrives is False
            return
        heard = replace(frame, peer=node.device.ieee)
        self.clock.after(passage.after_s, lambda: self._deliver(peer, heard))

    def _hear(self, node: Node, frame: ApsFrame) -> None:
        self._listen_up(node, frame, heard=True)
        self._coordinator.hear(node, frame)

    def _listen_up(self, node: Node, frame: ApsFrame, *, heard: bool) -> None:
        if self._listener and node.joined:
            self._listener.up(node, frame, heard=heard)

    # The way down

    def _down(
        self, nwk: int, frame: ApsFrame | None, acknowledged: bool, done: Done, deliver: Callable[[Node], None]
    ) -> None:
        """`frame` is for those who listen; None: they know of it."""
        node = self.node_at(nwk)
        if node is None:
            done(Outcome(no_route=True))
            return
        asleep_s = node.listens_in_s(self.clock.now_s(), self.clock.unix_s())
        if asleep_s > HELD_AT_MOST_S or (asleep_s and not node.powered):
            self.clock.after(HELD_AT_MOST_S, lambda: done(Outcome(expired=True)))
            return
        passage = self.conditions.passage(acknowledged=acknowledged)
        if not node.powered:
            passage = Passage(False, 0.0, Confirmed.NO_MAC_ACK, GIVEN_UP_AFTER_S)
        listened = self._listened(frame, acknowledged)
        self._schedule(node, passage, asleep_s, done, deliver, listened)

    def _listened(self, frame: ApsFrame | None, acknowledged: bool) -> Callable[[Node, bool], None] | None:
        listener = self._listener
        if frame is None or listener is None:
            return None
        return lambda node, heard: listener.down(node, frame, acknowledged=acknowledged, heard=heard)

    def _schedule(
        self,
        node: Node,
        passage: Passage,
        asleep_s: float,
        done: Done,
        deliver: Callable[[Node], None],
        listened: Callable[[Node, bool], None] | None,
    ) -> None:
        def arrive() -> None:
            if listened:
                listened(node, node.powered and node.joined)
            if passage.confirmed is Confirmed.YES:
                done(Outcome(Confirmed.YES))
            if node.powered and node.joined:
                deliver(node)

        if not passage.arrives:
            self.frames_lost += 1
            if listened:
                listened(node, False)
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
        replies = self._take(node, frame)
        self.memory.keep(node)
        for reply in replies:
            self.send(node, reply)
        self._wake_when_due(node)

    def _take(self, node: Node, frame: ApsFrame) -> list[ApsFrame]:
        maker, unix_s = node.key_maker, self.clock.unix_s()
        if maker is None or frame.cluster_id != maker.cluster_id:
            node.secured_heard += frame.secured
            return node.device.on_frame(frame, unix_s)
        if node.own_hours:
            node.own_hours.stay_awake(unix_s)
        replies = maker.on_frame(frame, unix_s)
        node.link_key = maker.key or node.link_key
        return replies

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
        self.send(node, _zdo_frame(cluster, sequence, body))

    def _descriptors(self, node: Node) -> zdo.Descriptors:
        router = node.device.mains_powered and node.device.poll_interval_s is None
        neighbours = (self._coordinator.as_neighbour(),) if router else ()
        kind = 1 if router else 2
        return zdo.Descriptors(
            node.nwk, node.octets, node.endpoints, kind, node.capability, node.bindings, neighbours=neighbours
        )

    # A device's own time

    def _on_joined(self, node: Node) -> None:
        self.rekey(node)
        if isinstance(node.device, NoticesJoining):
            node.device.on_joined(self.clock.unix_s())
            self.memory.keep(node)
        self._wake_when_due(node)

    def _wake_when_due(self, node: Node) -> None:
        due_unix_s = node.next_due_unix_s()
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
        unix_s = self.clock.unix_s()
        frames = node.device.on_time(unix_s)
        if node.key_maker:
            frames = frames + node.key_maker.on_time(unix_s)
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


def _zdo_frame(cluster: int, sequence: int, body: bytes) -> ApsFrame:
    return ApsFrame(0x0000, cluster, 0, 0, bytes((sequence,)) + body, secured=False)


def _unheeded(_: Outcome) -> None:
    """Nobody asks how this frame ended."""
