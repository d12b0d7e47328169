"""The head-end's book: one SQLite file, opened by the listener and by short-lived commands alike.

A rollback journal (not WAL) with `synchronous=FULL`: several processes may open and leave at any moment, and what was
committed is on disk. Money is in whole pence, moments in Unix seconds.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from hubd.errors import ConfigurationError, StoreError
from hubd.headend.book_tables import STEPS
from hubd.headend.home import Home

T = TypeVar("T")

BUSY_S = 10.0
_CURE = "Cure: mend that, or wait for the process that holds the book, and ask again with the same --request"


def open_book(home: Home) -> sqlite3.Connection:
    """Open the book, making it where it is missing; mode 0600. One connection for one thread at a time.

    Raises ConfigurationError where no head-end lives, StoreError for a file that cannot be used.
    """
    if not home.path.is_dir():
        raise ConfigurationError(f"{home.path}: no head-end lives here. Cure: hubctl head init {home.path}")
    try:
        os.close(os.open(home.database, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(
            home.database, timeout=BUSY_S, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=FULL")
        prepare(connection)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{home.database}: the book cannot be opened: {error}") from None
    return connection


def prepare(connection: sqlite3.Connection) -> None:
    """Make the tables, or bring them up to date. The connection must be in autocommit mode."""
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys=ON")
    if connection.execute("PRAGMA user_version").fetchone()[0] == len(STEPS):
        return
    with transaction(connection):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(STEPS):
            raise StoreError(f"the book is of version {version}, this program writes version {len(STEPS)}")
        for step in STEPS[version:]:
            for statement in step.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(STEPS)}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing. The write lock is taken at the start, so what is read inside stays true until the end. Raises
    StoreError where another process holds the book too long, or the disk cannot be written.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:  # a commit that fails for want of space has ended it already
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError):
            raise StoreError(f"the head-end's book: {error}; nothing was written. {_CURE}") from error
        raise


class Desk:
    """The book for a process with an event loop: one connection, used by one thread, in the order asked for."""

    def __init__(self, home: Home) -> None:
        self._connection = open_book(home)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="book")

    async def commit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run the work in one transaction; it is on disk when this returns."""
        return await self._run(lambda: self._committed(work))

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run work that changes nothing."""
        return await self._run(lambda: work(self._connection))

    def close(self) -> None:
        """Wait for what runs, and close the book."""
        self._thread.shutdown(wait=True)
        self._connection.close()

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreError(f"the head-end's book: {error}") from error

    def _committed(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with transaction(self._connection):
            return work(self._connection)


def changes_by_others(connection: sqlite3.Connection) -> int:
    """A number that differs from the last one where another process has committed since."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
