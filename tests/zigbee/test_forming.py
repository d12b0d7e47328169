"""R6: the network is formed once, resumed ever after, and never replaced in silence."""

import asyncio
import contextlib
import json
import sqlite3
import stat

import pytest
from zigpy.backups import NetworkBackup

from hubd.bench.coordinator import network as virtual_network
from hubd.errors import LinkError
from hubd.model.han import DeviceJoined, RadioForeign, RadioLost, RadioUp
from hubd.model.secret import Secret
from hubd.zigbee.network_identity import ForeignRadioError, NetworkIdentity, Step, next_step

OTHER = "00:12:4b:00:00:00:00:02"
INSTALL_CODE = "83FED3407A939723A5C639B26916D505C3B5"


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
    async with emptied.starting() as network:
        await emptied.until(lambda: emptied.of(RadioForeign))
        assert network.radio.state == "foreign"
        assert "holds no network" in network.radio.reason
        assert identity(emptied) is None


async def test_another_radio_in_its_place_is_refused_once_and_left_as_it_is_r6(make_bench, tmp_path):
    async with swapped(make_bench, tmp_path) as (other, network):
        await other.until(lambda: other.of(RadioForeign))
        formed, nv = identity(other), other.virtual.coordinator.nv.items()
        assert network.radio.state == "foreign"
        assert "another radio" in network.radio.reason
        assert network.radio.found.coordinator == OTHER
        with pytest.raises(LinkError, match="another radio"):
            await network.read_metering(other.meter.ieee)
        for _ in range(3):
            network.look_again()
            await asyncio.sleep(0.05)  # so that the test's end falls into whatever the session is at
        assert len(other.of(RadioForeign)) == 1
        assert other.of(RadioLost) == other.of(RadioUp) == []
        assert (identity(other), other.virtual.coordinator.nv.items()) == (formed, nv)


async def test_after_a_migration_a_network_is_formed_on_the_new_radio_whatever_it_held_r6(make_bench, tmp_path):
    async with swapped(make_bench, tmp_path) as (other, network):
        await other.until(lambda: other.of(RadioForeign))
        held = identity(other)
        await other.ledger.save(NetworkIdentity(OTHER, ""))
        network.look_again()
        await other.until(lambda: network.radio.state == "up")
        assert held is not None
        assert identity(other) not in (held, None)
        remembered = await other.ledger.load()
        assert remembered == NetworkIdentity(OTHER, network.radio.facts.extended_pan_id)
        assert network.known() == frozenset()
        await network.admit(other.meter.ieee, Secret(INSTALL_CODE), 60)
        await other.until(lambda: other.of(DeviceJoined))
        assert (await network.read_metering(other.meter.ieee)).import_wh == 1_234_567


@contextlib.asynccontextmanager
async def swapped(make_bench, tmp_path):
    """A hub with a meter; then another radio, with a network of its own, stands where its own was."""
    bench = make_bench()
    async with bench.joined():
        pass
    bench.virtual.close()
    (tmp_path / "nv.json").unlink()
    other = make_bench(ieee=OTHER)
    virtual_network.form(other.virtual.coordinator.nv, other.virtual.coordinator.random, 0)
    async with other.starting() as network:
        yield other, network


async def test_a_backup_that_somebody_left_is_neither_kept_nor_restored_r4(make_bench, tmp_path):
    """zigpy, left to itself, would restore it into a radio whose memory is empty."""
    bench = make_bench(fresh=True)
    async with bench.running() as network:
        app = network._app
        backup = NetworkBackup(network_info=app.state.network_info, node_info=app.state.node_info)
        lost = identity(bench)
    bench.virtual.close()
    (tmp_path / "nv.json").unlink()
    with contextlib.closing(sqlite3.connect(tmp_path / "zigbee.sqlite")) as database, database:
        database.execute("PRAGMA foreign_keys = OFF")
        (table,) = database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'network_backups_v%'").fetchone()
        row = json.dumps(backup.as_dict())
        database.execute(f"INSERT INTO {table} (backup_json) VALUES (?)", (row,))
        forget_all_devices(database)
    bench.ledger._identity = None
    emptied = make_bench(fresh=True)
    async with emptied.running():
        assert identity(emptied) not in (lost, None)
    key = app.state.network_info.network_key.key.serialize()
    octets = b"".join(path.read_bytes() for path in tmp_path.glob("zigbee*"))
    assert key not in octets
    assert key.hex(":").encode() not in octets
    assert key.hex().encode() not in octets


