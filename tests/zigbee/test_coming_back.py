"""The hub is back by itself after every kind of loss of its radio; nothing is doubled, one warning an outage."""

import asyncio
import gc
import logging
import math
import threading

import pytest

from hubd.bench.coordinator.faults import Fault
from hubd.errors import LinkError
from hubd.model.han import Heard, RadioLost, RadioUp, Reported
from hubd.model.secret import Secret
from hubd.model.topup import NoAnswer, NotSent

IMPORT = b"\x25" + (2_000_000).to_bytes(6, "little")


def reset(bench):
    bench.virtual.coordinator.reset(2)


def freeze(bench):
    bench.virtual.coordinator.faults.frozen_until_s = bench.virtual.air.clock.now_s() + 1.2


def port_loss(bench):
    bench.virtual.line.vanish(0.5)


def silent_reset(bench):
    """Its word of the restart went missing on the line."""
    bench.virtual.coordinator.faults.frozen_until_s = math.inf
    bench.virtual.coordinator.reset(2)
    bench.virtual.coordinator.faults.frozen_until_s = -math.inf


@pytest.mark.parametrize("fault", [reset, silent_reset, freeze, port_loss])
async def test_the_radio_is_noticed_lost_and_comes_back(bench, caplog, fault):
    caplog.set_level(logging.DEBUG)
    async with bench.joined() as network:
        bench.events.clear()
        fault(bench)
        await bench.until(lambda: bench.of(RadioLost))
        assert network.radio.state == "lost"
        await bench.until(lambda: bench.of(RadioUp))
        assert (await network.read_metering(bench.meter.ieee)).import_wh == 1_234_567
        bench.send(bench.meter.report(0x0702, 0x0000, IMPORT))
        await bench.until(lambda: bench.of(Reported))
    assert [type(event) for event in bench.events if not isinstance(event, Heard)] == [RadioLost, RadioUp, Reported]
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1, [record.getMessage() for record in warnings]


async def test_whoever_waits_for_the_radio_when_its_port_is_lost_is_told_and_lives_on(bench):
    """A future that the stack cancels would end the task that waits for it, without a word, for good."""
    async with bench.joined() as network:
        bench.virtual.coordinator.faults.frozen_until_s = math.inf
        reading = asyncio.create_task(network.read_metering(bench.meter.ieee))
        topping_up = asyncio.create_task(network.top_up(bench.meter.ieee, Secret("5" * 20)))
        await asyncio.sleep(0.05)
        bench.virtual.coordinator.faults.frozen_until_s = -math.inf
        port_loss(bench)
        with pytest.raises(LinkError):
            await reading
        assert isinstance(await topping_up, NoAnswer | NotSent)
        await bench.until(lambda: bench.of(RadioLost))
        await bench.until(lambda: network.radio.state == "up")


async def test_a_radio_that_is_absent_at_first_is_waited_for(bench, caplog):
    caplog.set_level(logging.WARNING)
    bench.virtual.line.vanish(0.8)
    async with bench.starting() as network:
        await bench.until(lambda: network.radio.state == "lost")
        await bench.until(lambda: network.radio.state == "up")
    assert [type(event) for event in bench.events if not isinstance(event, Heard)] == [RadioLost, RadioUp]
    assert len(caplog.records) == 1


def lasting_threads():
    """Those of databases; the loop keeps a few of its own for later."""
    return sum(not thread.name.startswith("asyncio_") for thread in threading.enumerate())


async def test_five_losses_in_a_row_leave_nothing_behind(bench, caplog):
    async with bench.joined() as network:
        threads, tasks = lasting_threads(), len(asyncio.all_tasks())
        for _ in range(5):
            bench.events.clear()
            bench.virtual.coordinator.reset(2)
            await bench.until(lambda: bench.of(RadioUp))
        assert (await network.read_metering(bench.meter.ieee)).import_wh == 1_234_567
        gc.collect()
        await asyncio.sleep(0.05)
        assert lasting_threads() == threads
        assert len(asyncio.all_tasks()) <= tasks + 1
    assert not [record for record in caplog.records if record.name == "asyncio"]


async def test_a_network_serial_link_serves_as_well(make_bench, tmp_path):
    """R7: the radio behind `socket://`."""
    bench = make_bench(tcp=True)
    async with bench.joined() as network:
        bench.events.clear()
        bench.virtual.line.vanish(0.3)
        await bench.until(lambda: bench.of(RadioUp))
        assert (await network.read_metering(bench.meter.ieee)).import_wh == 1_234_567


async def test_a_way_that_is_gone_is_looked_for(bench):
    async with bench.joined():
        pass
    heard = []
    receive = bench.virtual.coordinator.receive
    async with bench.running(read_timeout_s=0.1) as network:
        await network.read_metering(bench.meter.ieee)
        bench.virtual.coordinator.receive = lambda frame: (heard.append(frame), receive(frame))
        bench.virtual.coordinator.faults.failed_status = 0xCD
        bench.virtual.coordinator.faults.add(Fault.CONFIRM_FAILED, 1)
        await network.read_metering(bench.meter.ieee)
        await bench.until(lambda: [f for f in heard if (f.subsystem, f.command1) == (0x05, 0x45)])
    (search,) = [frame for frame in heard if (frame.subsystem, frame.command1) == (0x05, 0x45)]
    assert search.data[:2] == bench.node().nwk.to_bytes(2, "little")
