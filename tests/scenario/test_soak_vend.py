"""Tokens while daemon, broker and coordinator are killed and the air loses frames, in short form (R30)."""

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import METER
from hubd.bench.soak_vend import soak_vend, table

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def test_ledger_and_meter_agree_to_the_last_unit_through_kills_and_loss_r30(house: House) -> None:
    result = await soak_vend(house, 16, seed=12, per_s=4.0, say=print, meters=(METER,), between_kills_s=(0.3, 1.5))
    print(table(result))
    assert sum(result.kills.values()) >= 3, "with this seed: coordinator, broker, daemon"
    assert result.good, table(result)