def forget_all_devices(database):
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if not table.startswith(("network_backups", "sqlite_")):
            database.execute(f"DELETE FROM {table}")


async def test_a_database_that_cannot_be_read_is_said_with_its_cure_and_left_closed(make_bench, tmp_path):
    bench = make_bench()
    async with bench.joined():
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "zigbee.sqlite")) as database, database:
        database.execute("DELETE FROM devices_v16")  # endpoints without their devices
    async with bench.starting() as network:
        await bench.until(lambda: bench.of(RadioLost))
        assert "cannot be read" in network.radio.reason
        assert "Cure" in network.radio.reason


async def test_what_is_kept_on_disk_is_private_and_holds_no_key_r4(make_bench, tmp_path):
    bench = make_bench(fresh=True)
    async with bench.joined() as network:
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("zigbee*")}
        assert set(modes.values()) == {0o600}
        assert "zigbee.sqlite" in modes
        info = network._app.state.network_info
    for key in (info.network_key.key.serialize(), bench.node().link_key.reveal()):
        for path in tmp_path.glob("zigbee*"):
            octets = path.read_bytes()
            assert not [form for form in (key, key.hex().encode(), key.hex(":").encode()) if form in octets]
    with contextlib.closing(sqlite3.connect(tmp_path / "zigbee.sqlite")) as database:
        (table,) = database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'network_backups_v%'").fetchone()
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize(
    ("remembered", "found", "has_devices", "step"),
    [
        (None, ("a", ""), False, Step.FORM),
        (None, ("a", "1"), True, Step.ADOPT),
        (None, ("a", ""), True, None),
        (("a", "1"), ("a", "1"), True, Step.RESUME),
        (("a", "1"), ("a", "2"), True, None),
        (("a", "1"), ("a", ""), False, None),
        (("a", "1"), ("b", "1"), True, None),
        (("a", "1"), ("b", ""), True, None),
        (("a", ""), ("a", "2"), True, Step.FORM),
        (("a", ""), ("a", ""), False, Step.FORM),
        (("a", ""), ("b", ""), False, None),
    ],
)
def test_the_rule_of_radio_and_hub(remembered, found, has_devices, step):
    known = remembered and NetworkIdentity(*remembered)
    if step is not None:
        assert next_step(known, NetworkIdentity(*found), has_devices=has_devices) is step
        return
    with pytest.raises(ForeignRadioError, match="Cure"):
        next_step(known, NetworkIdentity(*found), has_devices=has_devices)


async def test_a_hub_killed_between_forming_and_remembering_forms_again_and_adopts_nothing_r6(make_bench):
    bench = make_bench(fresh=True)
    save, formed = bench.ledger.save, asyncio.Event()

    async def die_at_the_second(remembered):
        if remembered.has_network:
            formed.set()
            await asyncio.Event().wait()
        await save(remembered)

    bench.ledger.save = die_at_the_second
    async with bench.starting():
        await formed.wait()
    before = identity(bench)
    bench.ledger.save = save
    async with bench.running():
        assert bench.ledger.adopted == []
        assert identity(bench) != before


async def test_a_network_that_the_radio_brought_along_is_adopted_and_the_ledger_is_told_so_r6(make_bench):
    bench = make_bench(fresh=True)
    virtual_network.form(bench.virtual.coordinator.nv, bench.virtual.coordinator.random, 0)
    async with bench.running() as network:
        assert [each.extended_pan_id for each in bench.ledger.adopted] == [network.radio.facts.extended_pan_id]
