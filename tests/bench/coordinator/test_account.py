"""The coordinator's account: each frame once, whatever became of it, in the order in which it came."""

from hubd.bench.air.frame import ApsFrame
from hubd.bench.coordinator.account import MOST_FRAMES, Account
from hubd.bench.coordinator.faults import Fault

READ_SUMMATION = b"\x00\x21\x00\x00\x00"
PLUG = "00:12:4b:00:00:00:00:01"


def told(host, after: int = 0) -> list[tuple[bool, str, bytes, int]]:
    return [(entry.down, entry.device, entry.data, entry.times) for entry in host.coordinator.account.after(after)]


def report(host, data: bytes) -> None:
    host.air.send(host.node("plug"), ApsFrame(0x0104, 0x0702, 1, 1, data, secured=False))


def test_what_the_host_asks_for_and_the_answer_are_one_frame_each(host):
    nwk = host.join("plug")
    before = host.coordinator.account.frames
    host.send(nwk, 0x0702, READ_SUMMATION)
    asked, answered = told(host, before)
    assert asked == (True, PLUG, READ_SUMMATION, 1)
    assert answered[:2] == (False, PLUG)
    assert answered[3] == 1


def test_a_frame_that_the_host_asks_for_counts_though_nobody_can_hear_it(host):
    host.join("plug")
    before = host.coordinator.account.frames
    host.send(0x1234, 0x0702, READ_SUMMATION)
    host.coordinator.running = None
    host.send(0x1234, 0x0702, READ_SUMMATION)
    assert told(host, before) == [(True, "", READ_SUMMATION, 1)] * 2


def test_a_frame_that_is_handed_over_twice_is_one_frame_and_was_written_twice(host):
    host.join("plug")
    host.coordinator.faults.add(Fault.DUPLICATE, 1)
    before = host.coordinator.account.frames
    report(host, b"first")
    report(host, b"second")
    assert told(host, before) == [(False, PLUG, b"first", 2), (False, PLUG, b"second", 1)]


def test_a_late_frame_was_not_written_until_it_is(host):
    host.join("plug")
    host.coordinator.faults.late_s = 2.0
    host.coordinator.faults.add(Fault.LATE, 1)
    before = host.coordinator.account.frames
    report(host, b"late")
    assert told(host, before) == [(False, PLUG, b"late", 0)]
    host.clock.turn(2.0)
    assert told(host, before) == [(False, PLUG, b"late", 1)]


def test_a_frame_lost_on_the_air_was_not_handed_over(host):
    host.join("plug")
    host.air.conditions.loss = 0.999999
    before = host.coordinator.account.frames
    report(host, b"lost")
    assert told(host, before) == []


def test_it_is_bounded_and_says_from_where_it_is_whole():
    account = Account()
    assert account.whole_from() == 1
    for _ in range(MOST_FRAMES + 3):
        account.asked("", 0, b"", secured=False)
    assert account.whole_from() == 4
    assert len(account.after(0)) == MOST_FRAMES
    assert account.after(account.frames - 1)[0].number == account.frames == MOST_FRAMES + 3
