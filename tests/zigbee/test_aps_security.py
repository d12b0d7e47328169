"""R4, R6: Smart Energy clusters travel under the link key in both directions, and are refused without."""

import logging

import pytest

from hubd.bench.coordinator.faults import Fault
from hubd.errors import LinkError
from hubd.model.han import Reported, UnsecuredFrameRefused
from hubd.model.secret import Secret
from hubd.model.topup import NoAnswer
from hubd.zigbee.se import profile

TOKEN = "73943333457189043313"
IMPORT = b"\x25" + (2_000_000).to_bytes(6, "little")


async def test_an_unsecured_report_is_dropped_and_told(bench):
    async with bench.joined():
        bench.send(bench.meter.report(0x0702, 0x0000, IMPORT, secured=False))
        await bench.until(lambda: bench.of(UnsecuredFrameRefused))
    assert bench.of(UnsecuredFrameRefused) == [UnsecuredFrameRefused(bench.meter.ieee, 0x0702)]
    assert not bench.of(Reported)


@pytest.mark.parametrize("cluster_id", [0x0019, 0x0015, 0x070B, 0x0B04, 0xFC00])
async def test_a_cluster_that_is_not_named_as_free_of_the_link_key_needs_it_r6(bench, cluster_id):
    """Among them those that zigpy would answer by itself, and a maker's own."""
    async with bench.joined():
        bench.send(bench.meter.frame(cluster_id, b"\x01\x05\x01\x00", secured=False))
        await bench.until(lambda: bench.of(UnsecuredFrameRefused))
        bench.send(bench.meter.frame(cluster_id, b"\x01\x06\x01\x00"))
        await bench.until(lambda: bench.meter.heard_on(cluster_id))
    assert bench.of(UnsecuredFrameRefused) == [UnsecuredFrameRefused(bench.meter.ieee, cluster_id)]
    assert all(frame.secured for frame in bench.meter.heard_on(cluster_id))
    assert bench.meter.heard_on(cluster_id)[0].data == b"\x18\x06\x0b\x01\x81"


async def test_an_unsecured_answer_to_a_token_is_no_answer(bench):
    bench.meter.on_command = lambda meter, frame: [meter.top_up_response(frame.data[1])]
    async with bench.joined() as network:
        bench.virtual.coordinator.faults.add(Fault.UNSECURED, 1)
        assert isinstance(await network.top_up(bench.meter.ieee, Secret(TOKEN)), NoAnswer)
    assert bench.of(UnsecuredFrameRefused) == [UnsecuredFrameRefused(bench.meter.ieee, 0x0705)]


async def test_an_unsecured_reading_is_no_answer_either(bench):
    async with bench.joined(read_attempts=1) as network:
        bench.virtual.coordinator.faults.add(Fault.UNSECURED, 1)
        with pytest.raises(LinkError):
            await network.read_metering(bench.meter.ieee)


async def test_everything_the_hub_sends_on_these_clusters_is_secured(bench):
    async with bench.joined() as network:
        await network.read_metering(bench.meter.ieee)
        await network.read_prepayment(bench.meter.ieee)
        await network.top_up(bench.meter.ieee, Secret(TOKEN))
        bench.send(bench.meter.frame(0x000A, b"\x00\x01\x00\x00\x00"))
        await bench.until(lambda: bench.meter.heard_on(0x000A))
    sent = [frame for frame in bench.meter.heard if profile.needs_link_key(frame.cluster_id)]
    assert {frame.cluster_id for frame in sent} == {0x0702, 0x0705, 0x000A}
    assert all(frame.secured and frame.profile_id == 0x0109 for frame in sent)


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ("01 07 0a", "18 07 0b 0a 81"),  # a command of the cluster that the hub does not have
        ("00 08 02 0000 20 01", "18 08 0b 02 82"),  # Write Attributes
        ("00 09 00 0000", "18 09 01 0000 86"),  # a read of an attribute the hub does not serve
        ("05 34 12 0a 01", "1c 34 12 0a 0b 01 83"),  # a manufacturer's own command
    ],
)
async def test_the_hub_says_so_where_it_does_not_do_something(bench, sent, answered):
    """zigpy would answer SUCCESS to each of these."""
    async with bench.joined():
        bench.meter.heard.clear()
        bench.send(bench.meter.frame(0x0705, bytes.fromhex(sent)))
        await bench.until(lambda: bench.meter.heard_on(0x0705))
    assert bench.meter.heard_on(0x0705)[0].data == bytes.fromhex(answered)


async def test_a_frame_that_makes_no_sense_is_dropped(bench):
    async with bench.joined() as network:
        for nonsense in ("", "ff", "18 01", "18 01 0a 00", "18 01 0a 0000 4c 01", "19 01 03 00"):
            bench.send(bench.meter.frame(0x0705, bytes.fromhex(nonsense)))
        assert (await network.read_metering(bench.meter.ieee)).import_wh == 1_234_567


async def test_no_token_key_or_install_code_is_logged(bench, caplog):
    caplog.set_level(logging.DEBUG)
    async with bench.joined() as network:
        await network.top_up(bench.meter.ieee, Secret(TOKEN))
        bench.virtual.coordinator.reset()
        await bench.until(lambda: network.radio.state != "up")
    log = caplog.text.lower().replace(":", "").replace(" ", "")
    link_key = bench.node().link_key.reveal().hex()
    for secret in (TOKEN, TOKEN.encode().hex(), link_key, bytes.fromhex(link_key)[::-1].hex(), "83fed3407a939723"):
        assert secret not in log
