"""Copies of the book: making one while others write, and going on with one that was put back.

A restored copy knows nothing of what was issued after it was made. Token identifiers of STS follow the clock, but
several codes of one minute run ahead of it; the numbers of UTRNs only count. A number that came twice would be
refused by its meter as used, and a payment lost: so what the lost days may have used is skipped.
"""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from hubd.errors import ConfigurationError, StoreError
from hubd.headend import audit, meters
from hubd.headend.audit import Deed
from hubd.headend.meters import Meter
from hubd.headend.utrn import UtrnKey
from hubd.sts.tid import tid_after

MOST_CODES = 500
"""A meter looks for a UTRN's counter no further ahead than half a round of its ten bits."""


def copy(connection: sqlite3.Connection, path: Path) -> None:
    """A copy of the whole book as of one moment, on disk when it returns, 0600. Others may go on with the book.
    Raises ConfigurationError for a path that cannot be used, StoreError where it cannot be written.
    """
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path}: there is no such folder; nothing was written")
    if path.exists():
        raise ConfigurationError(f"{path}: this is there already, and is not replaced")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with closing(sqlite3.connect(beside)) as made:
            connection.backup(made)
        _to_disk(beside)
        beside.replace(path)
        _to_disk(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: the copy cannot be written: {error}") from None
    finally:
        beside.unlink(missing_ok=True)


def skip_identifiers(connection: sqlite3.Connection, codes: int, by_whom: str, now: float) -> int:
    """Every meter's next code comes behind as many as may have been sold to it in the lost days (up to `MOST_CODES`).
    Returns how many meters there are. In the caller's transaction.
    """
    every = meters.every(connection)
    for meter in every:
        meters.raise_last_tid(connection, meter.pan, _behind(meter, codes, now))
    audit.note(
        connection, now, Deed.BOOK_RESTORED, by_whom, None, None, f"{codes} identifiers skipped for each meter"
    )
    return len(every)


def _behind(meter: Meter, codes: int, now: float) -> int:
    if isinstance(meter.key, UtrnKey):
        return meter.last_tid + codes
    try:
        return (
            tid_after(meter.last_tid, datetime.fromtimestamp(now, UTC).replace(tzinfo=None), meter.key.base) + codes
        )
    except ValueError:  # its base has run out: nothing is sold to it, and a rollover counts anew
        return meter.last_tid


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
