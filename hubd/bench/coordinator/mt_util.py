"""MT_UTIL: information on the device, the association list, link keys."""

import struct
from typing import TYPE_CHECKING

from hubd.bench.coordinator.status import Status

if TYPE_CHECKING:
    from hubd.bench.air.node import Node
    from hubd.bench.coordinator.coordinator import Coordinator, Handler

_STARTED_AS_COORDINATOR = 9
_ALL_LOGICAL_TYPES = 7
_CHILD_RFD, _NEIGHBOUR, _NOT_USED = 1, 5, 0xFF
_IN_MEMORY = struct.Struct("<HHBBBB BBBBI H2x B3xI IBB2x")
"""`associated_devices_t` as it lies in a 32-bit chip: 36 octets. Hosts tell the chip's alignment by its size."""
_PACKED = struct.Struct("<HHBBBB BBBBI H BI IBB")


def _get_device_info(it: "Coordinator", _: bytes) -> bytes:
    children = [node.nwk for node in _children(it)]
    state = _STARTED_AS_COORDINATOR if it.running else 0
    head = struct.pack("<B8sHBBB", 0, it.ieee, 0x0000, _ALL_LOGICAL_TYPES, state, len(children))
    return head + struct.pack(f"<{len(children)}H", *children)


def _led_control(_: "Coordinator", __: bytes) -> bytes:
    return bytes((Status.SUCCESS,))


def _callback_sub(_: "Coordinator", __: bytes) -> bytes:
    return bytes((Status.SUCCESS,))


def _ext_addr_lookup(it: "Coordinator", data: bytes) -> bytes:
    nwk = it.trust.nwk_of(struct.unpack_from("<8s", data)[0])
    return struct.pack("<H", 0xFFFE if nwk is None else nwk)


def _nwk_lookup(it: "Coordinator", data: bytes) -> bytes:
    wanted = struct.unpack_from("<H", data)[0]
    return next((octets for octets in it.trust.addresses() if it.trust.nwk_of(octets) == wanted), bytes(8))


def _link_key_data(it: "Coordinator", data: bytes) -> bytes:
    key = it.trust.link_key(struct.unpack_from("<8s", data)[0])
    return struct.pack("<B16sII", Status.FAILURE if key is None else Status.SUCCESS, key or bytes(16), 0, 0)


def _assoc_count(it: "Coordinator", _: bytes) -> bytes:
    return struct.pack("<H", len(it.air.members()))


def _assoc_find(it: "Coordinator", data: bytes) -> bytes:
    index = data[0]
    nodes = it.air.members()
    return _IN_MEMORY.pack(*(_record(nodes[index], index) if index < len(nodes) else _no_record()))


def _assoc_get(it: "Coordinator", data: bytes) -> bytes:
    octets, nwk = struct.unpack_from("<8sH", data)
    for index, node in enumerate(it.air.members()):
        if node.octets == octets or (octets == bytes(8) and node.nwk == nwk):
            return _PACKED.pack(*_record(node, index))
    return _PACKED.pack(*_no_record())


def _assoc_changed(_: "Coordinator", __: bytes) -> bytes:
    """The simulated air needs no association entry to route: a change is accepted and changes nothing."""
    return bytes((Status.SUCCESS,))


def _children(it: "Coordinator") -> "list[Node]":
    return [node for node in it.air.members() if node.device.poll_interval_s is not None]


def _record(node: "Node", index: int) -> tuple[int, ...]:
    relation = _NEIGHBOUR if node.device.poll_interval_s is None else _CHILD_RFD
    return (node.nwk, index, relation, 0, 0, 0, 0, 1, 200, 0, 0, 0, 0, 0, 0, 1, 0)


def _no_record() -> tuple[int, ...]:
    return (0xFFFE, 0xFFFF, _NOT_USED, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


HANDLERS: "dict[int, Handler]" = {
    0x00: _get_device_info,
    0x06: _callback_sub,
    0x0A: _led_control,
    0x40: _ext_addr_lookup,
    0x41: _nwk_lookup,
    0x44: _link_key_data,
    0x48: _assoc_count,
    0x49: _assoc_find,
    0x4A: _assoc_get,
    0x63: _assoc_changed,
    0x64: _assoc_changed,
}
