"""Who is on the coordinator's network: joining while it is permitted, leaving, and network addresses."""

import struct
from collections.abc import Callable, Iterable

from hubd.bench.air.clock import Clock
from hubd.bench.air.conditions import Conditions
from hubd.bench.air.coordinator_side import CoordinatorSide
from hubd.bench.air.listener import Listener
from hubd.bench.air.memory import Memory
from hubd.bench.air.node import NOT_JOINED, Node
from hubd.model.secret import Secret

FIRST_TRY_S = 0.05
TRIES_SPREAD_S = 0.2
JOIN_AGAIN_S = 2.0
_LOST = "a frame of its joining was lost"
_BEACONS, _ACKNOWLEDGED = 2, 5
"""Frames of one joining. Not acknowledged: beacon request and beacon. Acknowledged: association request, data
request, association response, and the network key under the link key, with a data request of its own."""


class Membership:
    """The devices by network address, and the window in which more may come."""

    listener: Listener | None = None

    def __init__(self, clock: Clock, conditions: Conditions, nodes: Iterable[Node], memory: Memory) -> None:
        self._clock = clock
        self._conditions = conditions
        self._random = conditions.random
        self._nodes = tuple(nodes)
        self._memory = memory
        self._by_nwk = {node.nwk: node for node in self._nodes if node.joined}
        self._window_until_s = 0.0
        self._coordinator: CoordinatorSide
        self._when_joined: Callable[[Node], None]

    def begin(self, coordinator: CoordinatorSide, when_joined: Callable[[Node], None]) -> None:
        """`when_joined` is called after the coordinator knows of a device."""
        self._coordinator, self._when_joined = coordinator, when_joined

    def at(self, nwk: int) -> Node | None:
        """The device at a network address, if it is on the coordinator's present network."""
        node = self._by_nwk.get(nwk)
        return node if node and node.network == self._coordinator.network() else None

    def members(self) -> list[Node]:
        """All devices on the coordinator's present network."""
        network = self._coordinator.network()
        return [node for node in self._nodes if node.joined and node.network == network]

    def open_window(self, seconds: float) -> None:
        """Joining is permitted for this long (0: no more). Devices that are on no network begin to try."""
        was_open = self.window_open()
        self._window_until_s = self._clock.now_s() + seconds
        if seconds and not was_open:
            for node in self._nodes:
                self._try_soon(node, FIRST_TRY_S + TRIES_SPREAD_S * self._random.random())

    def window_open(self) -> bool:
        """Joining is permitted at this moment."""
        return self._clock.now_s() < self._window_until_s

    def leave(self, node: Node) -> None:
        """The device leaves its network and forgets it."""
        if not node.joined:
            return
        if self.listener:
            self.listener.left(node)
        self._coordinator.left(node)
        self._by_nwk.pop(node.nwk, None)
        node.leave()
        self._memory.keep(node)

    def _try_soon(self, node: Node, delay_s: float) -> None:
        self._clock.after(delay_s, lambda: self.try_to_join(node))

    def try_to_join(self, node: Node) -> None:
        """The device tries once, now; while joining is permitted and it is refused, it goes on trying."""
        network = self._coordinator.network()
        if not self.window_open() or not network or (node.joined and node.network == network):
            return
        admitted = self._admission(node)
        if isinstance(admitted, str):
            node.refused = admitted
            if self.listener and node.powered and admitted is not _LOST:
                self.listener.refused(node)
            self._try_soon(node, JOIN_AGAIN_S)
            return
        self._by_nwk.pop(node.nwk, None)
        node.leave()
        node.nwk, node.network, node.link_key, node.refused = self._free_address(), network, admitted, ""
        self._by_nwk[node.nwk] = node
        node.poll_fast_from(self._clock.now_s())
        self._memory.keep(node)
        if self.listener:
            self.listener.joined(node)
        self._coordinator.joined(node)
        self._when_joined(node)

    def _admission(self, node: Node) -> Secret[bytes] | str:
        if not node.powered:
            return "the device is off the air"
        heard = all(self._conditions.unacknowledged_is_heard() for _ in range(_BEACONS)) and all(
            self._conditions.passage(acknowledged=False).arrives for _ in range(_ACKNOWLEDGED)
        )
        return self._coordinator.admit(node) if heard else _LOST

    def _free_address(self) -> int:
        while True:
            nwk = self._random.randrange(0x0001, 0xFFF0)
            if nwk not in self._by_nwk and nwk != NOT_JOINED:
                return nwk


def announcement(node: Node) -> bytes:
    """The body of a Device_annce."""
    return struct.pack("<H", node.nwk) + node.octets + bytes((node.capability,))
