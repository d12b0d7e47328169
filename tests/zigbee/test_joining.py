"""R3, R15: only devices that the hub was told to let in are on the utility HAN."""

import asyncio

import pytest

from hubd.errors import LinkError, SecurityError
from hubd.model.han import DeviceJoined, UnlistedDeviceRefused
from hubd.model.secret import Secret


@pytest.fixture
async def bench(make_bench):
    """One whose meter has not joined yet."""
    return make_bench(fresh=True)


SECOND = "00:0d:6f:00:0a:90:69:e8"
CODE = "83FED3407A939723A5C639B26916D505C3B5"
OTHER_CODE = "83FED3407A939738C552"


async def test_a_device_with_its_install_code_joins_and_the_door_shuts_behind_it(bench):
    async with bench.joined() as network:
        assert network.known() == {bench.meter.ieee}
        await bench.until(lambda: not bench.virtual.air.window_open())


async def test_a_wrong_install_code_never_joins(make_bench):
    bench = make_bench(codes={"00:0d:6f:00:0a:90:69:e7": CODE})
    async with bench.running() as network:
        await network.admit(bench.meter.ieee, Secret(OTHER_CODE), 1)
        await bench.until(lambda: bench.node().refused)
        await bench.until(lambda: not bench.virtual.air.window_open())
        assert not bench.of(DeviceJoined)
        assert not network.known()


async def test_two_devices_are_admitted_at_once(make_bench, scripted_meter):
    meters = [scripted_meter(), scripted_meter(SECOND)]
    bench = make_bench(meters, {meters[0].ieee: CODE, SECOND: OTHER_CODE})
    async with bench.running() as network:
        async with asyncio.TaskGroup() as both:
            both.create_task(network.admit(meters[0].ieee, Secret(CODE), 60))
            both.create_task(network.admit(SECOND, Secret(OTHER_CODE), 60))
        await bench.until(lambda: len(bench.of(DeviceJoined)) == 2)
        assert network.known() == {meters[0].ieee, SECOND}


async def test_a_device_nobody_admitted_is_told_to_leave(make_bench, scripted_meter):
    meters = [scripted_meter(), scripted_meter(SECOND)]
    bench = make_bench(meters, {meters[0].ieee: CODE})
    async with bench.running() as network:
        bench.virtual.coordinator.only_install_codes = False  # a radio that forgot the rule
        await network.admit(meters[0].ieee, Secret(CODE), 60)
        await bench.until(lambda: bench.of(UnlistedDeviceRefused) and bench.of(DeviceJoined))
        assert bench.of(UnlistedDeviceRefused)[0].device == SECOND
        await bench.until(lambda: not bench.node(meters[1]).joined)
        assert network.known() == {meters[0].ieee}


async def test_no_device_joins_with_the_well_known_key(make_bench):
    bench = make_bench(codes={})
    async with bench.running() as network:
        await network.admit(SECOND, Secret(CODE), 60)  # one that does not come, so that the door stays open
        await bench.until(lambda: bench.node().refused)
        assert bench.node().refused == "the coordinator takes install codes only"


async def test_a_removed_device_is_gone(bench):
    async with bench.joined() as network:
        await network.remove(bench.meter.ieee)
        await bench.until(lambda: not bench.node().joined)
        assert network.known() == frozenset()
        assert not bench.of(DeviceJoined)[1:]
    async with bench.running() as network:
        assert network.known() == frozenset()


async def test_a_removed_device_that_cannot_be_told_has_no_key_in_the_radio_either_r4(bench):
    async with bench.joined() as network:
        trust, octets = bench.virtual.coordinator.trust, bench.node().octets
        assert trust.link_key(octets) is not None
        bench.virtual.air.power(bench.node(), False)
        await network.remove(bench.meter.ieee)
        assert trust.link_key(octets) is None
        assert network.known() == frozenset()


async def test_a_bad_install_code_is_refused_before_anything_is_opened(bench):
    async with bench.running() as network:
        with pytest.raises(SecurityError, match="checksum"):
            await network.admit(bench.meter.ieee, Secret(CODE[:-1] + "0"), 60)
        assert not bench.virtual.air.window_open()


async def test_nobody_is_admitted_while_there_is_no_radio(bench):
    bench.virtual.close()
    async with bench.starting() as network:
        with pytest.raises(LinkError):
            await network.admit(bench.meter.ieee, Secret(CODE), 60)


async def test_a_meter_that_hides_its_scale_at_first_is_asked_again(bench):
    """R12: DeviceJoined comes once its values can be understood."""
    bench.meter.deaf_to = {0x0702}
    async with bench.running(read_timeout_s=0.05) as network:
        await network.admit(bench.meter.ieee, Secret(CODE), 60)
        await bench.until(lambda: len(bench.meter.heard_on(0x0702)) >= 3)
        assert not bench.of(DeviceJoined)
        bench.meter.deaf_to = set()
        await bench.until(lambda: bench.of(DeviceJoined))
        assert (await network.read_metering(bench.meter.ieee)).import_wh == 1_234_567
