"""How long a token is tried where the meter sleeps and the clock was wrong (R24, R30)."""

import asyncio
from pathlib import Path

import pytest

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import top_ups
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.turns import NobodySleeps
from hubd.utility.vending import LEAST_WAKES, Vending
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

METER = Eui64("00:0d:6f:00:00:00:00:01")
WAKES_EVERY_S = 1_800.0
LONG_AGO = Stamp(86_400.0, TimeTrust.UNSYNCED)


class HandClock(HubClock):
    """Monotonic time as the test sets it; no sleep ends by itself."""

    now_s = 0.0

    def monotonic_s(self) -> float:
        return self.now_s

    def lasts_s(self, span_s: float) -> float:
        return 3_600.0


class Sleepers(NobodySleeps):
    """Everybody sleeps, and wakes every half-hour."""

    def sleeps(self, device: Eui64) -> bool:
        return True

    def wakes_every_s(self, device: Eui64) -> float:
        return WAKES_EVERY_S


@pytest.mark.parametrize(("later_s", "ended"), [(LEAST_WAKES * WAKES_EVERY_S - 1.0, False), (86_400.0, True)])
async def test_a_token_of_a_wrong_clock_waits_for_two_wakes_after_a_start_and_not_for_ever_r24_r30(
    tmp_path: Path, later_s: float, ended: bool
) -> None:
    clock, journal = HandClock(True), await Journal.open(tmp_path / "journal.sqlite")
    radio = RadioConfig("/dev/null", database=tmp_path / "zigbee.sqlite")
    network = SmartEnergyNetwork(radio, lambda event: None, clock.stamp)
    vending = Vending(
        journal, network, clock, lambda: None, lambda device: asyncio.sleep(0), 60.0, 86_400.0, turns=Sleepers()
    )
    await journal.commit(lambda c: vending.record(c, "sale-1", METER, Secret("1" * 20), "wan", LONG_AGO))
    assert await vending.recover() == 1
    running = asyncio.ensure_future(vending.run())
    try:
        clock.now_s = later_s
        vending.heard_of(METER)
        row = await asyncio.wait_for(_settled(journal, ended), 10.0)
        assert (row.outcome is not None) is ended
    finally:
        running.cancel()
        await asyncio.wait({running})
        await journal.close()


async def _settled(journal: Journal, ended: bool) -> top_ups.TopUpRow:
    while True:
        for _ in range(5):
            row = await journal.read(lambda c: top_ups.find(c, "sale-1"))
        assert row is not None
        if not ended or row.outcome is not None:
            return row
