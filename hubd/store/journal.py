"""The journal's file: opened once, written by one thread, durable when a commit returns.

WAL with `synchronous=FULL`: SQLite flushes the log at every commit, so what `commit` returned from survives the loss
of power. One connection in one thread, because two that write or checkpoint at once have corrupted WAL files in
SQLite before 3.51.3, and because a commit on a card takes milliseconds that the event loop must not spend.
"""

import asyncio
import contextlib
import copy
import os
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hubd.errors import NoRoomError, StoreError
from hubd.store import meta, schema
from hubd.store.reserve import Reserve, Room

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

MOST_IN_A_GROUP = 32
OTHER_OPENER_WAIT_S = 5.0
"""Nobody else should have the file open; a predecessor that is just ending gets this long."""
NO_ROOM_RETRY_S = 5.0

_PRAGMAS = (
    "PRAGMA page_size = 1024",  # a one-row commit writes a quarter less to the card than with 4096
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA secure_delete = ON",  # a token's digits do not stay in pages that are free again
    "PRAGMA wal_autocheckpoint = 1000",
    "PRAGMA journal_size_limit = 4194304",  # the log is reused in place: growing a file costs a flush of its own
)


@dataclass(slots=True)
class _Job:
    work: Work[Any]
    grouped: bool
    telemetry: bool
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


class Journal:
    """Use `open`. Every method may be called from one event loop at any time; work runs in the order of the calls."""

    journal_id: str
    """Eight hexadecimal digits, made with the file: a new card is a new journal."""
    trouble: str | None = None
    """Why the last thing that was to be written was not; None where it was."""

    def __init__(self, path: Path, group_window_s: float) -> None:
        self._path = path
        self._group_window_s = group_window_s
        self._room = Room(Reserve(path, 0))
        self._patient = False
        self._closing = threading.Event()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="journal", daemon=True)
        self._opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def open(cls, path: Path, *, group_window_s: float = 0.0, reserve_bytes: int = 0) -> "Journal":
        """Open or make the file (0600) and check it. Raises StoreError that names the file and the cure; a file that
        is not sound is first renamed aside, so that the next start can begin a new one. `reserve_bytes`: see
        `reserve.py`.
        """
        journal = cls(path, group_window_s)
        journal._room = Room(Reserve(path, reserve_bytes))
        journal._thread.start()
        journal.journal_id = await journal._opened
        return journal

    def patient(self) -> "Journal":
        """The same journal for those who may wait and must not lose a thing: without room, `commit` waits for it."""
        patient = copy.copy(self)
        patient._patient = True
        return patient

    async def close(self) -> None:
        """Finish what was asked for, then close the file."""
        self._closing.set()
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    async def commit(self, work: Work[T]) -> T:
        """Run `work` in a transaction of its own; durable when this returns. Whatever `work` raises is rolled back
        and raised here. Raises StoreError where the file cannot be written; NoRoomError where the card is full.
        """
        return await self._submit(work, grouped=False)

    async def commit_grouped(self, work: Work[T]) -> T:
        """As `commit`, but in one transaction with the grouped work that waits beside it (at most 32)."""
        return await self._submit(work, grouped=True)

    async def commit_telemetry(self, work: Work[T]) -> T:
        """As `commit_grouped`, for what can be done without: refused with NoRoomError as soon as room is scarce."""
        return await self._submit(work, grouped=True, telemetry=True)

    async def read(self, work: Work[T]) -> T:
        """Run `work` for its answer; it must not write."""
        return await self._submit(work, grouped=False)

    async def empty_log(self) -> None:
        """Move what the write-ahead log holds into the file and cut the log to nothing: what was erased is gone from
        there too. Costs two flushes: for secrets that have done their work, not for every commit.
        """
        await self._submit(_empty_log, grouped=False)

    async def _submit(self, work: Work[T], *, grouped: bool, telemetry: bool = False) -> T:
        while True:
            if self._closing.is_set() or not self._thread.is_alive():
                raise StoreError(f"{self._path}: the journal is closed")
            loop = asyncio.get_running_loop()
            future: asyncio.Future[T] = loop.create_future()
            self._jobs.put(_Job(work, grouped, telemetry, future, loop))
            try:
                return await future
            except NoRoomError:
                if not self._patient or telemetry:
                    raise
            await asyncio.sleep(NO_ROOM_RETRY_S)

    # The writer thread

    def _serve(self) -> None:
        try:
            connection = self._open_in_spite_of_a_full_card()
            journal_id = meta.get(connection, "journal_id") or "?"
        except StoreError as error:
            self._loop.call_soon_threadsafe(self._opened.set_exception, error)
            return
        self._loop.call_soon_threadsafe(self._opened.set_result, journal_id)
        try:
            self._work_until_closed(connection)
        finally:
            connection.close()

    def _open_in_spite_of_a_full_card(self) -> sqlite3.Connection:
        try:
            connection = _open(self._path)
        except StoreError:
            if not self._room.found_full():
                raise
            return _open(self._path)
        self._room.begin()
        return connection

    def _work_until_closed(self, connection: sqlite3.Connection) -> None:
        ahead: _Job | None = None
        while True:
            job = ahead or self._jobs.get()
            ahead = None
            if job is None:
                return
            group = [job]
            if job.grouped:
                ahead, closing = self._gather(group)
                self._transact(connection, group)
                if closing:
                    return
            else:
                self._transact(connection, group)

    def _gather(self, group: list[_Job]) -> tuple[_Job | None, bool]:
        """Add the grouped work that waits. Returns the first job that must not wait, and whether to close after."""
        until_s = time.monotonic() + self._group_window_s
        while len(group) < MOST_IN_A_GROUP:
            try:
                left_s = until_s - time.monotonic()
                job = self._jobs.get(timeout=left_s) if left_s > 0 else self._jobs.get_nowait()
            except queue.Empty:
                return None, False
            if job is None:
                return None, True
            if not job.grouped:
                return job, False
            group.append(job)
        return None, False

    def _transact(self, connection: sqlite3.Connection, group: list[_Job], *, again: bool = False) -> None:
        if self._room.tight and not self._room.regained():
            group = self._without_telemetry(group)
        if not group:
            return None
        outcomes: list[tuple[_Job, Any, BaseException | None]] = []
        try:
            if group[0].work is _empty_log:
                return self._tell([(group[0], _empty_log(connection), None)])  # type: ignore[func-returns-value]
            changes = connection.total_changes
            connection.execute("BEGIN")
            for job in group:
                outcomes.append(_isolated(connection, job) if len(group) > 1 else (job, job.work(connection), None))
            connection.execute("COMMIT")
            if connection.total_changes > changes:
                self.trouble = None
        except BaseException as error:  # to the callers, whatever it is: this thread must live
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            explained = self._explained(error)
            if isinstance(explained, NoRoomError) and not again:
                self._room.ran_out(connection)
                return self._transact(connection, group, again=True)
            self.trouble = str(explained) if isinstance(explained, StoreError) else self.trouble
            outcomes = [(job, None, explained) for job in group]
        return self._tell(outcomes)

    def _without_telemetry(self, group: list[_Job]) -> list[_Job]:
        refused = [job for job in group if job.telemetry]
        if refused:
            full = self._room.refusal(len(refused), self._path)
            self._tell([(job, None, full) for job in refused])
        return [job for job in group if not job.telemetry]

    def _tell(self, outcomes: list[tuple[_Job, Any, BaseException | None]]) -> None:
        def tell() -> None:
            for job, value, error in outcomes:
                if job.future.done():
                    continue
                if error is None:
                    job.future.set_result(value)
                else:
                    job.future.set_exception(error)

        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            outcomes[0][0].loop.call_soon_threadsafe(tell)

    def _explained(self, error: BaseException) -> BaseException:
        if isinstance(error, sqlite3.OperationalError | sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.IntegrityError | sqlite3.ProgrammingError
        ):
            kind = NoRoomError if self._room.is_want_of_room(error) else StoreError
            return kind(f"{self._path}: not written: {error}. Cure: see that the card has room and is sound")
        return error


