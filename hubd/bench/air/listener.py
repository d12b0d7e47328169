"""Somebody who listens in on the air, and changes nothing on it."""

from typing import Protocol

from hubd.bench.air.frame import ApsFrame
from hubd.bench.air.node import Node


class Listener(Protocol):
    """Told of each frame at the moment it is heard; one that gets lost is told when it is sent, as not `heard`."""

    def down(self, node: Node, frame: ApsFrame, *, acknowledged: bool, heard: bool) -> None:
        """From the coordinator to a device; `acknowledged` asks its APS layer for an answer."""

    def down_to_all(self, frame: ApsFrame) -> None:
        """From the coordinator to every device."""

    def up(self, node: Node, frame: ApsFrame, *, heard: bool) -> None:
        """From a device to the coordinator."""

    def joined(self, node: Node) -> None:
        """A device joined: it has its address and its link key, and is about to announce itself."""

    def refused(self, node: Node) -> None:
        """A device tried to join in vain."""

    def left(self, node: Node) -> None:
        """A device leaves; it still has its address."""
