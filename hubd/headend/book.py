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
from hubd.headend.home import Home
from hubd.headend.outages import tables as outage_tables

T = TypeVar("T")

BUSY_S = 10.0

_TABLES = """
CREATE TABLE meters (
    pan TEXT PRIMARY KEY, address TEXT NOT NULL UNIQUE, hub TEXT NOT NULL, kind TEXT NOT NULL,
    vending_key BLOB NOT NULL, sgc TEXT NOT NULL, krn INTEGER NOT NULL, kt INTEGER NOT NULL, ti TEXT NOT NULL,
    base INTEGER NOT NULL, currency TEXT NOT NULL, last_tid INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE debt_terms (
    pan TEXT PRIMARY KEY REFERENCES meters, percent_e2 INTEGER NOT NULL CHECK (percent_e2 BETWEEN 0 AND 9999)
) STRICT;
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, posting TEXT NOT NULL, at_unix_s REAL NOT NULL, pan TEXT NOT NULL REFERENCES meters,
    account TEXT NOT NULL CHECK (account IN ('till', 'debt', 'sold', 'arrears')), pence INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_of_meter ON ledger (pan, account);
CREATE TABLE orders (
    request TEXT PRIMARY KEY, body_sha256 TEXT NOT NULL, jti TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL, hub TEXT NOT NULL, device TEXT, cmd TEXT NOT NULL, args BLOB NOT NULL,
    created_unix_s REAL NOT NULL, expires_unix_s REAL NOT NULL, due_unix_s REAL NOT NULL,
    sendings INTEGER NOT NULL DEFAULT 0, outcome TEXT, final INTEGER NOT NULL DEFAULT 0,
    receipt BLOB, receipt_unix_s REAL, refusal TEXT
) STRICT;
CREATE INDEX orders_due ON orders (due_unix_s) WHERE NOT final;
CREATE TABLE vends (
    request TEXT PRIMARY KEY REFERENCES orders, pan TEXT NOT NULL REFERENCES meters, token TEXT NOT NULL,
    tid INTEGER NOT NULL, tendered_pence INTEGER NOT NULL, debt_pence INTEGER NOT NULL,
    debt_remaining_pence INTEGER NOT NULL, credit_pence INTEGER NOT NULL, encoded_e5 INTEGER NOT NULL,
    currency TEXT NOT NULL
) STRICT;
CREATE TABLE counters (kid TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
CREATE TABLE inbound (
    hub TEXT NOT NULL, journal TEXT NOT NULL, lane TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL,
    device TEXT, at_unix_s REAL NOT NULL, at_trust TEXT NOT NULL, received_unix_s REAL NOT NULL, body BLOB NOT NULL,
    fault TEXT, PRIMARY KEY (hub, journal, lane, seq)
) STRICT;
CREATE INDEX inbound_of_device ON inbound (device, kind, received_unix_s);
CREATE TABLE lanes (
    hub TEXT NOT NULL, journal TEXT NOT NULL, lane TEXT NOT NULL, stored INTEGER NOT NULL,
    lowest INTEGER NOT NULL, lowest_session TEXT NOT NULL, PRIMARY KEY (hub, journal, lane)
) STRICT;
CREATE TABLE unreadable (
    id INTEGER PRIMARY KEY, topic TEXT NOT NULL, received_unix_s REAL NOT NULL, reason TEXT NOT NULL,
    beginning BLOB NOT NULL
) STRICT;
CREATE TABLE hubs (
    hub TEXT PRIMARY KEY, state TEXT NOT NULL, status BLOB NOT NULL, received_unix_s REAL NOT NULL
) STRICT;
"""

_STEPS = (_TABLES, outage_tables.TABLES)
"""What each version of the book added; a book of an older version is brought up when it is opened."""
VERSION = len(_STEPS)


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
    """Make the tables that are missing. The connection must be in autocommit mode."""
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys=ON")
    if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    with transaction(connection):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise StoreError(f"the book is of version {version}, this program writes version {VERSION}")
        for step in _STEPS[version:]:
            for statement in step.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={VERSION}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing. The write lock is taken at the start, so what is read inside stays true until the end."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


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
