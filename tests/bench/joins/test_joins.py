"""R12, R24: three devices of different kinds join one hub under loss; and how the distribution is told."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from hubd.bench.joins import report
from hubd.bench.joins.joins import LIMIT_S, spreads
from hubd.bench.joins.visit import CLASSES, Joined

HUBCTL = Path(sys.executable).with_name("hubctl")


@pytest.mark.process
async def test_mains_and_sleeping_devices_join_within_five_minutes_under_ten_percent_loss_r12_r24() -> None:
    words = ["bench", "joins", "--devices", "3", "--loss", "0.1", "--seed", "3", "--json"]
    running = await asyncio.create_subprocess_exec(
        str(HUBCTL), *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await running.communicate()
    assert running.returncode == 0, err.decode()
    told = json.loads(out)
    assert told["within_limit"]
    assert [each["devices"] for each in told["classes"]] == [1, 1, 1, 3]
    for each in told["devices"]:
        assert 0 < each["key_s"] <= each["reading_s"] <= LIMIT_S, "the key comes first, then the reading"


def joined(*reading_s: float | None) -> list[Joined]:
    return [Joined(CLASSES[0], 1.0, 2.0, each) for each in reading_s]


def test_a_device_that_did_not_join_took_for_ever_r12() -> None:
    nine_of_ten = spreads(joined(*[10.0] * 9, None))
    assert (nine_of_ten[0].failed, nine_of_ten[0].p90_s, nine_of_ten[0].longest_s) == (1, 10.0, None)
    assert report.within_limit(nine_of_ten)
    assert not report.within_limit(spreads(joined(*[10.0] * 8, None, None)))


def test_one_slow_class_is_not_hidden_by_the_quick_ones_r12() -> None:
    slow = [Joined(CLASSES[2], 1.0, 2.0, LIMIT_S + 1)]
    lines = spreads(joined(*[10.0] * 99) + slow)
    assert lines[-1].p90_s == 10.0
    assert not report.within_limit(lines)
