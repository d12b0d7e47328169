"""The air of the house, recorded all along, as Wireshark's decoder reads it; `make oracle` is the long form. R6."""

import asyncio
import shutil
from pathlib import Path

import pytest

from hubd.bench.capture.examine import examine
from hubd.bench.capture.pcap import packets
from hubd.bench.house.house import House
from hubd.bench.house.layout import METER
from hubd.console import ConsoleRefusedError
from tests.scenario.headend_book import eventually, vend

pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(
        shutil.which("tshark") is None,
        reason="tshark is not installed. Cure: sudo apt-get install --no-install-recommends tshark (or make oracle)",
    ),
]


async def test_the_capture_goes_on_after_its_coordinator_was_killed(house: House) -> None:
    capture = house.layout.root / "air.pcap"
    await house.children["radio-utility"].kill9()
    before = capture.read_bytes()
    await house.children["radio-utility"].restart()
    await eventually(lambda: answers(house), 60.0, "the meter answers again")
    after = capture.read_bytes()
    whole, end = packets(before, capture)
    assert after[:end] == before[:end]
    assert len(packets(after, capture)[0]) > len(whole)


async def answers(house: House) -> bool:
    """The radio is back, and the meter answers."""
    told = await house.hubctl(*_ping(house), expect=frozenset({0, 1, 4}))
    return bool(told and told.get("answered"))


def _ping(house: House) -> tuple[str, ...]:
    return ("ping", METER.ieee, "--socket", str(house.layout.console))


async def test_wireshark_reads_all_of_it_and_a_top_up_only_under_its_link_key_r6(
    house: House, tmp_path: Path
) -> None:
    sale = await vend(house, "--meter", METER.pan, "--amount", "0.10")
    for name in ("air.pcap", "air.pcap.keys"):  # the house goes on
        shutil.copy(house.layout.root / name, tmp_path)
    capture = tmp_path / "air.pcap"
    findings = await asyncio.to_thread(lambda: list(examine(capture, METER.ieee, sale["token"])))
    assert [finding for finding in findings if not finding.good] == []


async def test_a_running_bench_tells_its_keys_and_a_daemon_does_not_r4(house: House) -> None:
    keys = await house.hubctl("bench", "keys", "--house", str(house.layout.root))
    told = {device["ieee"]: device for device in keys["devices"]}
    assert told[METER.ieee]["link_key"] == told[METER.ieee]["coordinator_link_key"]
    with pytest.raises(ConsoleRefusedError, match="does not know"):
        await house.ask({"do": "keys"})
