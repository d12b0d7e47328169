"""R24: what a sleeping gas meter and the hub say to each other, as Wireshark's decoder reads it."""

import shutil

import pytest

from hubd.bench.capture import tshark
from hubd.bench.devices.gas_meter import GasMeter

METER = "00:0d:6f:00:0a:90:69:f0"
INSTALL_CODE = "83FED3407A939723A5C639B26916D505C3B5"


class Kept:
    """Keeps the mirror at once, and the meter awake."""

    def __init__(self, mirrors):
        self.mirrors, self.wakes = mirrors, 0

    def mirrored(self, device, mirror):
        self.mirrors.recall({device: mirror})

    def woke(self, device):
        self.wakes += 1
        return True


@pytest.mark.skipif(
    shutil.which("tshark") is None,
    reason="tshark is not installed. Cure: sudo apt-get install --no-install-recommends tshark",
)
async def test_wireshark_reads_a_gas_meter_s_mirror_its_wake_and_a_reading_r24(make_bench, tmp_path):
    table = {"ieee": METER, "open": True, "wake_s": 1_800.0, "load": {"flat_l_h": 1_000}}
    capture = tmp_path / "gas.pcap"
    bench = make_bench([GasMeter.from_table(table, 1)], codes={METER: INSTALL_CODE}, capture=capture)

    def wake():
        bench.meter.set(wake=True)
        bench.virtual.air.changed(bench.node())

    async with bench.joined(read_timeout_s=0.3, read_attempts=2) as network:
        keeper = network.mirrors.keeper = Kept(network.mirrors)
        wake()
        await bench.until(lambda: bench.meter.view()["mirror_endpoint"] is not None)
        wake()
        await bench.until(lambda: keeper.wakes)
        await network.read_metering(METER)
        network.let_sleep(METER)
        await bench.until(lambda: not bench.meter.rhythm.awake(bench.virtual.air.clock.unix_s()))
    rows = tshark.read(capture, ["_ws.col.Info", "_ws.malformed"], tshark.keys_beside(capture))
    told = [row["_ws.col.Info"] for row in rows]
    assert [row for row in rows if row["_ws.malformed"] or "Encrypted" in row["_ws.col.Info"]] == []
    for expected in ("Request Mirror", "Request Mirror Response", "Configure Mirror", "Mirror Report Attribute"):
        assert any(expected in info for info in told), (expected, sorted(set(told)))
    assert any("Data Request" in info for info in told)
