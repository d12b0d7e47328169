"""An interruption for want of credit, through a restart of the hub: its times and its lost generation (R40)."""

import asyncio
import json
from pathlib import Path
from typing import Any

from hubd.model.identity import Eui64
from hubd.model.lane import Lane
from hubd.model.metering import MeterReading
from hubd.model.stamp import Stamp, TimeTrust
from hubd.model.supply import SupplyState
from hubd.model.topup import PrepaymentState
from hubd.store import outbox, profiles
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.interruptions import Interruptions

METER = Eui64("00:0d:6f:00:0a:90:69:e7")
NOON = 1_795_348_800


def said(unix_s: float, supply: SupplyState, balance_e5: int) -> tuple[Eui64, MeterReading, PrepaymentState]:
    at = Stamp(unix_s, TimeTrust.NETWORK)
    return METER, MeterReading(at, supply=supply), PrepaymentState(at, balance_e5)


async def events(journal: Journal) -> list[dict[str, Any]]:
    rows = await journal.read(lambda c: outbox.waiting(c, Lane.EVENT, 0, 100))
    return [json.loads(row.body) for row in rows]


async def test_an_interruption_is_told_when_it_ends_with_what_it_cost_r40(tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:
        await journal.commit(lambda c: profiles.put(c, METER, "export", NOON - 86_400, 640))
        hub = Interruptions(journal, HubClock(True), lambda: None)
        await hub.take(*said(NOON - 60, SupplyState.ON, 100))
        await hub.take(*said(NOON, SupplyState.OFF, 0))
        hub = Interruptions(journal, HubClock(True), lambda: None)
        await hub.take(*said(NOON + 600, SupplyState.ARMED, 500_000))
        await hub.take(*said(NOON + 900, SupplyState.ON, 500_000))
        await hub.take(*said(NOON + 960, SupplyState.ON, 499_000))
        (event,) = await events(journal)
        assert event["name"] == "interruption_ended"
        assert event["detail"] == {
            "from_unix_s": NOON,
            "to_unix_s": NOON + 900,
            "lost_export_wh": 320,
            "method": "mean of the same half-hours' export in the 7 days before",
        }
    finally:
        await journal.close()


async def test_a_supply_that_is_off_with_credit_is_another_matter_r22(tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:
        hub = Interruptions(journal, HubClock(True), lambda: None)
        await hub.take(*said(NOON, SupplyState.OFF, 500_000))
        await hub.take(*said(NOON + 900, SupplyState.ON, 500_000))
        assert await events(journal) == []
    finally:
        await journal.close()


def account(unix_s: float, balance_e5: int, cut_off_e5: int | None = None) -> tuple[Eui64, None, PrepaymentState]:
    at = Stamp(unix_s, TimeTrust.NETWORK)
    return METER, None, PrepaymentState(at, balance_e5, cut_off_e5=cut_off_e5)


async def test_the_household_hears_until_when_the_credit_lasts_and_that_it_was_topped_up_r40(tmp_path: Path):
    heard: list[float | None] = []
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:

        def started() -> Interruptions:
            return Interruptions(
                journal, HubClock(True), lambda: None, lambda device, until: heard.append(until and until.unix_s)
            )

        hub = started()
        for seconds, balance_e5 in [(0, 200_000), (1_800, 150_000)]:
            await hub.take(*account(NOON + seconds, balance_e5))
        assert heard == [None, NOON + 1_800 + 5_400]
        assert [event["name"] for event in await events(journal)] == ["credit_running_low"]
        hub = started()
        await hub.take(*account(NOON + 2_400, 140_000))
        assert heard[-1] == NOON + 7_200, "still so after a restart"
        await hub.take(*account(NOON + 4_800, 100_000))
        assert len(await events(journal)) == 1, "and not told a second time"
        await hub.take(*account(NOON + 5_400, 9_000_000))
        assert heard[-1] is None
    finally:
        await journal.close()


async def test_the_meters_own_cut_off_decides_what_an_interruption_for_want_of_credit_is_r40(tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:
        hub = Interruptions(journal, HubClock(True), lambda: None)
        await hub.take(*account(NOON - 120, 290_000, cut_off_e5=300_000))
        hub = Interruptions(journal, HubClock(True), lambda: None)
        at = Stamp(NOON, TimeTrust.NETWORK)
        await hub.take(METER, MeterReading(at, supply=SupplyState.OFF), None)
        await hub.take(*said(NOON + 900, SupplyState.ON, 500_000))
        assert [event["name"] for event in await events(journal)] == ["interruption_ended"]
    finally:
        await journal.close()


async def test_a_supply_that_is_back_at_once_ends_its_interruption_though_nothing_was_taken_between_r40(
    tmp_path: Path,
):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:
        hub = Interruptions(journal, HubClock(True), lambda: None)
        await hub.take(*said(NOON - 60, SupplyState.ON, 0))
        taking = asyncio.create_task(hub.run())
        for seconds, supply in ((0, SupplyState.OFF), (5, SupplyState.ON), (10, SupplyState.ON)):
            hub.seen(METER, MeterReading(Stamp(NOON + seconds, TimeTrust.NETWORK), supply=supply), None)
        async with asyncio.timeout(10):
            while not await events(journal):
                await asyncio.sleep(0.01)
        taking.cancel()
        (event,) = await events(journal)
        assert (event["name"], event["detail"]["to_unix_s"]) == ("interruption_ended", NOON + 5)
    finally:
        await journal.close()
