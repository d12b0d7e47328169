"""What the daemon answers the installer's console (R14, R16)."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hubd.console import ConsoleRefusedError
from hubd.utility.commissioning.pairing import Pairing

from .hub import Life, MortalHub
from .one_meter import ADDRESS, admission, hub_with


@contextlib.asynccontextmanager
async def at_the_console(tmp_path: Path, *orders: Any) -> AsyncIterator[tuple[MortalHub, Life, Pairing]]:
    """A hub whose meter has been admitted to visit v-1, and the installer in front of it."""
    hub, _ = hub_with(tmp_path, admission(), *orders)
    try:
        async with hub.living() as life:
            assert await hub.until(life, lambda: life.visits.guest(ADDRESS))
            yield hub, life, Pairing(life.journal, life.household, life.visits)
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
