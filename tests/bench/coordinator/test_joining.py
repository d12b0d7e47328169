"""Who may join, under which key, and what the host is told. R6."""

import struct

import pytest

from hubd.bench.coordinator.install_code import link_key
from hubd.bench.coordinator.nv import NvMemory

CODE = bytes.fromhex("83FED3407A939723A5C639B26916D505C3B5")
PLUG = {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:01", "open": True, "name": "plug"}
CODED = {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:02", "install_code": CODE.hex(), "name": "coded"}


def add_code(host, form: int, code: bytes) -> int:
    return host.ask(0x0F, 0x04, bytes((form,)) + host.node("coded").octets + code).data[0]


def test_nobody_joins_while_the_window_is_closed(host):
    host.clock.turn(30)
    assert not host.node("plug").joined


def test_a_device_that_joins_is_told_as_trust_centre_and_as_announcement_in_both_forms(host):
    nwk = host.join("plug")
    octets = host.node("plug").octets
    assert host.told(0x45, 0xCA) == [struct.pack("<H8sH", nwk, octets, 0)]
    announced = struct.pack("<H8sB", nwk, octets, 0x8E)
    assert host.told(0x45, 0xC1) == [struct.pack("<H", nwk) + announced]
    raw = host.told(0x45, 0xFF)[-1]
    assert struct.unpack_from("<HBH", raw) == (nwk, 1, 0x0013)
    assert raw[9:] == announced


def test_a_device_with_an_install_code_waits_until_the_coordinator_holds_it(make_host):
    host = make_host(CODED)
    host.start()
    host.permit()
    host.clock.turn(5)
    assert host.node("coded").refused == "the coordinator holds no install code for it"
    assert add_code(host, 1, CODE) == 0
    host.clock.turn(5)
    assert host.node("coded").joined
    assert host.node("coded").link_key.reveal() == link_key(CODE).reveal()


def test_the_key_may_be_given_already_derived(make_host):
    host = make_host(CODED)
    host.start()
    assert add_code(host, 2, link_key(CODE).reveal()) == 0
    host.join("coded")


def test_a_wrong_install_code_keeps_the_device_out(make_host):
    host = make_host(CODED)
    host.start()
    assert add_code(host, 2, bytes(16)) == 0
    host.permit()
    host.clock.turn(5)
    assert host.node("coded").refused == "the coordinator holds another install code for it"


@pytest.mark.parametrize(("form", "code"), [(1, CODE[:-1] + b"\x00"), (1, CODE[:9]), (2, CODE), (9, CODE)])
def test_a_code_that_is_none_is_not_taken(make_host, form, code):
    host = make_host(CODED)
    host.start()
    assert add_code(host, form, code) == 2


def test_open_devices_stay_out_while_only_install_codes_are_taken(host):
    host.ask(0x0F, 0x06, b"\x01")
    host.permit()
    host.clock.turn(5)
    assert host.node("plug").refused == "the coordinator takes install codes only"
    host.ask(0x0F, 0x06, b"\x00")
    host.clock.turn(5)
    assert host.node("plug").joined


def test_a_device_told_to_leave_leaves_and_its_key_is_forgotten(host):
    nwk = host.join("plug")
    octets = host.node("plug").octets
    host.ask(0x05, 0x34, struct.pack("<H8sB", nwk, octets, 0))
    host.clock.turn(0.1)
    assert host.told(0x45, 0xB4) == [struct.pack("<HB", nwk, 0)]
    assert host.told(0x45, 0xC9)[0][:10] == struct.pack("<H8s", nwk, octets)
    assert not host.node("plug").joined
    assert host.coordinator.trust.link_key(octets) is None


def test_a_device_that_left_needs_its_install_code_again(make_host):
    host = make_host(CODED)
    host.start()
    add_code(host, 1, CODE)
    host.join("coded")
    host.air.leave(host.node("coded"))
    host.clock.turn(61)
    host.permit()
    host.clock.turn(5)
    assert host.node("coded").refused == "the coordinator holds no install code for it"


def test_devices_and_keys_are_in_the_tables_that_a_backup_reads(host):
    nwk = host.join("plug")
    node, nv = host.node("plug"), host.coordinator.nv
    assert nv.read((1, 1, 0)) == struct.pack("<BxH8s", 0x02, nwk, node.octets)
    assert nv.read((1, 6, 0))[:16] == node.link_key.reveal()
    assert nv.read_osal(0x4C)[:8] == struct.pack("<HHHBx", 1, 0, 0, 1)


def test_a_device_of_another_network_joins_anew(make_host):
    host = make_host(PLUG, nv=NvMemory())
    host.start()
    first = host.join("plug")
    host.ask(0x01, 0x1D, struct.pack("<HHHB", 0x0003, 0, 1, 0x03))
    host.coordinator.reset()
    host.start()
    assert host.air.node_at(first) is None
    host.join("plug")
    assert host.node("plug").network == host.coordinator.network()
