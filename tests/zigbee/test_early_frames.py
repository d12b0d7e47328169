"""What devices say while the hub starts: heard once it is up, in order, and without a word in the log."""

import gc
import itertools
import logging
import time

from hubd.model.han import Heard, Reported
from hubd.zigbee.early_frames import KEPT_S, MOST, EarlyFrames


def credit(bench, balance_e5):
    return bench.meter.report(0x0705, 0x0001, b"\x2b" + balance_e5.to_bytes(4, "little"), tsn=balance_e5 % 256)


def balances(bench):
    return [each.prepayment.balance_e5 for each in bench.of(Reported)]


def killed(bench, left):
    """A hub that was killed leaves its radio on the air, with its endpoints."""
    for name, value in left.items():
        setattr(bench.virtual.coordinator, name, value)


def what_radio_holds(bench):
    return {name: getattr(bench.virtual.coordinator, name) for name in ("running", "endpoints")}


def report_all_the_time(bench):
    """Whatever the hub says to its radio, a report comes before the answer. Returns what the radio heard of them."""
    coordinator, heard, numbers = bench.virtual.coordinator, [], itertools.count(1)
    receive = coordinator.receive

    def report_and_receive(frame):
        if bench.network.radio.state != "up":
            balance_e5 = next(numbers)
            if coordinator.running and coordinator.endpoints:
                heard.append(balance_e5)
            bench.send(credit(bench, balance_e5))
        receive(frame)

    coordinator.receive = report_and_receive
    return heard


async def test_what_is_reported_while_the_hub_starts_is_heard_once_it_is_up(bench, caplog):
    async with bench.joined():
        left = what_radio_holds(bench)
    killed(bench, left)
    caplog.set_level(logging.DEBUG)
    bench.events.clear()
    heard = report_all_the_time(bench)
    async with bench.running():
        await bench.until(lambda: balances(bench)[-1:] == heard[-1:])
        gc.collect()
    assert balances(bench)[0] < 10, "all but those that came before the port was open"
    assert balances(bench) == heard[-len(balances(bench)) :]
    assert not [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_register_that_is_reported_before_its_scale_is_known_is_told_with_the_time_at_which_it_came(bench):
    async with bench.joined():
        left = what_radio_holds(bench)
    killed(bench, left)
    bench.events.clear()
    bench.meter.deaf_to = {0x0702}
    async with bench.running() as network:
        for wh in (2_000_000, 2_000_001):
            bench.send(bench.meter.report(0x0702, 0x0000, b"\x25" + wh.to_bytes(6, "little")))
        await bench.until(lambda: len(bench.of(Heard)) == 2)
        came_s = time.time()
        assert not bench.of(Reported)
        bench.meter.deaf_to = set()
        await bench.until(lambda: bench.of(Reported))
        assert network._scales.known(bench.meter.ieee)
    (reported,) = bench.of(Reported)
    assert reported.reading.import_wh == 2_000_001
    assert reported.reading.measured_at.unix_s <= came_s


def test_of_many_the_newest_are_kept_and_none_that_is_older_than_it_may_be():
    early = EarlyFrames()
    for number in range(MOST + 1):
        assert early.keep(number, now_s=float(number > 1) * KEPT_S)
    assert early.take(now_s=KEPT_S + 0.1) == list(range(2, MOST + 1))
    assert not early.keep("later", now_s=KEPT_S)
