"""What a Zigbee device answers by itself on endpoint 0, from its descriptors (Zigbee specification, clause 2.4)."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hubd.bench.air.device import EndpointDescriptor

SUCCESS, INVALID_EP, NOT_ACTIVE, NOT_SUPPORTED, NO_ENTRY = 0x00, 0x82, 0x83, 0x84, 0x88

NWK_ADDR, IEEE_ADDR, NODE_DESC, POWER_DESC, SIMPLE_DESC, ACTIVE_EP, MATCH_DESC = range(7)
DEVICE_ANNCE, BIND, UNBIND = 0x0013, 0x0021, 0x0022
MGMT_LQI, MGMT_RTG, MGMT_BIND, MGMT_LEAVE, MGMT_PERMIT, MGMT_NWK_UPDATE = 0x31, 0x32, 0x33, 0x34, 0x36, 0x38
RESPONSE = 0x8000


@dataclass(frozen=True, slots=True)
class Descriptors:
    """What a node says of itself. `octets` is the IEEE address in wire order; `logical_type` 0, 1 or 2: coordinator,
    router, end device.
    """

    nwk: int
    octets: bytes
    endpoints: Sequence[EndpointDescriptor]
    logical_type: int
    capability: int
    bindings: list[bytes] = field(default_factory=list)
    manufacturer_code: int = 0
    neighbours: Sequence[bytes] = ()


def answer(node: Descriptors, cluster: int, body: bytes) -> bytes | None:
    """The body of the response to a request without its sequence number; None where the node keeps silent. A request
    it does not know, or that is cut short, gets NOT_SUPPORTED.
    """
    known = _ANSWERS.get(cluster)
    if known is None:
        return bytes((NOT_SUPPORTED,))
    try:
        return known(node, body)
    except (IndexError, struct.error):
        return bytes((NOT_SUPPORTED,))


def simple_descriptor(endpoint: EndpointDescriptor) -> bytes:
    """A Simple Descriptor as on the wire."""
    clusters = b"".join(
        struct.pack(f"<B{len(ids)}H", len(ids), *ids) for ids in (endpoint.input_clusters, endpoint.output_clusters)
    )
    return struct.pack("<BHHB", endpoint.endpoint, endpoint.profile_id, endpoint.device_id, 1) + clusters


def _nwk_addr(node: Descriptors, body: bytes) -> bytes | None:
    return _addresses(node) if body[:8] == node.octets else None


def _ieee_addr(node: Descriptors, body: bytes) -> bytes | None:
    return _addresses(node) if _of_interest(body) == node.nwk else None


def _addresses(node: Descriptors) -> bytes:
    return bytes((SUCCESS,)) + node.octets + struct.pack("<H", node.nwk)


def _node_desc(node: Descriptors, _: bytes) -> bytes:
    server_mask = 0x2C01 if node.logical_type == 0 else 0x2C00
    return struct.pack(
        "<BHBBBHBHHHB",
        *(SUCCESS, node.nwk, node.logical_type, 0x40, node.capability, node.manufacturer_code),
        *(82, 82, server_mask, 82, 0),
    )


def _power_desc(node: Descriptors, _: bytes) -> bytes:
    return struct.pack("<BHH", SUCCESS, node.nwk, 0xC110 if node.capability & 0x04 else 0xC440)


def _simple_desc(node: Descriptors, body: bytes) -> bytes:
    wanted = body[2]
    found = next((each for each in node.endpoints if each.endpoint == wanted), None)
    if found is None:
        return struct.pack("<BHB", NOT_ACTIVE if 0 < wanted <= 240 else INVALID_EP, node.nwk, 0)
    descriptor = simple_descriptor(found)
    return struct.pack("<BHB", SUCCESS, node.nwk, len(descriptor)) + descriptor


def _active_ep(node: Descriptors, _: bytes) -> bytes:
    ids = [each.endpoint for each in node.endpoints]
    return struct.pack(f"<BHB{len(ids)}B", SUCCESS, node.nwk, len(ids), *ids)


def _match_desc(node: Descriptors, body: bytes) -> bytes | None:
    profile_id = struct.unpack_from("<H", body, 2)[0]
    inputs, after = _cluster_list(body, 4)
    outputs, _ = _cluster_list(body, after)
    found = [
        each.endpoint
        for each in node.endpoints
        if each.profile_id == profile_id
        and (inputs & set(each.input_clusters) or outputs & set(each.output_clusters))
    ]
    if not found and _of_interest(body) >= 0xFFF8:
        return None
    return struct.pack(f"<BHB{len(found)}B", SUCCESS, node.nwk, len(found), *found)


def _cluster_list(body: bytes, at: int) -> tuple[set[int], int]:
    return set(struct.unpack_from(f"<{body[at]}H", body, at + 1)), at + 1 + 2 * body[at]


def _of_interest(body: bytes) -> int:
    return int(struct.unpack_from("<H", body)[0])


def _bind(node: Descriptors, body: bytes) -> bytes:
    if body not in node.bindings:
        node.bindings.append(body)
    return bytes((SUCCESS,))


def _unbind(node: Descriptors, body: bytes) -> bytes:
    if body not in node.bindings:
        return bytes((NO_ENTRY,))
    node.bindings.remove(body)
    return bytes((SUCCESS,))


def _mgmt_lqi(node: Descriptors, body: bytes) -> bytes:
    return _page(node.neighbours, body[0], 3)


def _mgmt_rtg(_: Descriptors, body: bytes) -> bytes:
    return _page((), body[0], 1)


def _mgmt_bind(node: Descriptors, body: bytes) -> bytes:
    return _page(node.bindings, body[0], 3)


def _page(entries: Sequence[bytes], start: int, most: int) -> bytes:
    page = entries[start : start + most]
    return bytes((SUCCESS, len(entries), start, len(page))) + b"".join(page)


def _accepted(_: Descriptors, __: bytes) -> bytes:
    return bytes((SUCCESS,))


_ANSWERS: dict[int, Callable[[Descriptors, bytes], bytes | None]] = {
    NWK_ADDR: _nwk_addr,
    IEEE_ADDR: _ieee_addr,
    NODE_DESC: _node_desc,
    POWER_DESC: _power_desc,
    SIMPLE_DESC: _simple_desc,
    ACTIVE_EP: _active_ep,
    MATCH_DESC: _match_desc,
    BIND: _bind,
    UNBIND: _unbind,
    MGMT_LQI: _mgmt_lqi,
    MGMT_RTG: _mgmt_rtg,
    MGMT_BIND: _mgmt_bind,
    MGMT_LEAVE: _accepted,
    MGMT_PERMIT: _accepted,
}
