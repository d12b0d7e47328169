"""The real zigpy-znp client, in the same process, over a TCP loopback. R5, R6."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import zigpy.types as zt
from zigpy_znp.zigbee.application import ControllerApplication

from hubd.bench.coordinator.faults import Fault
from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.bench.devices.devices_file import devices_of

PLUG = {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:01", "open": True, "name": "plug"}
CODED = {
    "kind": "temperature_sensor",
    "ieee": "00:12:4b:00:00:00:00:02",
    "install_code": "83FED3407A939723A5C639B26916D505C3B5",
}


@asynccontextmanager
async def virtual(*devices, **options):
    nodes = tuple(devices_of({"device": list(devices)}, "test", 1))
    it = VirtualCoordinator(CoordinatorOptions(nodes, listen=("127.0.0.1", 0), **options))
    try:
        yield it, it.open().replace("tcp", "socket")
    finally:
        it.close()


@asynccontextmanager
async def client(path: str, *, auto_form: bool = True):
    config = {
        "device": {"path": path},
        "network": {"channel": 20},
        "ota": {"enabled": False},
        "backup_enabled": False,
        "topology_scan_enabled": False,
        # No line of a loopback has a boot loader to be skipped: this saves half a second.
        "znp_config": {"skip_bootloader": False},
    }
    app = await Client.new(config, auto_form=auto_form)
    try:
        yield app
    finally:
        await app.shutdown()


class Client(ControllerApplication):
    """Keeps how the last frame was secured, which zigpy tells nobody else."""

    last_options = zt.TransmitOptions.NONE

    def packet_received(self, packet) -> None:
        self.last_options = packet.tx_options
        super().packet_received(packet)


class Events:
    """What the client says of devices."""

    def __init__(self, app: ControllerApplication) -> None:
        self.initialized: asyncio.Queue = asyncio.Queue()
        self.left: asyncio.Queue = asyncio.Queue()
        self._app = app
        app.add_listener(self)

    def device_initialized(self, device) -> None:
        self.initialized.put_nowait(device)

    def device_left(self, device) -> None:
        self.left.put_nowait(device)

    async def next_device(self):
        return await asyncio.wait_for(self.initialized.get(), 5)


async def test_it_forms_and_finds_its_network_again_after_a_restart_of_both(tmp_path):
    files = {"nv": tmp_path / "nv.json", "state": tmp_path / "state.json"}
    async with virtual(PLUG, **files) as (_, path), client(path) as app:
        formed = app.state.network_info
        assert (formed.channel, app.state.node_info.model) == (20, "CC2652")
        events = Events(app)
        await app.permit(5)
        nwk = (await events.next_device()).nwk
    async with virtual(PLUG, **files) as (it, path), client(path, auto_form=False) as app:
        assert app.state.network_info.extended_pan_id == formed.extended_pan_id
        assert app.state.network_info.network_key.key == formed.network_key.key
        assert it.air.node_at(nwk) is not None


async def test_a_device_joins_is_interviewed_read_and_reports():
    async with virtual(PLUG) as (it, path), client(path) as app:
        events = Events(app)
        await app.permit(5)
        plug = await events.next_device()
        assert (plug.manufacturer, plug.model) == ("hubd bench", "virtual plug")
        metering = plug.endpoints[1].smartenergy_metering
        values, failed = await metering.read_attributes(["current_summ_delivered", "divisor", "instantaneous_demand"])
        assert (values["divisor"], failed) == (1000, {})
        node = it.air.nodes[PLUG["ieee"]]
        frame, import_wh = node.device.report_import(it.air.clock.unix_s())
        it.air.send(node, frame)
        for _ in range(100):
            if metering.get("current_summ_delivered") == import_wh:
                break
            await asyncio.sleep(0.01)
        assert metering.get("current_summ_delivered") == import_wh


async def test_a_device_joins_with_its_install_code_and_speaks_under_its_key():
    async with virtual(CODED) as (it, path), client(path) as app:
        events = Events(app)
        key = zt.KeyData(bytes.fromhex("66B6900981E1EE3CA4206B6B861C02BB"))
        async with asyncio.TaskGroup() as tasks:
            window = tasks.create_task(app.permit_with_link_key(zt.EUI64.convert(CODED["ieee"]), key, 30))
            sensor = await events.next_device()
            window.cancel()
        cluster = sensor.endpoints[1].temperature
        cluster.aps_encryption = True
        await cluster.read_attributes(["measured_value"])
        assert zt.TransmitOptions.APS_Encryption in app.last_options
        assert it.coordinator.trust.link_key(it.air.nodes[CODED["ieee"]].octets) == bytes(key)


async def test_a_device_that_is_removed_leaves():
    async with virtual(PLUG) as (it, path), client(path) as app:
        events = Events(app)
        await app.permit(5)
        plug = await events.next_device()
        await app.remove(plug.ieee)
        for _ in range(100):
            if not it.air.nodes[PLUG["ieee"]].joined:
                break
            await asyncio.sleep(0.01)
        assert not it.air.nodes[PLUG["ieee"]].joined


async def test_a_failed_confirm_reaches_the_client_as_a_failed_delivery():
    async with virtual(PLUG) as (it, path), client(path) as app:
        events = Events(app)
        await app.permit(5)
        plug = await events.next_device()
        it.coordinator.faults.add(Fault.CONFIRM_FAILED, 10)
        with pytest.raises(Exception, match="MAC_NO_ACK"):
            await plug.endpoints[1].request(
                cluster=6, sequence=99, data=b"\x01\x63\x02", expect_reply=False, command_id=2
            )


async def test_a_backup_carries_devices_and_their_keys():
    async with virtual(PLUG) as (it, path), client(path) as app:
        events = Events(app)
        await app.permit(5)
        plug = await events.next_device()
        await app.load_network_info(load_devices=True)
        held = it.air.nodes[PLUG["ieee"]].link_key.reveal()
        assert [(bytes(k.key), k.partner_ieee) for k in app.state.network_info.key_table] == [(held, plug.ieee)]
        assert app.state.network_info.nwk_addresses[plug.ieee] == plug.nwk


async def test_two_coordinators_in_one_process_have_addresses_of_their_own():
    async with (
        virtual(PLUG) as (_, first),
        virtual(PLUG, seed=2) as (_, second),
        client(first) as one,
        client(second) as other,
    ):
        assert one.state.node_info.ieee != other.state.node_info.ieee
