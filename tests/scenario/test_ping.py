"""`hubctl ping` in the running house (R17)."""

import time

import pytest

from hubd.bench.house.house import House

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def test_one_command_tells_every_hop_to_a_meter_within_ten_seconds_r17(house: House) -> None:
    started_s = time.monotonic()
    told = await house.hubctl("ping", "electricity-1", "--socket", str(house.layout.console))
    assert time.monotonic() - started_s < 10.0
    assert (told["answered"], told["secured"], told["confirm"]) == (True, True, "SUCCESS")
    assert 0.0 < told["host_to_radio_s"] < 5.0
    assert 0.0 <= told["radio_to_device_s"] <= told["end_to_end_s"] < 10.0
    assert told["lqi"] == told["lqi_at_radio"] == told["lqi_at_device"] == 200
