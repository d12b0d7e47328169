"""One file, one connection, one thread; what a commit returned from is there afterwards (R30)."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from hubd.errors import StoreError
from hubd.store import journal as journal_file
from hubd.store import meta
from hubd.store.journal import MOST_IN_A_GROUP, Journal
from hubd.store.schema import MIGRATIONS


async def test_the_file_is_for_its_owner_alone(path: Path, journal: Journal):
    await journal.commit(lambda c: meta.put(c, "a", "1"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert set(modes) == {"journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"}
    assert set(modes.values()) == {0o600}


async def test_every_commit_is_flushed_and_the_log_is_a_wal(journal: Journal):
    settings = {
        name: await journal.read(lambda c, n=name: c.execute(f"PRAGMA {n}").fetchone()[0])
        for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "page_size", "user_version")
    }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "page_size": 1024,
        "user_version": len(MIGRATIONS),
    }


async def test_all_work_is_done_by_one_thread_over_one_connection(journal: Journal):
    """Two connections that write or checkpoint at once corrupt a WAL in SQLite before 3.51.3."""
    seen: set[tuple[int, int]] = set()

    def work(connection: sqlite3.Connection) -> None:
        seen.add((threading.get_ident(), id(connection)))

    calls = [call(work) for call in (journal.commit, journal.commit_grouped, journal.read) for _ in range(10)]
    await asyncio.gather(*calls)
    assert len(seen) == 1
    assert threading.get_ident() not in {thread for thread, _ in seen}


def test_only_the_journal_opens_a_database_in_the_hub():
    """No other room of the utility daemon may open the file beside it."""
    rooms = Path(__file__).parents[2] / "hubd"
    sources = [p for room in ("store", "wan", "utility", "model") for p in (rooms / room).rglob("*.py")]
    assert [p.name for p in sources if "sqlite3.connect(" in p.read_text()] == ["journal.py"]


async def test_the_journals_name_is_made_once(path: Path):
    first = await Journal.open(path)
    await first.close()
    second = await Journal.open(path)
    await second.close()
    assert first.journal_id == second.journal_id
    assert len(first.journal_id) == 8
    assert int(first.journal_id, 16) >= 0


@pytest.mark.parametrize("grouped", [False, True])
async def test_what_fails_is_undone_and_told_to_its_caller(journal: Journal, grouped: bool):
    def work(connection: sqlite3.Connection) -> None:
        meta.put(connection, "a", "1")
        raise LookupError("no")

    with pytest.raises(LookupError):
        await (journal.commit_grouped(work) if grouped else journal.commit(work))
    assert await journal.read(lambda c: meta.get(c, "a")) is None


async def test_one_piece_of_a_group_fails_alone(journal: Journal):
    def piece(number: int) -> None:
        def work(connection: sqlite3.Connection) -> int:
            meta.put(connection, f"n{number}", "1")
            if number % 3 == 0:
                raise LookupError(number)
            return number

        return work

    results = await asyncio.gather(*(journal.commit_grouped(piece(n)) for n in range(100)), return_exceptions=True)
    assert [r for r in results if isinstance(r, int)] == [n for n in range(100) if n % 3]
    assert sum(isinstance(r, LookupError) for r in results) == 34
    kept = await journal.read(lambda c: {k for (k,) in c.execute("SELECT key FROM meta WHERE key LIKE 'n%'")})
    assert kept == {f"n{n}" for n in range(100) if n % 3}


async def test_what_waits_goes_into_one_transaction_and_not_more_than_32(path: Path):
    journal = await Journal.open(path)
    sizes: list[int] = []
    await journal.commit(lambda c: c.set_trace_callback(lambda sql: sizes.append(0) if sql == "BEGIN" else None))

    def work(connection: sqlite3.Connection) -> None:
        sizes[-1] += 1

    free = threading.Event()
    blocked = asyncio.ensure_future(journal.commit(lambda c: free.wait(10)))
    waiting = [asyncio.ensure_future(journal.commit_grouped(work)) for _ in range(80)]
    await asyncio.sleep(0)
    free.set()
    await asyncio.gather(blocked, *waiting)
    await journal.close()
    assert [size for size in sizes if size] == [MOST_IN_A_GROUP, MOST_IN_A_GROUP, 16]


async def test_an_urgent_commit_ends_the_window_in_which_readings_wait_for_company(path: Path):
    journal = await Journal.open(path, group_window_s=30.0)
    async with asyncio.timeout(5):
        reading = asyncio.ensure_future(journal.commit_grouped(lambda c: meta.put(c, "reading", "1")))
        await asyncio.sleep(0.01)
        await journal.commit(lambda c: meta.put(c, "alarm", "1"))
        await reading
        await journal.close()


async def test_a_full_disk_is_told_and_the_journal_goes_on_when_there_is_room(journal: Journal):
    await journal.read(lambda c: c.execute("PRAGMA max_page_count = 60").fetchone())

    def too_much(connection: sqlite3.Connection) -> None:
        meta.put(connection, "big", "x" * 200_000)

    with pytest.raises(StoreError, match=r"not written: database or disk is full.*Cure"):
        await journal.commit(too_much)
    with pytest.raises(StoreError):
        await journal.commit_grouped(too_much)
    await journal.read(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
    await journal.commit(too_much)


async def test_a_full_disk_fails_a_whole_group_and_nothing_of_it_is_believed(journal: Journal):
    await journal.read(lambda c: c.execute("PRAGMA max_page_count = 60").fetchone())
    works = [lambda c, n=n: meta.put(c, f"n{n}", "x" * (200_000 if n == 5 else 1)) for n in range(10)]
    free = threading.Event()
    blocked = asyncio.ensure_future(journal.commit(lambda c: free.wait(10)))
    waiting = [asyncio.ensure_future(journal.commit_grouped(work)) for work in works]
    await asyncio.sleep(0)
    free.set()
    await blocked
    results = await asyncio.gather(*waiting, return_exceptions=True)
    kept = await journal.read(lambda c: {k for (k,) in c.execute("SELECT key FROM meta WHERE key LIKE 'n%'")})
    told = {f"n{n}" for n, result in enumerate(results) if result is None}
    assert kept == told
    assert "n5" not in told


async def test_closing_finishes_what_was_asked_for_and_refuses_what_comes_later(path: Path):
    journal = await Journal.open(path)
    works = [asyncio.ensure_future(journal.commit(lambda c, n=n: meta.put(c, f"n{n}", "1"))) for n in range(20)]
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(journal.close())
    await asyncio.sleep(0)
    with pytest.raises(StoreError, match="closed"):
        await asyncio.wait_for(journal.commit(lambda c: None), 2)
    await closing
    await asyncio.gather(*works)


async def test_a_journal_of_a_newer_hubd_is_left_alone(path: Path):
    await (await Journal.open(path)).close()
    _pragma(path, f"user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"journal\.sqlite: .*newer hubd.*Cure"):
        await Journal.open(path)
    assert path.read_bytes() == before


async def test_a_broken_file_is_set_aside_and_the_next_start_makes_a_new_one(path: Path):
    path.write_bytes(b"this is no database " * 400)
    with pytest.raises(StoreError, match=r"not a sound journal.*set aside as journal\.sqlite\.broken-.*Cure"):
        await Journal.open(path)
    aside = [p for p in path.parent.iterdir() if ".broken-" in p.name]
    assert [p.read_bytes()[:7] for p in aside] == [b"this is"]
    fresh = await Journal.open(path)
    await fresh.close()


async def test_damage_inside_the_file_is_found_at_the_next_start(path: Path):
    journal = await Journal.open(path)
    for n in range(200):
        await journal.commit_grouped(lambda c, n=n: meta.put(c, f"key{n}", "x" * 500))
    await journal.close()
    content = bytearray(path.read_bytes())
    for page in range(20, 60):
        content[page * 1024 : page * 1024 + 200] = b"\xaa" * 200
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a sound journal"):
        await Journal.open(path)


async def test_a_missing_or_closed_folder_is_named(tmp_path: Path):
    with pytest.raises(StoreError, match=r"nowhere/journal\.sqlite: cannot be opened.*Cure"):
        await Journal.open(tmp_path / "nowhere" / "journal.sqlite")


async def test_a_file_another_process_holds_is_not_set_aside(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal_file, "OTHER_OPENER_WAIT_S", 0.01)
    await (await Journal.open(path)).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StoreError, match="no other process has it"):
            await Journal.open(path)
    finally:
        other.close()
    assert [p.name for p in path.parent.iterdir() if "broken" in p.name] == []


def _pragma(path: Path, text: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA {text}")
    connection.close()
