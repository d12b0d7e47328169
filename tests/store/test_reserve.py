"""A full card: readings are dropped, what must be written goes on in the reserve, and room is noticed (R9, R30)."""

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hubd.errors import NoRoomError, StoreError
from hubd.model.lane import Lane
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import journal as journal_file
from hubd.store import outbox, reserve
from hubd.store.journal import Journal

from .full_card import fill, make_room

AT = Stamp(1_795_348_800.0, TimeTrust.NETWORK)
BODY = b'{"x":"%s"}' % (b"x" * 2_000)


def put(connection: sqlite3.Connection) -> None:
    outbox.put(connection, Lane.READING, "reading", BODY, AT)


@pytest.fixture(autouse=True)
def _hasten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_file, "NO_ROOM_RETRY_S", 0.02)
    monkeypatch.setattr(reserve, "LOOK_EVERY_S", 0.02)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "journal.sqlite", reserve_bytes=65_536)
    yield opened
    await opened.close()


async def test_what_finds_no_room_says_so_is_logged_once_and_deleting_makes_room(
    journal: Journal, caplog: pytest.LogCaptureFixture
):
    for _ in range(5):
        await journal.commit(put)
    await fill(journal)
    for _ in range(3):
        with pytest.raises(NoRoomError, match="Cure: see that the card has room"):
            await journal.commit(put)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert await journal.commit(lambda c: outbox.delete_stored(c, {Lane.READING: 5})) == 5
    await journal.commit(put)


async def test_while_room_is_scarce_telemetry_is_refused_and_the_rest_is_not(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(reserve.Reserve, "keep", lambda self: False)
    await fill(journal)
    with pytest.raises(NoRoomError):
        await journal.commit(put)
    await make_room(journal)
    with pytest.raises(NoRoomError):
        await journal.commit_telemetry(put)
    await journal.commit(put)
    monkeypatch.undo()
    monkeypatch.setattr(reserve, "LOOK_EVERY_S", 0.0)
    await journal.commit_telemetry(put)
    assert "1 readings were dropped" in caplog.text


async def test_who_is_patient_waits_until_there_is_room(journal: Journal):
    await fill(journal)
    writing = asyncio.ensure_future(journal.patient().commit(put))
    with pytest.raises(NoRoomError):
        await journal.commit(put)
    assert not writing.done()
    await make_room(journal)
    async with asyncio.timeout(5):
        await writing


async def test_who_is_patient_does_not_wait_for_a_closed_journal(tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    patient = journal.patient()
    await journal.close()
    with pytest.raises(StoreError, match="closed"):
        await patient.commit(put)


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """A card of 4 MiB."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "card", tmp_path], check=False)
    if mounted.returncode:
        pytest.skip("nobody may mount here")
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


def fill_card(card: Path) -> None:
    file = os.open(card / "of somebody else", os.O_WRONLY | os.O_CREAT)
    for size in (65_536, 1):
        try:
            while True:
                os.write(file, b"x" * size)
        except OSError:
            pass
    os.close(file)


async def until_refused(journal: Journal) -> None:
    for _ in range(1_000):
        await journal.commit_telemetry(put)


@pytest.mark.process
@pytest.mark.parametrize("closed_in_order", [True, False])
async def test_on_a_full_card_a_journal_opens_takes_orders_and_deletes(card: Path, closed_in_order: bool):
    path = card / "journal.sqlite"
    journal = await Journal.open(path, reserve_bytes=524_288)
    for _ in range(300):
        await journal.commit(put)
    if closed_in_order:
        await journal.close()
        fill_card(card)
        journal = await Journal.open(path, reserve_bytes=524_288)
    else:
        fill_card(card)
    with pytest.raises(NoRoomError):
        await until_refused(journal)
    await journal.commit(lambda c: outbox.put(c, Lane.RECEIPT, "receipt", b"{}", AT))
    for seq in range(20, 300, 20):
        assert await journal.commit(lambda c, seq=seq: outbox.delete_stored(c, {Lane.READING: seq})) == 20
    await journal.close()
