"""ZDO answers by their octets."""

import struct

from hubd.bench.air import zdo
from hubd.bench.air.device import EndpointDescriptor

OCTETS = bytes(range(8))
METER = EndpointDescriptor(1, 0x0109, 0x0500, (0x0000, 0x0702), (0x000A,))
NODE = zdo.Descriptors(0x1234, OCTETS, (METER,), 1, 0x8E)
NWK = b"\x34\x12"


def test_node_descriptor_of_a_router_has_thirteen_octets():
    answer = zdo.answer(NODE, zdo.NODE_DESC, NWK)
    assert answer[:6] == b"\x00\x34\x12\x01\x40\x8e"
    assert len(answer) == 1 + 2 + 13


def test_simple_descriptor_lists_both_kinds_of_clusters():
    answer = zdo.answer(NODE, zdo.SIMPLE_DESC, NWK + b"\x01")
    body = struct.pack("<BHHBBHHBH", 1, 0x0109, 0x0500, 1, 2, 0x0000, 0x0702, 1, 0x000A)
    assert answer == b"\x00" + NWK + bytes([len(body)]) + body


def test_an_endpoint_that_is_not_there_is_not_active():
    assert zdo.answer(NODE, zdo.SIMPLE_DESC, NWK + b"\x09") == b"\x83" + NWK + b"\x00"
    assert zdo.answer(NODE, zdo.SIMPLE_DESC, NWK + b"\x00") == b"\x82" + NWK + b"\x00"


def test_matching_needs_the_profile_and_one_cluster():
    def match(profile_id: int, inputs: tuple[int, ...], nwk: bytes = NWK) -> bytes | None:
        return zdo.answer(
            NODE, zdo.MATCH_DESC, nwk + struct.pack(f"<HB{len(inputs)}HB", profile_id, len(inputs), *inputs, 0)
        )

    assert match(0x0109, (0x0702,)) == b"\x00" + NWK + b"\x01\x01"
    assert match(0x0104, (0x0702,)) == b"\x00" + NWK + b"\x00"
    assert match(0x0109, (0x0006,), b"\xfd\xff") is None


def test_bindings_are_kept_removed_and_listed():
    node = zdo.Descriptors(0x1234, OCTETS, (METER,), 1, 0x8E, bindings=[])
    binding = OCTETS + b"\x01\x02\x07\x03" + OCTETS + b"\x01"
    assert zdo.answer(node, zdo.BIND, binding) == b"\x00"
    assert zdo.answer(node, zdo.BIND, binding) == b"\x00"
    assert zdo.answer(node, zdo.MGMT_BIND, b"\x00") == b"\x00\x01\x00\x01" + binding
    assert zdo.answer(node, zdo.UNBIND, binding) == b"\x00"
    assert zdo.answer(node, zdo.UNBIND, binding) == b"\x88"


def test_what_is_unknown_or_cut_short_is_not_supported():
    assert zdo.answer(NODE, 0x0015, b"") == b"\x84"
    assert zdo.answer(NODE, zdo.SIMPLE_DESC, NWK) == b"\x84"
