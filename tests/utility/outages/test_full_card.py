"""An outage on a card that takes nothing: the alert goes out, the rules go on, the rest is written when it can be."""

import asyncio
from pathlib import Path

import pytest

from hubd.errors import StoreError
from hubd.model.lane import Lane
from hubd.power.phases import Phase
from hubd.store import outages as outage_table
from hubd.store.journal import Journal
from hubd.utility.departure import Leaving
from hubd.utility.supply_config import CapacitorTable
from tests.store.cards import fill, make_room

from .hub import ENOUGH, WITHIN_S, Hub, hub


async def lose_supply_on_a_full_card(it: Hub) -> None:
    it.supply(True)
    await it.phase(Phase.NORMAL)
    await fill(it.journal)
    it.supply(False)


async def until_written(it: Hub) -> None:
    async with asyncio.timeout(WITHIN_S):
        while it.outages.unwritten:
            await asyncio.sleep(0.002)


async def test_an_alert_that_cannot_be_written_down_is_told_all_the_same_and_written_when_there_is_room_r43(
    journal: Journal, clock_file: Path
):
    async with hub(journal, clock_file, capacitor=ENOUGH) as it:
        await lose_supply_on_a_full_card(it)
        await it.phase(Phase.SENT)
        assert [said.kind for said in it.unstored] == ["outage_alert"] * 3
        assert [said.body["attempt"] for said in it.unstored] == [1, 2, 3]
        assert {said.body["outage"] for said in it.unstored} == {it.outages.state.outage.outage_id}  # type: ignore[union-attr]
        assert len(it.urged) == 3
        assert await it.messages() == []
        await make_room(journal)
        await until_written(it)
        (alert,) = await it.messages()
        assert (alert["outage"], alert["attempt"], alert["off_for_s"]) == (it.unstored[0].body["outage"], 3, 68.0)
        it.supply(True)
        await it.phase(Phase.NORMAL)
        assert [message["kind"] for message in await it.messages()] == ["outage_alert", "outage_restored"]
        assert await journal.read(outage_table.find) is None


async def test_a_whole_outage_on_a_full_card_is_told_and_afterwards_written_once_r43(
    journal: Journal, clock_file: Path
):
    async with hub(journal, clock_file) as it:
        await lose_supply_on_a_full_card(it)
        await it.phase(Phase.SENDING)
        await it.until(lambda: bool(it.unstored))
        it.unstored[-1].told()
        await it.phase(Phase.SENT)
        it.supply(True)
        await it.phase(Phase.NORMAL)
        await it.until(lambda: it.unstored[-1].kind == "outage_restored")
        assert [said.kind for said in it.unstored] == ["outage_alert", "outage_restored"]
        for _ in range(3):
            it.supply(False)
            await it.phase(Phase.RIDING)
            it.supply(True)
            await it.phase(Phase.NORMAL)
        await make_room(journal)
        await until_written(it)
        assert [message["kind"] for message in await it.messages()] == ["outage_alert", "outage_restored"]
        assert len(await it.messages(Lane.EVENT)) == 3
        assert await journal.read(outage_table.find) is None


async def test_a_hub_on_a_full_card_goes_down_in_order_r42(journal: Journal, clock_file: Path):
    small = CapacitorTable(capacitance_f=30.0, riding_w=3.0, shed_w=1.5, sending_w=3.5, shutdown_w=2.0)
    async with hub(journal, clock_file, capacitor=small) as it:
        await lose_supply_on_a_full_card(it)
        assert it.ended is not None
        with pytest.raises(BaseExceptionGroup) as left:
            async with asyncio.timeout(WITHIN_S):
                await it.ended
        assert left.group_contains(Leaving)
        assert not left.group_contains(StoreError)
        assert it.departure.due
        assert it.unstored[0].body["claim"] == "provisional"


async def test_an_alert_that_was_written_before_the_card_was_full_is_not_said_beside_it_r43(
    journal: Journal, clock_file: Path
):
    async with hub(journal, clock_file) as it:
        it.supply(True)
        await it.phase(Phase.NORMAL)
        it.supply(False)
        await it.phase(Phase.SENDING)
        async with asyncio.timeout(WITHIN_S):
            while not await it.messages():
                await asyncio.sleep(0.001)
        await fill(journal)
        await it.phase(Phase.SENT)
        assert it.unstored == []
        assert len(it.urged) == 3
        await make_room(journal)