def _empty_log(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _isolated(connection: sqlite3.Connection, job: _Job) -> tuple[_Job, Any, BaseException | None]:
    """One piece of a group: what it raises is its own, and undone alone."""
    connection.execute("SAVEPOINT piece")
    try:
        value = job.work(connection)
    except sqlite3.OperationalError:
        raise  # the file itself: nothing of the group can be trusted to be written
    except Exception as error:
        connection.execute("ROLLBACK TO piece")
        connection.execute("RELEASE piece")
        return job, None, error
    connection.execute("RELEASE piece")
    return job, value, None


def _open(path: Path) -> sqlite3.Connection:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        connection = sqlite3.connect(path, OTHER_OPENER_WAIT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{path}: cannot be opened: {error}. Cure: see that the folder is there and is ours"
        ) from None
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        schema.bring_up_to_date(connection)
        if meta.get(connection, "journal_id") is None:
            meta.put(connection, "journal_id", secrets.token_hex(4))
    except StoreError as error:
        connection.close()
        raise StoreError(f"{path}: {error}") from None
    except sqlite3.DatabaseError as error:
        connection.close()
        raise StoreError(_set_aside(path, error)) from None
    return connection


def _set_aside(path: Path, error: sqlite3.Error) -> str:
    if isinstance(error, sqlite3.OperationalError):
        return f"{path}: cannot be used: {error}. Cure: see that no other process has it, and that the card has room"
    aside = path.with_name(f"{path.name}.broken-{int(time.time())}")
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            os.rename(f"{path}{suffix}", f"{aside}{suffix}")
    return (
        f"{path}: not a sound journal ({error}); set aside as {aside.name}. Cure: start again for a new journal, "
        "and ask the head-end for what was under way"
    )
