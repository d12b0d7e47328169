"""What the daemon answers the installer's console (R14, R16)."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hubd.console import ConsoleRefusedError
from hubd.utility.clock import HubClock
from hubd.utility.commissioning.pairing import Pairing

from .hub import Life, MortalHub
from .one_meter import ADDRESS, admission, bodies, hub_with, token, trial


@contextlib.asynccontextmanager
async def at_the_console(tmp_path: Path, *orders: Any) -> AsyncIterator[tuple[MortalHub, Life, Pairing]]:
    """A hub whose meter has been admitted to visit v-1, and the installer in front of it."""
    hub, _ = hub_with(tmp_path, admission(), *orders)
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: life.visits.guest(ADDRESS))
            yield (
                hub,
                life,
                Pairing(life.journal, life.household, life.visits, HubClock(assume_synced=True), lambda: None),
            )
    finally:
        hub.coordinator.close()


async def test_an_installers_flood_of_words_is_refused_by_the_daemon_and_nothing_is_kept_r16(tmp_path: Path) -> None:
    async with at_the_console(tmp_path) as (_, _, pairing):
        with pytest.raises(ConsoleRefusedError, match=r"remarks: 900000 characters: at most 2000. Cure: "):
            await pairing.note({"notes": {"remarks": "x" * 900_000}})
        (visit,) = (await pairing.pair({}))["visits"]
        assert visit["notes"] == {}
        for number in range(20):
            await pairing.note({"notes": {"old_meters": [{"serial": f"S{number}"}]}})
        with pytest.raises(ConsoleRefusedError, match="21 old meters: at most 20"):
            await pairing.note({"notes": {"old_meters": [{"serial": "one more"}]}})


async def test_what_replaced_an_old_meter_is_a_device_of_this_hub_by_whatever_name_r16(tmp_path: Path) -> None:
    async with at_the_console(tmp_path) as (_, _, pairing):
        with pytest.raises(ConsoleRefusedError, match=r"replaced by 'gas-9': no such device here.*electricity-1"):
            await pairing.note({"notes": {"old_meters": [{"replaced_by": "gas-9"}]}})
        await pairing.note({"notes": {"old_meters": [{"replaced_by": ADDRESS, "balance": "1.00"}]}})
        noted = await pairing.note({"notes": {"old_meters": [{"replaced_by": "electricity-1", "debt": "2.00"}]}})
        (meter,) = noted["notes"]["old_meters"]
        assert (meter["replaced_by"], meter["balance"], meter["debt"]) == ("electricity-1", "1.00", "2.00")
        assert (noted["visit"], noted["sent_again"]) == ("v-1", False)


async def test_notes_for_a_visit_that_closed_itself_are_in_the_statement_that_goes_out_again_r16(
    tmp_path: Path,
) -> None:
    async with at_the_console(tmp_path, trial(token(6_700_000))) as (hub, life, pairing):
        assert await hub.until(life, lambda: life.visits.guest(ADDRESS).way.done)
        noted = await pairing.note({"notes": {"old_meters": [{"serial": "S95", "balance": "3.20"}]}})
        assert (noted["visit"], noted["sent_again"]) == ("v-1", True)
        first, again = bodies(hub, "statement")
        assert first["old_meters"] == []
        assert again == first | {"old_meters": again["old_meters"]}
        assert again["old_meters"][0]["serial"] == "S95"
        assert await pairing.statement({}) == again
