"""R24: a sleeping meter sets up its mirror, is kept awake when something waits, and cannot be reached otherwise."""

import asyncio
from dataclasses import dataclass, field

import pytest

from hubd.bench.devices.gas_meter import GasMeter
from hubd.errors import LinkError
from hubd.model.han import Mirror, Reported
from hubd.model.identity import Eui64
from hubd.model.supply import SupplyState
from hubd.zigbee.mirrors import ENDPOINTS, Mirrors
from hubd.zigbee.zcl.frame import ZclFrame

METER = "00:0d:6f:00:0a:90:69:f0"
INSTALL_CODE = "83FED3407A939723A5C639B26916D505C3B5"
CONFIGURE = bytes.fromhex("00000000" + "080700" + "01" + "01")
REPORT = b"\x00\x00\x25\x01\x00\x00\x00\x00\x00"


def from_meter(command: int, payload: bytes = b"", cluster_command: bool = True) -> ZclFrame:
    return ZclFrame(3, command, payload, cluster_command, to_client=True)


@dataclass
class Keeper:
    """Keeps a meter awake while `waits`, and puts a mirror on its imaginary disk at once."""

    mirrors: Mirrors
    waits: bool = True
    set_up: list[Mirror] = field(default_factory=list)
    wakes: int = 0

    def mirrored(self, device: Eui64, mirror: Mirror) -> None:
        self.set_up.append(mirror)
        self.mirrors.recall({device: mirror})

    def woke(self, device: Eui64) -> bool:
        self.wakes += 1
        return self.waits


def test_a_report_is_answered_only_once_the_mirror_is_kept_r24() -> None:
    mirrors, device = Mirrors(), Eui64(METER)
    assert mirrors.answer(device, from_meter(0x0A, REPORT, cluster_command=False)) is None
    given = mirrors.answer(device, from_meter(0x01))
    assert given is not None
    assert given.payload == ENDPOINTS[0].to_bytes(2, "little")
    assert mirrors.answer(device, from_meter(0x08, CONFIGURE)) is None
    assert mirrors.answer(device, from_meter(0x0A, REPORT, cluster_command=False)) is None
    mirrors.recall({device: Mirror(ENDPOINTS[0], 1, 1_800)})
    said = mirrors.answer(device, from_meter(0x0A, REPORT, cluster_command=False))
    assert said is not None
    assert said.payload == b"\x01" + bytes(4)


def test_each_meter_has_an_endpoint_of_its_own_and_one_too_many_is_told_so() -> None:
    mirrors = Mirrors()
    given = [mirrors.answer(Eui64(f"00:00:00:00:00:00:00:0{n}"), from_meter(0x01)) for n in range(5)]
    octets = [int.from_bytes(each.payload, "little") for each in given if each]
    assert octets == [*ENDPOINTS, 0xFFFF]
    mirrors.forget(Eui64("00:00:00:00:00:00:00:01"))
    again = mirrors.answer(Eui64("00:00:00:00:00:00:00:04"), from_meter(0x01))
    assert again is not None
    assert again.payload == ENDPOINTS[1].to_bytes(2, "little")


def test_frames_about_no_mirror_are_left_to_others() -> None:
    mirrors, device = Mirrors(), Eui64(METER)
    assert mirrors.answer(device, from_meter(0x00, b"profile")) is None
    assert mirrors.answer(device, ZclFrame(3, 0x01, b"", True, to_client=False)) is None
    assert mirrors.answer(device, from_meter(0x08, b"short")) is None


@pytest.fixture
async def gas_bench(make_bench):  # type: ignore[no-untyped-def]
    table = {"ieee": METER, "open": True, "wake_s": 1_800.0, "load": {"flat_l_h": 1_000}}
    return make_bench([GasMeter.from_table(table, 1)], codes={METER: INSTALL_CODE})


async def test_over_the_radio_it_sleeps_wakes_stays_awake_and_is_let_go_r24(gas_bench) -> None:  # type: ignore[no-untyped-def]
    bench = gas_bench

    def wake() -> None:
        bench.meter.set(wake=True)
        bench.virtual.air.changed(bench.node())

    async with bench.joined(read_timeout_s=0.3, read_attempts=2) as network:
        keeper = network.mirrors.keeper = Keeper(network.mirrors)
        wake()
        await bench.until(lambda: bench.meter.view()["mirror_endpoint"] == ENDPOINTS[0])
        wake()
        await bench.until(lambda: keeper.wakes)
        assert keeper.set_up[0] == Mirror(ENDPOINTS[0], 1, 1_800)
        reading = await network.read_metering(METER)
        assert (reading.volume_l, reading.supply) == (bench.meter.litres, SupplyState.ON)
        network.let_sleep(METER)
        await bench.until(lambda: not bench.meter.rhythm.awake(bench.virtual.air.clock.unix_s()))
        with pytest.raises(LinkError):
            await network.read_metering(METER)
        wake()
        await bench.until(lambda: keeper.wakes >= 2)
        assert bench.of(Reported)[-1].reading.volume_l == bench.meter.litres
        await asyncio.sleep(0)
        await network.read_metering(METER)
