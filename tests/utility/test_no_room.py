"""A full card ends no part of the daemon: events are lost, orders wait, and what was read is shown (R30)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubd.errors import NoRoomError
from hubd.model.roles import Role
from hubd.store import spool
from hubd.store.journal import Journal
from hubd.utility import intake as intake_file
from hubd.utility.clock import HubClock
from hubd.utility.command_answers import CommandAnswers
from hubd.utility.commands_management import Errand
from hubd.utility.events import EventName
from hubd.utility.happenings import Happenings
from hubd.utility.intake import Intake
from hubd.wan.commands import Command
from tests.store.full_card import fill, make_room


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "journal.sqlite")
    yield opened
    await opened.close()


async def test_an_event_that_finds_no_room_is_lost_and_no_more_than_that(journal: Journal) -> None:
    happenings = Happenings(journal, HubClock(assume_synced=True), lambda: None)
    await fill(journal)
    for _ in range(50):
        await happenings.tell(EventName.STARTED, reason="x" * 200)
    await make_room(journal)
    await happenings.tell(EventName.STARTED)


async def test_an_order_that_is_on_disk_waits_for_room_and_is_obeyed_once(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_file, "NO_ROOM_RETRY_S", 0.01)
    tries: list[bytes] = []
    room = asyncio.Event()

    class Orders:
        async def take(self, role: Role, token: bytes) -> None:
            tries.append(token)
            if not room.is_set():
                raise NoRoomError("full")

    intake = Intake(journal, Orders(), CommandAnswers(journal, HubClock(assume_synced=True), lambda: None))
    await intake.take(Role.MANAGEMENT, [b"order"])
    running = asyncio.ensure_future(intake.run())
    try:
        async with asyncio.timeout(20):
            while len(tries) < 3:
                await asyncio.sleep(0.005)
            assert await journal.read(spool.count) == 1
            room.set()
            while await journal.read(spool.count):
                await asyncio.sleep(0.005)
        obeyed = len(tries)
        await journal.read(spool.count)
        assert len(tries) == obeyed
        assert not running.done()
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_of_many_tokens_those_that_were_taken_are_not_taken_again_when_one_finds_no_room(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_file, "NO_ROOM_RETRY_S", 0.01)
    tries: list[bytes] = []

    class Orders:
        async def take(self, role: Role, token: bytes) -> None:
            tries.append(token)
            if token == b"second" and tries.count(token) < 3:
                raise NoRoomError("full")

    intake = Intake(journal, Orders(), CommandAnswers(journal, HubClock(assume_synced=True), lambda: None))
    async with asyncio.timeout(5):
        await intake.take(Role.VENDING, [b"first", b"second", b"third"])
    assert tries == [b"first", b"second", b"second", b"second", b"third"]


async def test_a_reading_that_was_ordered_and_cannot_be_kept_is_a_failed_order() -> None:
    ended: list[tuple[str, str | None]] = []
    works: list[asyncio.Future[None]] = []

    async def no_room(command: Command) -> None:
        raise NoRoomError("not written: the card is full. Cure: make room on it")

    async def finished(command: Command, outcome: str, reason: str | None, device: object) -> None:
        ended.append((outcome, reason))

    errand = Errand(lambda work: works.append(asyncio.ensure_future(work)), finished, no_room)
    errand.start(Command("order-1", "manage-1", Role.MANAGEMENT, 1, "read", b"{}"))
    await asyncio.gather(*works)
    assert ended == [("failed", "not written: the card is full. Cure: make room on it")]
