"""What is recorded of the air: rising counters, nothing while off; and what Wireshark makes of it. R6."""

import shutil
import stat

import pytest

from hubd.bench.air.air import Air
from hubd.bench.capture import tshark
from hubd.bench.capture.counters import latest_counters
from hubd.bench.capture.key_file import beside
from hubd.bench.capture.keys_in_use import keys_in_use
from hubd.bench.capture.pcap import packets

from .conftest import METER, PLAIN, PLUG, SENSOR, TOP_UP

needs_tshark = pytest.mark.skipif(
    shutil.which("tshark") is None,
    reason="tshark is not installed. Cure: sudo apt-get install --no-install-recommends tshark",
)
CBKE_KEY = bytes.fromhex("86d58aaa998e2faefaf9fef49606543a")
TUNNEL = b"\x01\x24\x02\x00\x00" + bytes(range(180))


def visit(recorded):
    """Joining under the install code, a reading, a new link key, a top-up, and something too long for one frame."""
    recorded.join()
    recorded.send("meter", 0x0702, b"\x00\x20\x00\x00\x00")
    recorded.share_key("meter", CBKE_KEY)
    recorded.send("meter", 0x0705, TOP_UP)
    recorded.send("meter", 0x0704, TUNNEL)
    return recorded


def whole(recorded):
    return packets(recorded.path.read_bytes(), recorded.path)[0]


def test_nobody_listens_while_nothing_is_recorded(record):
    recorded = record(METER)
    assert recorded.coordinator.air._listener is recorded.sniffer
    assert Air(recorded.clock, recorded.coordinator.air.conditions, [])._listener is None


def test_a_continued_capture_goes_on_above_every_counter_it_holds(record):
    first = visit(record(METER))
    ended = latest_counters(whole(first))
    first.sniffer.close()
    before = len(whole(first))
    second = visit(record(METER))
    later = latest_counters(whole(second)[before:])
    assert set(ended) == set(later)
    assert all(later[octets] > ended[octets] for octets in ended)
    auxiliaries = [p[17:30] for p in whole(second) if p[:1] in (b"\x41", b"\x61") and p[10] & 0x02]
    assert len(auxiliaries) == len(set(auxiliaries)) > 20


def test_the_keys_stand_beside_it_for_the_owner_alone_and_once_each(record):
    recorded = visit(record(METER, PLUG))
    file = beside(recorded.path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = file.read_text().splitlines()
    assert len(lines) == len({line.split(",")[0] for line in lines}) == 5
    assert any(CBKE_KEY.hex(":") in line for line in lines)


def test_the_bench_lists_the_keys_in_use(record):
    recorded = visit(record(METER))
    keys = keys_in_use(recorded.coordinator)
    assert keys["devices"][0]["link_key"] == keys["devices"][0]["coordinator_link_key"] == CBKE_KEY.hex()
    assert keys["devices"][0]["install_code_key"] == "66b6900981e1ee3ca4206b6b861c02bb"
    assert len(bytes.fromhex(keys["network_key"]["key"])) == 16


def test_a_lost_frame_stands_there_without_its_acknowledgement(record):
    recorded = record(METER)
    recorded.join()
    recorded.coordinator.air.power(recorded.node("meter"), False)
    before = len(whole(recorded))
    recorded.send("meter", 0x0702, b"\x00\x20\x00\x00\x00")
    (packet,) = whole(recorded)[before:]
    assert packet[:2] == b"\x61\x88"


@needs_tshark
def test_wireshark_reads_every_frame_and_finds_nothing_malformed_r6(record):
    recorded = visit(record(METER, PLUG, SENSOR))
    recorded.send("plug", 0x0006, b"\x01\x22\x01", PLAIN)
    recorded.send("sensor", 0x0402, b"\x00\x23\x00\x00\x00", PLAIN)
    rows = tshark.read(recorded.path, ["_ws.col.Info", "_ws.malformed"], tshark.keys_beside(recorded.path))
    assert len(rows) == len(whole(recorded)) > 80
    told = [row["_ws.col.Info"] for row in rows]
    assert [row for row in rows if row["_ws.malformed"] or "Encrypted" in row["_ws.col.Info"]] == []
    for expected in ("Transport Key", "Verify Key", "Confirm Key, SUCCESS", "Device Announcement", "Beacon Request"):
        assert any(expected in info for info in told), expected
    assert sum("Consumer Top Up" in info for info in told) == 2
    assert sum("Tunneling: Transfer Data" in info for info in told) == 1


@needs_tshark
def test_with_the_network_key_alone_a_top_up_stays_opaque_r6(record):
    recorded = visit(record(METER))
    code = "zbee_zcl_se.pp.consumer_top_up.top_up_code"
    network, link = (tshark.keys_beside(recorded.path, which) for which in ("network key", "link key"))
    before_cbke = [key for key in link if CBKE_KEY.hex(":") not in key]
    held = [key for key in link if CBKE_KEY.hex(":") in key]
    assert len(network) == len(before_cbke) == len(held) == 1
    assert tshark.read(recorded.path, [code], network, only=code) == []
    assert tshark.read(recorded.path, [code], network + before_cbke, only=code) == []
    (read,) = tshark.read(recorded.path, [code], network + held, only=code)
    assert bytes.fromhex(read[code].replace(":", "")) == TOP_UP[5:]
