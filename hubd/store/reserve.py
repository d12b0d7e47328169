"""Room on the card that is kept for the day on which it is full.

To delete, SQLite must write first; on a full card it cannot even open a journal that was closed in order. A file of
some size stands beside the journal, and gives its room back when it is needed: for orders, receipts and deletions,
not for readings.
"""

import contextlib
import errno
import logging
import os
import sqlite3
import time
from pathlib import Path

from hubd.errors import NoRoomError

log = logging.getLogger(__name__)

RESERVE_BYTES = 2_097_152
"""Many times what the log grows by for a deletion or an order."""
NO_ROOM_BYTES = 65_536
"""With less than this left, an error of the disk means that it is full."""
LOOK_EVERY_S = 10.0


class Reserve:
    """The file. Used by one thread."""

    def __init__(self, journal: Path, size: int) -> None:
        """`size` 0: nothing is kept."""
        self._path = journal.with_name(f"{journal.name}.reserve")
        self._size = size

    def keep(self) -> bool:
        """Take the room, where there is that much and as much again. Returns whether it is kept."""
        if not self._size or self._is_kept():
            return True
        if self._free_bytes() < 2 * self._size:
            return False
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            return False
        try:
            os.posix_fallocate(file, 0, self._size)
        except OSError as error:
            os.ftruncate(file, 0)
            return error.errno not in {errno.ENOSPC, errno.EDQUOT}
        finally:
            os.close(file)
        return True

    def give_back(self) -> bool:
        """Returns whether there was room to give back."""
        there = self._is_kept()
        with contextlib.suppress(OSError):
            os.truncate(self._path, 0)
        return there

    def card_is_full(self) -> bool:
        """Whether there is next to no room for this user."""
        return self._free_bytes() < NO_ROOM_BYTES

    def _is_kept(self) -> bool:
        try:
            return self._path.stat().st_size > 0
        except OSError:
            return False

    def _free_bytes(self) -> int:
        try:
            card = os.statvfs(self._path.parent)
        except OSError:
            return NO_ROOM_BYTES
        return card.f_bavail * card.f_frsize


class Room:
    """Whether the card has room. While it has not, telemetry is refused: the reserve is for the rest."""

    def __init__(self, reserve: Reserve) -> None:
        self._reserve = reserve
        self._looked_at_s = 0.0
        self.tight = False
        self.refused = 0
        """So many pieces of telemetry were not written since it became tight."""

    def begin(self) -> None:
        """The journal is open: keep the reserve, where there is room for it. A card that is full beside it needs it
        now: others than the journal must write at a start as well.
        """
        if not self._reserve.keep() or self._reserve.card_is_full():
            self._becomes_tight()
            self._reserve.give_back()

    def found_full(self) -> bool:
        """The journal cannot be opened. Returns whether it may be tried again, with the reserve's room."""
        if not self._reserve.card_is_full():
            return False
        self._becomes_tight()
        return self._reserve.give_back()

    def ran_out(self, connection: sqlite3.Connection) -> None:
        """Nothing more can be written: give the reserve back, and let the log be written from its beginning again."""
        self._becomes_tight()
        self._reserve.give_back()
        with contextlib.suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()

    def _becomes_tight(self) -> None:
        if not self.tight:
            log.error("the card is full: readings are dropped, the rest goes on. Cure: make room on it")
        self.tight, self._looked_at_s = True, time.monotonic()

    def refusal(self, count: int, journal: Path) -> NoRoomError:
        """So many pieces of telemetry are not written."""
        self.refused += count
        return NoRoomError(f"{journal}: not written: the card is full. Cure: make room on it")

    def regained(self) -> bool:
        """Whether there is room again. Looks now and then."""
        if time.monotonic() - self._looked_at_s < LOOK_EVERY_S:
            return False
        self._looked_at_s = time.monotonic()
        if self._reserve.keep():
            log.warning("the card has room again; %d readings were dropped", self.refused)
            self.tight, self.refused = False, 0
        return not self.tight

    def is_want_of_room(self, error: sqlite3.Error) -> bool:
        """Whether SQLite says so, or may mean it."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return code == sqlite3.SQLITE_FULL or (
            code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and self._reserve.card_is_full()
        )
