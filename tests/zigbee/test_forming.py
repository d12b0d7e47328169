"""R6: the network is formed once, resumed ever after, and never replaced in silence."""

import sqlite3
import stat

from hubd.bench.coordinator import network as virtual_network
from hubd.model.han import RadioLost, RadioUp


def identity(bench):
    running = virtual_network.current(bench.virtual.coordinator.nv)
    return running.identity if running else None


async def test_a_network_is_formed_where_there_never_was_one(make_bench):
    bench = make_bench(fresh=True)
    assert identity(bench) is None
    async with bench.running() as network:
        assert network.radio.state == "up"
        assert bench.of(RadioUp)[0].coordinator == network.radio.coordinator
        assert identity(bench) is not None


async def test_a_restart_resumes_the_network_and_its_devices(bench):
    async with bench.joined():
        formed = identity(bench)
    async with bench.running() as network:
        assert identity(bench) == formed
        assert network.known() == {bench.meter.ieee}
        assert (await network.read_metering(bench.meter.ieee)).import_wh == 1_234_567


async def test_a_radio_that_lost_its_memory_is_not_given_a_new_network(make_bench, tmp_path):
    bench = make_bench()
    async with bench.joined():
        pass
    bench.virtual.close()
    (tmp_path / "nv.json").unlink()
    emptied = make_bench(fresh=True)
    emptied.events.clear()
    async with emptied.starting() as network:
        await emptied.until(lambda: emptied.of(RadioLost))
        assert "holds no network" in network.radio.reason
        assert identity(emptied) is None


async def test_another_radio_in_its_place_is_refused(make_bench, tmp_path):
    bench = make_bench()
    async with bench.running():
        pass
    bench.virtual.close()
    (tmp_path / "nv.json").unlink()
    other = make_bench(ieee="00:12:4b:00:00:00:00:02")
    other.config = other.config.__class__(**{**vars(other.config), "database": tmp_path / "other.sqlite"})
    async with other.running():
        pass
    other.config = bench.config
    other.events.clear()
    async with other.starting() as network:
        await other.until(lambda: other.of(RadioLost))
        assert "another radio" in network.radio.reason


async def test_what_is_kept_on_disk_is_private_and_holds_no_key(make_bench, tmp_path):
    """R4"""
    bench = make_bench(fresh=True)
    async with bench.joined():
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("zigbee*")}
        assert set(modes.values()) == {0o600}
        assert {"zigbee.sqlite", "zigbee.network.json"} <= set(modes)
    with sqlite3.connect(tmp_path / "zigbee.sqlite") as database:
        (table,) = database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'network_backups_v%'").fetchone()
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    database.close()
