"""What the air and the coordinator ask of each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from hubd.bench.air.conditions import Confirmed
from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.node import Node
from hubd.model.secret import Secret


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

    @property
    def ieee(self) -> bytes:
        """Its address, in wire order."""

    def network(self) -> str:
        """Identity of the network it runs; "" while it runs none."""

    def as_neighbour(self) -> bytes:
        """Itself, as an entry in a device's table of neighbours (Mgmt_Lqi_rsp)."""

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
