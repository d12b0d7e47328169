"""zigpy's own database: the devices of the network. It holds no key, and is private all the same."""

import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from hubd.errors import StoreError

log = logging.getLogger(__name__)

_OF_SQLITE = ("", "-wal", "-shm", "-journal")


def prepare(path: Path, *, fresh: bool) -> None:
    """Make the file ready for zigpy to open: 0600, without network backups, and with no devices where `fresh`.
    SQLite gives its journal files the same mode. Raises StoreError where it cannot be.

    A file that holds nothing is begun anew: zigpy does not make its tables in one transaction, and one that a kill
    left half made it could never load again.
    """
    try:
        fresh = fresh or _holds_nothing(path)
    except sqlite3.Error as error:
        raise _unreadable(path, error) from None
    if fresh:
        for suffix in _OF_SQLITE:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
    try:
        strike_backups(path)
    except sqlite3.OperationalError as error:
        raise StoreError(f"{path}: cannot be used: {error}. Cure: see that the card has room and is sound") from None
    except sqlite3.Error as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: sqlite3.Error) -> StoreError:
    return StoreError(f"{path}: cannot be read: {error}. Cure: remove it; devices must then be admitted anew")


def _holds_nothing(path: Path) -> bool:
    if not path.exists():
        return True
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        rows = (database.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for (name,) in tables)  # noqa: S608
        return not any(rows)


def strike_backups(path: Path) -> None:
    """Remove what another program, or an older configuration, left there: a backup is the network key in clear."""
    with closing(sqlite3.connect(path)) as database:
        tables = [
            str(name)
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name.startswith("network_backups")
        ]
        database.execute("PRAGMA secure_delete = ON")
        with database:
            struck = sum(database.execute(f'DELETE FROM "{table}"').rowcount for table in tables)  # noqa: S608
        if struck:
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            log.warning("%s: %d network backups with the network key in clear were removed", path, struck)
