"""MT commands by their octets, as a host sends them."""

import struct

import pytest

from hubd.bench.coordinator.nv import NvMemory
from hubd.bench.coordinator.unpi import MtFrame

SYS, AF, ZDO, UTIL, APP = 0x01, 0x04, 0x05, 0x07, 0x0F
PLUG = {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:01", "open": True, "name": "plug"}


def test_ping_tells_the_capabilities_of_a_z_stack_3(host):
    assert host.ask(SYS, 0x01) == MtFrame(0x61, 0x01, b"\x59\x06")


def test_a_request_nobody_knows_is_answered_with_an_rpc_error(host):
    assert host.ask(SYS, 0x7E) == MtFrame(0x60, 0x00, bytes((2, 0x21, 0x7E)))
    assert host.ask(0x1E, 0x01) == MtFrame(0x60, 0x00, bytes((2, 0x3E, 0x01)))


@pytest.mark.parametrize(("subsystem", "command"), [(SYS, 0x1C), (AF, 0x02), (ZDO, 0x36), (UTIL, 0x4A), (APP, 0x04)])
def test_a_request_cut_short_is_answered_with_an_rpc_error(host, subsystem, command):
    assert host.ask(subsystem, command, b"\x00") == MtFrame(0x60, 0x00, bytes((4, 0x20 | subsystem, command)))


def test_the_association_record_has_36_octets_by_which_hosts_tell_the_alignment(host):
    assert len(host.ask(UTIL, 0x49, b"\x00").data) == 36


def test_nv_is_read_in_pieces_and_says_what_it_lacks(host):
    assert host.ask(SYS, 0x13, b"\x21\x00").data == struct.pack("<H", 116)
    status, length, *rest = host.ask(SYS, 0x1C, b"\x21\x00\x64\x00").data
    assert (status, length, len(rest)) == (0, 16, 16)
    assert host.ask(SYS, 0x13, b"\xee\x0e").data == b"\x00\x00"
    assert host.ask(SYS, 0x1C, b"\xee\x0e\x00\x00").data == b"\x02\x00"


def test_extended_nv_items_end_where_the_table_ends(host):
    assert host.ask(SYS, 0x32, struct.pack("<BHH", 1, 7, 3)).data == struct.pack("<I", 12)
    assert host.ask(SYS, 0x32, struct.pack("<BHH", 1, 7, 4)).data == struct.pack("<I", 0)


def test_forming_says_success_once_and_formation_failure_when_the_network_is_there(make_host):
    nv = NvMemory()
    host = make_host(PLUG, nv=nv)
    host.start()
    assert host.told(0x4F, 0x80) == [b"\x00\x04\x00"]
    assert host.told(0x45, 0xC0)[-1] == b"\x09"
    network = host.coordinator.network()
    again = make_host(PLUG, nv=nv)
    again.start()
    assert again.told(0x4F, 0x80) == [b"\x08\x04\x00"]
    assert again.told(0x45, 0xC0) == [b"\x09"]
    assert again.coordinator.network() == network


def test_the_frame_counter_is_past_what_was_used_after_each_start(make_host):
    nv = NvMemory()
    counters = []
    for _ in range(3):
        make_host(nv=nv).start()
        counters.append(int.from_bytes(nv.read((1, 7, 0))[:4], "little"))
    assert counters == sorted(set(counters))


def test_a_host_that_asked_for_clearing_gets_a_new_chip_with_its_old_address(host):
    before = host.coordinator.ieee
    host.ask(SYS, 0x1D, struct.pack("<HHHB", 0x0003, 0, 1, 0x03))
    host.coordinator.receive(MtFrame(0x41, 0x00, b"\x01"))
    assert host.told(0x41, 0x80)[-1][1:] == bytes((2, 1, 2, 7, 1))
    assert host.ask(SYS, 0x13, b"\x21\x00").data == b"\x00\x00"
    assert host.coordinator.ieee == before


def test_a_deleted_address_comes_back_from_the_hardware_at_the_next_boot(host):
    host.ask(SYS, 0x1D, struct.pack("<HHH8s", 0x0001, 0, 8, b"restored"))
    assert host.ask(SYS, 0x04).data == b"restored"
    host.ask(SYS, 0x12, struct.pack("<HH", 0x0001, 8))
    host.coordinator.receive(MtFrame(0x41, 0x00, b"\x01"))
    assert host.ask(SYS, 0x04).data == bytes.fromhex("0807060504030201")


def test_an_endpoint_is_registered_once(host):
    register = struct.pack("<BHHBBBHBH", 3, 0x0109, 0x0500, 0, 0, 1, 0x0702, 1, 0x0705)
    assert host.ask(AF, 0x00, register).data == b"\x00"
    assert host.ask(AF, 0x00, register).data == b"\xb8"
    endpoint = host.coordinator.endpoints[3]
    assert (endpoint.profile_id, endpoint.input_clusters, endpoint.output_clusters) == (0x0109, (0x0702,), (0x0705,))


def test_the_coordinator_answers_for_itself_in_both_forms(host):
    host.heard.clear()
    request = struct.pack("<BQBHBHBBBH", 2, 0, 0, 0, 1, 0x0005, 9, 0, 30, 3) + b"\x09\x00\x00"
    assert host.ask(AF, 0x02, request).data == b"\x00"
    assert host.told(0x45, 0x85) == [struct.pack("<HBHBB", 0, 0, 0, 1, 1)]
    assert host.told(0x45, 0xFF) == [struct.pack("<HBHBBH", 0, 0, 0x8005, 0, 9, 0) + struct.pack("<BHBB", 0, 0, 1, 1)]


def test_an_energy_scan_gives_a_value_for_each_channel(host):
    host.ask(ZDO, 0x37, struct.pack("<HBIBBH", 0, 2, 0x07FFF800, 2, 1, 0))
    status, mask, _, _, count = struct.unpack_from("<BIHHB", host.told(0x45, 0xB8)[0], 2)
    assert (status, mask, count) == (0, 0x07FFF800, 16)


def test_the_network_moves_to_the_channel_asked_for(host):
    host.ask(ZDO, 0x37, struct.pack("<HBIBBH", 0xFFFF, 15, 1 << 25, 0xFE, 0, 0))
    assert host.ask(SYS, 0x1C, b"\x21\x00\x18\x00").data[2] == 25


def test_link_keys_can_be_set_read_and_removed_for_a_device_that_joined(host):
    host.join("plug")
    octets = host.node("plug").octets
    key = bytes(range(16))
    assert host.ask(ZDO, 0x23, b"\x00\x00" + octets + key).data == b"\x00"
    assert host.ask(ZDO, 0x25, octets).data == b"\x00" + octets + key
    assert host.ask(UTIL, 0x44, octets).data[:17] == b"\x00" + key
    assert host.ask(ZDO, 0x24, octets).data == b"\x00"
    assert host.ask(ZDO, 0x25, octets).data[0] == 1
    assert host.ask(ZDO, 0x23, b"\x34\x12unknown!" + key).data == b"\x00", "it stores the address with the key"
    assert host.ask(ZDO, 0x25, b"unknown!").data == b"\x00unknown!" + key
