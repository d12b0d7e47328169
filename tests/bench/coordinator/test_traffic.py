"""Frames of applications: security, confirms, large messages, faults."""

import struct

import pytest

from hubd.bench.air.frame import ApsFrame
from hubd.bench.coordinator.faults import Fault

READ_SUMMATION = b"\x00\x21\x00\x00\x00"
PLUG = {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:01", "open": True, "name": "plug"}
SENSOR = {"kind": "temperature_sensor", "ieee": "00:12:4b:00:00:00:00:03", "open": True, "name": "sensor"}
CONFIRM, INCOMING = (0x44, 0x80), (0x44, 0x81)


def report(host, *, secured: bool = False, size: int = 10) -> ApsFrame:
    frame = ApsFrame(0x0104, 0x0702, 1, 1, bytes(size), secured=secured)
    host.air.send(host.node("plug"), frame)
    return frame


def test_a_read_is_confirmed_and_then_answered(host):
    nwk = host.join("plug")
    host.heard.clear()
    assert host.send(nwk, 0x0702, READ_SUMMATION) == 0
    assert [(f.command0, f.command1) for f in host.heard] == [CONFIRM, INCOMING]
    assert host.told(*CONFIRM) == [b"\x00\x01\x07"]
    incoming = host.told(*INCOMING)[0]
    assert struct.unpack_from("<HHHBB", incoming) == (0, 0x0702, nwk, 1, 1)
    assert incoming[17:20] == b"\x18\x21\x01"


def test_security_asked_for_is_given_and_the_answer_says_so(host):
    nwk = host.join("plug")
    host.send(nwk, 0x0702, READ_SUMMATION, options=0x70)
    host.send(nwk, 0x0702, READ_SUMMATION, options=0x30)
    assert [data[10] for data in host.told(*INCOMING)] == [1, 0]


def test_security_without_a_key_fails_at_the_coordinator(host):
    nwk = host.join("plug")
    host.coordinator.trust.remove_link_key(host.node("plug").octets)
    host.send(nwk, 0x0702, READ_SUMMATION, options=0x70)
    assert host.told(*CONFIRM) == [b"\xa1\x01\x07"]


def test_under_two_different_keys_neither_side_understands_the_other(host):
    nwk = host.join("plug")
    octets = host.node("plug").octets
    host.ask(0x05, 0x23, b"\x00\x00" + octets + bytes(16))
    host.send(nwk, 0x0702, READ_SUMMATION, options=0x70)
    report(host, secured=True)
    assert host.told(*CONFIRM) == [b"\xb7\x01\x07"]
    assert host.told(*INCOMING) == []


def test_a_frame_to_nobody_has_no_route(host):
    assert host.send(0x1234, 0x0702, READ_SUMMATION) == 0
    assert host.told(*CONFIRM) == [b"\xcd\x01\x07"]


def test_a_device_off_the_air_does_not_acknowledge(host):
    nwk = host.join("plug")
    host.air.power(host.node("plug"), on=False)
    host.send(nwk, 0x0702, READ_SUMMATION)
    host.clock.turn(1)
    assert host.told(*CONFIRM) == [b"\xe9\x01\x07"]
    host.air.power(host.node("plug"), on=True)
    host.send(nwk, 0x0702, READ_SUMMATION)
    assert host.told(*CONFIRM)[-1] == b"\x00\x01\x07"


def test_a_frame_for_a_device_that_sleeps_too_long_expires(make_host):
    host = make_host({**SENSOR, "poll_interval_s": 60})
    host.start()
    nwk = host.join("sensor")
    host.clock.turn(15)
    host.send(nwk, 0x0402, READ_SUMMATION)
    host.clock.turn(7.6)
    assert host.told(*CONFIRM) == []
    host.clock.turn(0.2)
    assert host.told(*CONFIRM) == [b"\xf0\x01\x07"]


def test_a_frame_is_held_until_the_device_asks_for_it(make_host):
    host = make_host({**SENSOR, "poll_interval_s": 4})
    host.start()
    nwk = host.join("sensor")
    host.clock.turn(20 - host.clock.now_s() + 0.1)
    host.send(nwk, 0x0402, READ_SUMMATION)
    host.clock.turn(3.8)
    assert host.told(*INCOMING) == []
    host.clock.turn(0.2)
    assert len(host.told(*INCOMING)) == 1
    assert host.told(*CONFIRM) == [b"\x00\x01\x07"]


def test_frames_for_an_endpoint_or_profile_that_is_not_registered_are_not_told(make_host):
    host = make_host(PLUG)
    host.start(profile_id=0x0109)
    host.join("plug")
    report(host)
    assert host.told(*INCOMING) == []


def test_a_message_too_large_for_the_line_is_announced_and_fetched_in_pieces(host):
    host.join("plug")
    report(host, size=400)
    announced = host.told(0x44, 0x82)[0]
    stamp, _, length = struct.unpack_from("<IBH", announced, 20)
    assert length == 400
    got = b""
    while len(got) < length:
        answer = host.ask(0x04, 0x12, struct.pack("<IHB", stamp, len(got), min(240, length - len(got)))).data
        assert answer[0] == 0
        got += answer[2:]
    assert got == bytes(400)
    assert host.ask(0x04, 0x12, struct.pack("<IHB", stamp, 0, 0)).data == b"\x00\x00"
    assert host.ask(0x04, 0x12, struct.pack("<IHB", stamp, 0, 10)).data == b"\x01\x00"


def test_source_routed_and_short_requests_arrive_too(host):
    nwk = host.join("plug")
    routed = struct.pack("<HBBHBBBBHB", nwk, 1, 1, 0x0702, 8, 0x30, 30, 1, 0x1111, len(READ_SUMMATION))
    short = struct.pack("<HBBHBBBB", nwk, 1, 1, 0x0702, 9, 0x30, 30, len(READ_SUMMATION))
    assert host.ask(0x04, 0x03, routed + READ_SUMMATION).data == b"\x00"
    assert host.ask(0x04, 0x01, short + READ_SUMMATION).data == b"\x00"
    assert len(host.told(*INCOMING)) == 2


def test_an_unregistered_source_endpoint_is_refused_at_once(host):
    head = struct.pack("<BQBHBHBBBH", 2, 5, 1, 0, 77, 0x0702, 1, 0, 30, 0)
    assert host.ask(0x04, 0x02, head).data == b"\x02"


# -- faults ---------------------------------------------------------------------------------------------------------


def test_a_lost_confirm_does_not_come_though_the_frame_arrived(host):
    nwk = host.join("plug")
    host.coordinator.faults.add(Fault.CONFIRM_LOST, 1)
    host.send(nwk, 0x0702, READ_SUMMATION)
    host.send(nwk, 0x0702, READ_SUMMATION, tsn=8)
    assert host.told(*CONFIRM) == [b"\x00\x01\x08"]
    assert len(host.told(*INCOMING)) == 2


def test_a_failed_confirm_lies_about_a_frame_that_arrived(host):
    nwk = host.join("plug")
    host.coordinator.faults.add(Fault.CONFIRM_FAILED, 1, host.node("plug").device.ieee)
    host.send(nwk, 0x0702, READ_SUMMATION)
    assert host.told(*CONFIRM) == [b"\xe9\x01\x07"]
    assert len(host.told(*INCOMING)) == 1


def test_a_duplicated_frame_comes_twice_octet_for_octet(host):
    host.join("plug")
    host.coordinator.faults.add(Fault.DUPLICATE, 1)
    report(host)
    first, second = host.told(*INCOMING)
    assert first == second
    report(host)
    assert len(host.told(*INCOMING)) == 3


def test_the_second_of_two_may_come_behind_the_frame_after_it(host):
    host.join("plug")
    host.coordinator.faults.again_s = 2.0
    host.coordinator.faults.add(Fault.DUPLICATE, 1)
    report(host, size=10)
    report(host, size=11)
    host.clock.turn(2.0)
    first, between, second = host.told(*INCOMING)
    assert first == second != between


def test_a_late_frame_comes_behind_the_one_after_it(host):
    host.join("plug")
    host.coordinator.faults.late_s = 2.0
    host.coordinator.faults.add(Fault.LATE, 1)
    report(host, size=10)
    report(host, size=11)
    assert [data[16] for data in host.told(*INCOMING)] == [11]
    host.clock.turn(2.0)
    assert [data[16] for data in host.told(*INCOMING)] == [11, 10]


def test_an_unsecured_frame_comes_without_its_security(host):
    host.join("plug")
    host.coordinator.faults.add(Fault.UNSECURED, 1)
    report(host, secured=True)
    report(host, secured=True)
    assert [data[10] for data in host.told(*INCOMING)] == [0, 1]


def test_a_frozen_coordinator_says_nothing_until_it_is_let_go(host):
    host.join("plug")
    host.heard.clear()
    host.coordinator.faults.frozen_until_s = host.clock.now_s() + 10
    report(host)
    with pytest.raises(IndexError):
        host.ask(0x01, 0x01)
    assert host.heard == []
    host.clock.turn(10)
    assert host.ask(0x01, 0x01).data == b"\x59\x06"
    report(host)
    assert len(host.heard) == 1


def test_after_a_silent_reset_it_answers_but_is_on_no_network_until_it_is_started(host):
    nwk = host.join("plug")
    host.heard.clear()
    host.coordinator.reset(2)
    assert host.told(0x41, 0x80) == [bytes((2, 2, 1, 2, 7, 1))]
    assert host.ask(0x01, 0x01).data == b"\x59\x06"
    report(host)
    assert host.send(nwk, 0x0702, READ_SUMMATION) == 2
    assert host.told(*INCOMING) == []
    host.start()
    report(host)
    assert len(host.told(*INCOMING)) == 1
