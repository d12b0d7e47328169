"""A card that takes nothing: what needs it stands still, and what went wrong is passed on when it is over."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubd.errors import LinkError, StoreError
from hubd.store import meta
from hubd.store.journal import Journal
from hubd.utility import full_card
from tests.store.cards import fill, make_room


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "journal.sqlite")
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_card, "TRY_EVERY_S", 0.01)


def write(connection: sqlite3.Connection) -> None:
    meta.put(connection, "tried", "now")


async def test_a_part_that_cannot_write_stands_still_until_the_card_has_room_and_then_the_daemon_starts_anew(
    journal: Journal,
):
    async def part() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(journal.commit(write))
            group.create_task(asyncio.sleep(3_600))

    stood, tried = list[bool](), list[bool]()

    async def try_it() -> None:
        tried.append(True)
        await journal.commit(write)

    await fill(journal)
    standing = asyncio.ensure_future(full_card.stand_still_on_a_full_card(part, lambda: stood.append(True), try_it))
    async with asyncio.timeout(20):
        while not (stood and len(tried) >= 3):
            await asyncio.sleep(0.005)
        assert journal.trouble is not None
        assert not standing.done()
        await make_room(journal)
        with pytest.raises(ExceptionGroup) as ended:
            await standing
    assert ended.group_contains(StoreError)
    assert journal.trouble is None


async def test_another_end_is_passed_on_at_once(journal: Journal):
    async def part() -> None:
        raise LinkError("the radio is gone")

    async def never() -> None:
        raise AssertionError("nobody stands still")

    with pytest.raises(LinkError):
        await full_card.stand_still_on_a_full_card(part, lambda: None, never)
