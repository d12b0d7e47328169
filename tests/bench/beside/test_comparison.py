"""The comparison's arithmetic, and its words where the peer is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from hubd.bench.beside.comparison import _median
from hubd.bench.beside.side import Side, at_rate
from hubd.cli.exit_codes import Exit


def test_medians_are_taken_rate_by_rate_over_the_rounds() -> None:
    sides = [
        Side("hubd", (at_rate(10, 4, [1.0, 2.0, 3.0, delay_ms], 0.01), at_rate(50, 1, [delay_ms], 0.02)), memory_mb)
        for delay_ms, memory_mb in ((4.0, 50.0), (90.0, 58.0), (5.0, 51.0))
    ]
    middle = _median(sides)
    assert [(rate.per_s, rate.p50_ms, rate.p99_ms) for rate in middle.rates] == [(10, 2.0, 5.0), (50, 5.0, 5.0)]
    assert (middle.rates[0].sent, middle.rates[0].arrived, middle.pss_mb) == (12, 12, 51.0)
    assert middle.rates[1].cpu_s_per_1000 == 20.0


@pytest.mark.process
def test_without_zigbee2mqtt_it_says_how_to_get_it(tmp_path: Path) -> None:
    argv = [Path(sys.executable).parent / "hubctl", "bench", "beside", "--zigbee2mqtt", tmp_path]
    ended = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ended.returncode == Exit.CONFIGURATION
    assert "make beside" in ended.stderr
