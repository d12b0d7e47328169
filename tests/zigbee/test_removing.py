"""R3, R15: whoever is struck from the register is heard no more at once, and told to leave as soon as that can be."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from hubd.bench.coordinator import network as virtual_network
from hubd.errors import LinkError
from hubd.model.han import DeviceJoined, RadioForeign, RadioLost, RadioUp, Reported, UnlistedDeviceRefused
from hubd.model.secret import Secret

from .conftest import INSTALL_CODE, METER, METERING, Bench, le


async def gone_from_zigpy(bench: Bench) -> None:
    """Closed once, so that what zigpy has to write is written."""
    async with bench.running():
        pass
    with contextlib.closing(sqlite3.connect(bench.folder / "zigbee.sqlite")) as database:
        (table,) = database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'devices_v%'").fetchone()
        assert METER not in {row[0] for row in database.execute(f"SELECT ieee FROM {table}")}


async def test_a_device_removed_while_the_radio_is_lost_is_struck_at_once_and_told_later_r15(bench: Bench):
    async with bench.joined() as network:
        bench.events.clear()
        bench.virtual.line.vanish(0.5)
        await bench.until(lambda: bench.of(RadioLost))
        await network.remove(METER)
        bench.struck.add(METER)
        assert network.known() == frozenset()
        await bench.until(lambda: bench.of(RadioUp))
        bench.send(bench.meter.report(METERING, 0x0000, b"\x25" + le(5, 6)))
        await bench.until(lambda: not bench.node().joined)
        assert bench.virtual.coordinator.trust.link_key(bench.node().octets) is None
        assert not bench.of(Reported)
        assert not bench.of(UnlistedDeviceRefused), "it is no stranger: it was removed"
    await gone_from_zigpy(bench)


async def test_what_zigpy_knows_and_the_register_does_not_is_told_to_leave_r15(bench: Bench):
    """As after a kill between the register and the radio, or with a database that somebody copied there."""
    async with bench.joined():
        pass
    bench.events.clear()
    bench.struck.add(METER)
    async with bench.running() as network:
        assert network.known() == frozenset()
        with pytest.raises(LinkError):
            await network.read_metering(METER)
        await bench.until(lambda: not bench.node().joined)
        assert bench.of(UnlistedDeviceRefused) == [UnlistedDeviceRefused(METER)]
    await gone_from_zigpy(bench)


async def test_a_device_that_could_not_be_told_is_told_to_leave_when_it_speaks_r15(bench: Bench):
    async with bench.joined():
        pass
    bench.struck.add(METER)
    bench.virtual.air.power(bench.node(), False)
    async with bench.running() as network:
        await bench.until(lambda: not network._app.devices.keys() - {network._app.state.node_info.ieee}, 20.0)
    bench.events.clear()
    async with bench.running():
        bench.virtual.air.power(bench.node(), True)
        bench.send(bench.meter.report(METERING, 0x0000, b"\x25" + le(5, 6), secured=False))
        await bench.until(lambda: not bench.node().joined)
        assert bench.of(UnlistedDeviceRefused)
        assert not bench.of(Reported)


async def test_a_device_is_struck_while_a_foreign_radio_stands_there_r6_r15(make_bench, tmp_path: Path):
    bench = make_bench()
    async with bench.joined():
        pass
    bench.virtual.close()
    (tmp_path / "nv.json").rename(tmp_path / "kept.json")
    other = make_bench(ieee="00:12:4b:00:00:00:00:02")
    virtual_network.form(other.virtual.coordinator.nv, other.virtual.coordinator.random, 0)
    async with other.starting() as network:
        await other.until(lambda: other.of(RadioForeign))
        assert METER in network.known()
        await network.remove(METER)
        assert network.known() == frozenset()


async def test_one_removed_and_admitted_anew_while_the_radio_is_lost_comes_in_by_its_code_r15(bench: Bench):
    async with bench.joined() as network:
        bench.events.clear()
        bench.virtual.line.vanish(0.5)
        await bench.until(lambda: bench.of(RadioLost))
        await network.remove(METER)
        await bench.until(lambda: bench.of(RadioUp))
        await bench.until(lambda: not bench.node().joined)
        await network.admit(METER, Secret(INSTALL_CODE), 60)
        await bench.until(lambda: bench.of(DeviceJoined))
        assert (await network.read_metering(METER)).import_wh == 1_234_567
