"""The keys of a virtual network, for whoever wants to read its air. Bench keys: they protect nothing."""

from typing import Any

from hubd.bench.air.node import Node
from hubd.bench.capture.network_view import CoordinatorView
from hubd.bench.coordinator.coordinator import Coordinator


def keys_in_use(coordinator: Coordinator) -> dict[str, Any]:
    """Network key and link keys in hex, as JSON values. `link_key` is the device's own; where the coordinator holds
    another one for it, `coordinator_link_key` differs, and they cannot understand each other.
    """
    view = CoordinatorView(coordinator)
    active = view.key
    return {
        "pan_id": f"0x{view.pan_id:04x}",
        "coordinator": view.ieee[::-1].hex(":"),
        "network_key": {"key": active.key.hex(), "sequence": active.sequence},
        "devices": [_of(node, view) for node in coordinator.air.nodes.values()],
    }


def _of(node: Node, view: CoordinatorView) -> dict[str, Any]:
    held = view.link_key(node.octets)
    return {
        "name": node.name,
        "ieee": node.device.ieee,
        "link_key": node.link_key.reveal().hex() if node.link_key else None,
        "coordinator_link_key": held.hex() if held else None,
        "install_code_key": node.install_code_key.reveal().hex() if node.install_code_key else None,
    }
