"""R17: one question tells every hop to a device, and which of them does not answer."""

import asyncio
import time

import pytest

from hubd.bench.coordinator.incoming import LQI
from hubd.errors import LinkError
from hubd.model.secret import Secret


async def test_every_hop_to_a_meter_that_listens_is_timed_within_ten_seconds_r17(bench):
    async with bench.joined() as network:
        started_s = time.monotonic()
        found = await network.test_line(bench.meter.ieee)
        assert time.monotonic() - started_s < 10.0
        assert (found.answered, found.attempts, found.secured) == (True, 1, True)
        assert (found.confirm, found.last_hop) == ("SUCCESS", "direct")
        assert (found.lqi, found.lqi_at_radio, found.lqi_at_device) == (LQI, LQI, LQI)
        hops = (found.host_to_radio_s, found.radio_to_device_s, found.device_answer_s)
        assert all(hop is not None and 0.0 <= hop < 1.0 for hop in hops)
        assert found.end_to_end_s >= max(found.radio_to_device_s, found.device_answer_s)


async def test_a_meter_without_power_is_found_out_at_the_second_hop_r17(bench):
    async with bench.joined() as network:
        bench.virtual.air.power(bench.node(), False)
        started_s = time.monotonic()
        found = await network.test_line(bench.meter.ieee)
        assert time.monotonic() - started_s < 10.0
        assert (found.answered, found.attempts, found.confirm) == (False, 2, "MAC_NO_ACK")
        assert found.host_to_radio_s is not None
        assert found.radio_to_device_s is found.end_to_end_s is found.lqi is None


async def test_a_meter_that_hears_and_keeps_silent_is_found_out_at_the_third_r17(bench):
    async with bench.joined() as network:
        bench.meter.deaf_to = {0x0702}
        found = await network.test_line(bench.meter.ieee)
        assert (found.answered, found.confirm) == (False, "SUCCESS")
        assert found.radio_to_device_s is not None
        assert found.device_answer_s is None


async def test_an_answer_without_the_link_key_is_none_r6_r17(bench):
    def plain(meter, frame):
        return [meter.frame(frame.cluster_id, b"\x18" + frame.data[1:2] + b"\x01\x00\x02\x86", secured=False)]

    async with bench.joined() as network:
        bench.meter._read = lambda frame: plain(bench.meter, frame)[0]
        found = await network.test_line(bench.meter.ieee)
        assert found.answered is False


async def test_a_device_that_sleeps_between_polls_answers_at_its_next_one_r17(make_bench, scripted_meter):
    sleeper = scripted_meter()
    sleeper.mains_powered, sleeper.poll_interval_s = False, 0.3
    bench = make_bench([sleeper])
    async with bench.joined() as network:
        assert network.polls(sleeper.ieee)
        found = await network.test_line(sleeper.ieee)
        assert found.answered
        assert found.lqi_at_device is None


async def test_a_stranger_cannot_be_tested_r17(bench):
    async with bench.running() as network:
        with pytest.raises(LinkError, match="not on the network"):
            await network.test_line("00:12:4b:00:00:00:00:99")


async def test_a_test_waits_for_its_turn_and_a_token_does_not_wait_for_it_r5_r17(bench):
    """One request on the air for a device at a time."""
    async with bench.joined() as network:
        bench.meter.deaf_to = {0x0705}
        bench.meter.heard.clear()
        reading = asyncio.create_task(network.read_prepayment(bench.meter.ieee))
        await bench.until(lambda: bench.meter.heard_on(0x0705))
        testing = asyncio.create_task(network.test_line(bench.meter.ieee))
        token = asyncio.create_task(network.top_up(bench.meter.ieee, Secret("73943333457189043313")))
        with pytest.raises(LinkError):
            await reading
        assert not bench.meter.heard_on(0x0702)
        await token
        assert (await testing).answered
    order = [frame.cluster_id for frame in bench.meter.heard]
    assert order.index(0x0702) > max(n for n, cluster in enumerate(order) if cluster == 0x0705)


async def test_while_a_test_is_under_way_nothing_else_is_said_to_the_device_r17(bench):
    async with bench.joined() as network:
        bench.meter.deaf_to = {0x0702}
        bench.meter.heard.clear()
        testing = asyncio.create_task(network.test_line(bench.meter.ieee))
        await bench.until(lambda: bench.meter.heard_on(0x0702))
        reading = asyncio.create_task(network.read_prepayment(bench.meter.ieee))
        assert not (await testing).answered
        assert not bench.meter.heard_on(0x0705)
        assert await reading
