"""The Smart Energy meter behind the coordinator: joins with its install code, speaks under its key alone. R6, R31."""

import struct

import pytest

from hubd.bench.air.clock import HandClock
from hubd.bench.air.memory import Memory
from hubd.bench.devices.devices_file import devices_of
from hubd.errors import ConfigurationError

CODE = "83FED3407A939723A5C639B26916D505C3B5"
METER = {
    "kind": "electricity_meter",
    "ieee": "00:12:4b:00:00:00:00:09",
    "install_code": CODE,
    "name": "meter",
    "reports_per_s": 1.0,
    "prepayment": {
        "pan": "600727000000000009",
        "vending_key": "ABABABABABABABAB949494949494949401234567",
        "sgc": "123456",
        "krn": 1,
        "kt": 2,
        "ti": "01",
        "base": 2014,
    },
}
READ = b"\x00\x21\x00\x00\x00"
SECURED, PLAIN = 0x70, 0x30
INCOMING = (0x44, 0x81)


@pytest.fixture
def host(make_host):
    it = make_host(METER)
    it.start(profile_id=0x0109)
    it.ask(0x0F, 0x04, b"\x01" + it.node("meter").octets + bytes.fromhex(CODE))
    return it


def test_a_meter_joins_with_its_install_code_and_its_reports_are_secured(host):
    host.join("meter")
    host.heard.clear()
    host.clock.turn(3)
    reports = [data for data in host.told(*INCOMING) if data[2:4] == b"\x02\x07"]
    assert len(reports) >= 2
    assert {data[10] for data in reports} == {1}


def test_it_answers_a_secured_read_and_drops_an_unsecured_one(host):
    nwk = host.join("meter")
    host.heard.clear()
    host.send(nwk, 0x0702, READ, options=PLAIN)
    assert host.told(*INCOMING) == []
    host.send(nwk, 0x0702, READ, options=SECURED)
    assert [(data[10], data[17:20]) for data in host.told(*INCOMING)] == [(1, b"\x18\x21\x01")]


def test_an_unsecured_report_is_told_as_such(host):
    from hubd.bench.coordinator.faults import Fault

    host.join("meter")
    host.heard.clear()
    host.coordinator.faults.add(Fault.UNSECURED, 1, METER["ieee"])
    host.clock.turn(3)
    assert [data[10] for data in host.told(*INCOMING)][:2] == [0, 1]


def test_its_simple_descriptor_tells_a_smart_energy_meter(host):
    nwk = host.join("meter")
    host.ask(0x05, 0x04, struct.pack("<HHB", nwk, nwk, 1))
    described = host.told(0x45, 0x84)[0]
    assert struct.unpack_from("<HBHBBHH", described)[4:] == (1, 0x0109, 0x0501)


def test_it_is_what_it_was_after_a_kill(tmp_path):
    file = tmp_path / "state.json"
    node = devices_of({"device": [METER]}, "test", 1)[0]
    node.device.on_time(HandClock().unix_s())
    node.device.set(balance="12.34")
    Memory(file).keep(node)
    again = devices_of({"device": [METER]}, "test", 1)[0]
    Memory(file).recall(again)
    assert again.device.view()["balance_e5"] == 1_234_000


@pytest.mark.parametrize(
    ("prepayment", "complaint"),
    [
        ({"pan": "1"}, "prepayment"),
        ({"colour": "red"}, "unknown key prepayment.colour"),
        ({"vending_key": "zz"}, "prepayment.vending_key: is not hexadecimal"),
    ],
)
def test_errors_in_its_tables_name_file_device_and_key(prepayment, complaint):
    table = {**METER, "prepayment": METER["prepayment"] | prepayment}
    with pytest.raises(ConfigurationError, match=rf"house\.toml: device 1: .*{complaint}"):
        devices_of({"device": [table]}, "house.toml", 1)
