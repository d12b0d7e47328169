"""The control socket's questions."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from hubd.bench.coordinator.control import Control
from hubd.bench.coordinator.serve import CoordinatorOptions, VirtualCoordinator
from hubd.bench.coordinator.unpi import MtFrame, encode
from hubd.bench.devices.devices_file import devices_of
from hubd.errors import ConfigurationError

DEVICES = [
    {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:01", "open": True, "name": "kettle"},
    {"kind": "plug", "ieee": "00:12:4b:00:00:00:00:02", "open": True, "name": "fridge"},
    {"kind": "temperature_sensor", "ieee": "00:12:4b:00:00:00:00:03", "open": True, "name": "hall"},
]


@asynccontextmanager
async def bench(*, joined: bool = True):
    """A coordinator with its network up, and its control. The host's end is an open TCP connection."""
    nodes = tuple(devices_of({"device": DEVICES}, "test", 1))
    virtual = VirtualCoordinator(CoordinatorOptions(nodes, listen=("127.0.0.1", 0)))
    port = int(virtual.open().rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    it = virtual.coordinator
    for subsystem, command, data in ((0x2F, 5, b"\x04"), (0x24, 0, b"\x01\x04\x01\x05\x00\x00\x00\x00\x00")):
        it.receive(MtFrame(subsystem, command, data))
    if joined:
        it.receive(MtFrame(0x25, 0x36, b"\x0f\xfc\xff\x3c\x01"))
        for _ in range(100):
            if all(node.joined for node in nodes):
                break
            await asyncio.sleep(0.01)
    try:
        async with asyncio.TaskGroup() as tasks:
            yield Control(it, virtual.line, tasks.create_task), it, reader
    finally:
        writer.close()
        virtual.close()


async def test_devices_are_listed_with_why_they_are_not_on_the_network():
    async with bench() as (control, _, _):
        rows = await control.answer({"do": "devices"})
        assert [(row["name"], row["kind"], row["joined"]) for row in rows] == [
            ("kettle", "plug", True),
            ("fridge", "plug", True),
            ("hall", "temperature_sensor", True),
        ]


async def test_octets_reach_the_host_as_they_are_and_what_is_no_hex_is_refused():
    async with bench() as (control, _, reader):
        await reader.read(4_096)
        assert await control.answer({"do": "octets", "hex": "fe00c0ffee"}) == 5
        async with asyncio.timeout(10):
            await reader.readuntil(bytes.fromhex("fe00c0ffee"))
        with pytest.raises(ConfigurationError, match="octets: hex"):
            await control.answer({"do": "octets", "hex": "xyz"})


async def test_the_account_says_its_last_number_and_what_came_after_one():
    async with bench() as (control, it, _):
        empty = await control.answer({"do": "account"})
        assert (empty["frames"], empty["whole_from"], empty["entries"]) == (0, 1, [])
        it.account.asked(DEVICES[0]["ieee"], 0x0702, b"\x01\xff", secured=True)
        told = await control.answer({"do": "account", "after": 0})
        frame = {"number": 1, "down": True, "device": DEVICES[0]["ieee"], "cluster_id": 0x0702, "secured": True}
        assert told["entries"] == [{**frame, "data": "01ff", "times": 1}]
        assert (await control.answer({"do": "account", "after": 1}))["entries"] == []


async def test_how_late_is_a_number_of_seconds():
    async with bench() as (control, it, _):
        await control.answer({"do": "fault", "kind": "late", "by_s": 0.5, "count": 2})
        await control.answer({"do": "fault", "kind": "duplicate"})
        assert (it.faults.late_s, it.faults.again_s) == (0.5, 0.0)
        assert it.faults.waiting() == {"late": 2, "duplicate": 1}
        with pytest.raises(ConfigurationError, match="by_s"):
            await control.answer({"do": "fault", "kind": "late", "by_s": -1})


async def test_a_burst_goes_round_the_metering_devices_with_rising_registers_and_the_moment_of_each():
    async with bench() as (control, _, _):
        began = await control.answer({"do": "burst", "per_s": 1000, "count": 50})
        assert began["sources"] == [DEVICES[0]["ieee"], DEVICES[1]["ieee"]]
        sent = []
        for _ in range(200):
            sent = await control.answer({"do": "sent"})
            if len(sent) == 50:
                break
            await asyncio.sleep(0.01)
        assert [ieee for ieee, _, _ in sent] == began["sources"] * 25
        assert [wh for ieee, wh, _ in sent if ieee == began["sources"][0]] == list(range(1, 26))
        moments = [at_ns for _, _, at_ns in sent]
        assert moments == sorted(moments)
        assert 0.045 < (moments[-1] - moments[0]) / 1e9 < 1


async def test_a_burst_needs_a_metering_device_that_has_joined():
    async with bench(joined=False) as (control, _, _):
        with pytest.raises(ConfigurationError, match="no metering device has joined"):
            await control.answer({"do": "burst"})


async def test_power_and_leave_name_the_device_by_address_or_name():
    async with bench() as (control, it, _):
        assert await control.answer({"do": "power", "ieee": "kettle", "on": False}) is False
        assert not it.air.nodes[DEVICES[0]["ieee"]].powered
        assert await control.answer({"do": "leave", "ieee": "00124B0000000002"}) == DEVICES[1]["ieee"]
        assert not it.air.nodes[DEVICES[1]["ieee"]].joined


async def test_a_devices_own_view_is_shown():
    async with bench() as (control, _, _):
        assert "import_ws" in await control.answer({"do": "meter", "ieee": "kettle"})


async def test_faults_reach_the_coordinator():
    async with bench() as (control, it, reader):
        await control.answer({"do": "fault", "kind": "freeze"})
        assert it.frozen()
        await control.answer({"do": "fault", "kind": "release"})
        assert not it.frozen()
        await control.answer({"do": "fault", "kind": "confirm_lost", "count": 2, "ieee": "kettle"})
        assert await control.answer({"do": "faults"}) == {"confirm_lost 00:12:4b:00:00:00:00:01": 2}
        await control.answer({"do": "fault", "kind": "reset", "told": False})
        await control.answer({"do": "fault", "kind": "reset"})
        assert it.running is None
        await control.answer({"do": "fault", "kind": "port_loss", "for_s": 60})
        assert (await reader.read()).count(encode(0x41, 0x80, bytes((2, 2, 1, 2, 7, 1)))) == 1


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        ({"do": "dance"}, "'dance' is none of"),
        ({}, "None is none of"),
        ({"do": "fault", "kind": "fire"}, "'fire' is none of reset"),
        ({"do": "fault", "kind": "freeze", "for_s": "long"}, "for_s: 'long' is not a number"),
        ({"do": "power", "ieee": "kettle"}, "on must be true or false"),
        ({"do": "power", "ieee": "toaster", "on": True}, "no device 'toaster' here"),
        ({"do": "burst", "per_s": 0}, "per_s must be above 0"),
        ({"do": "set", "ieee": "kettle", "x": 1}, "a plug has nothing that can be set"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused_in_words(question, complaint):
    async with bench(joined=False) as (control, _, _):
        with pytest.raises(ConfigurationError, match=complaint):
            await control.answer(question)
