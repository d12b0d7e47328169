"""The utility's end of the feed: it writes, never waits, and nothing that the reader does reaches it (R1).

The reader can only be absent, slow or gone, and each has one consequence: a frame is dropped whole and counted. What
was dropped comes back with the whole state, which is sent when a reader appears and every 30 s.
"""

import asyncio
import logging
import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from hubd.errors import ConfigurationError, WireError
from hubd.feed.frames import Frame, Mains, encode

log = logging.getLogger(__name__)

FIFO_MODE = 0o640
"""The owner writes, the group reads. The group is the folder's (setgid) or the service manager's to set."""
WELCOME_AT_MOST_EVERY_S = 1.0
"""A reader that comes and goes gets the whole state no oftener than this."""
QUIET_S = 60.0
"""After so long without a drop, a full pipe is worth a warning again: what the reader does must not fill the log."""


@dataclass(slots=True)
class FeedCounts:
    """Frames since the start."""

    sent: int = 0
    dropped_no_reader: int = 0
    dropped_full: int = 0
    refused: int = 0
    """Frames that the feed's own rules do not let cross: a fault of the caller."""


class FeedSender:
    """Writes frames to the FIFO, which it makes where there is none.

    Raises ConfigurationError where something else stands in its place. `monotonic_s` is the clock, for tests.
    """

    def __init__(self, fifo: Path, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._fifo = fifo
        self._monotonic_s = monotonic_s
        self._fd: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._latest: dict[tuple[type, str], Frame] = {}
        self._welcome_due = False
        self._welcomed_at_s = float("-inf")
        self._full_at_s = float("-inf")
        self._faulty = False
        self._counts = FeedCounts()
        _make(fifo)

    @property
    def counts(self) -> FeedCounts:
        """What became of the frames so far."""
        return replace(self._counts)

    def send(self, frame: Frame) -> None:
        """Write one frame, or drop and count it. A reader that has just come gets the whole state with it."""
        self._remember(frame)
        if not self._ready():
            self._counts.dropped_no_reader += 1
        elif not self._welcome():
            self._write(frame)

    def whole_state(self, frames: Sequence[Frame]) -> None:
        """Write all of it. From now on this, and what `send` adds to it, is what a new reader gets."""
        self._latest.clear()
        for frame in frames:
            self._remember(frame)
        if not self._ready():
            self._counts.dropped_no_reader += len(frames)
        elif not self._welcome():
            for frame in frames:
                self._write(frame)

    def close(self) -> None:
        """Let go of the pipe; the FIFO stays. The next `send` would open it again."""
        if self._fd is None:
            return
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)
        os.close(self._fd)
        self._fd = self._loop = None

    def _remember(self, frame: Frame) -> None:
        key = (type(frame), "" if isinstance(frame, Mains) else frame.alias)
        self._latest[key] = _laid_over(self._latest.get(key), frame)

    def _ready(self) -> bool:
        """Whether somebody reads. Opening for writing fails with ENXIO while nobody does (fifo(7))."""
        if self._fd is not None:
            return True
        try:
            fd = os.open(self._fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        if not stat.S_ISFIFO(os.fstat(fd).st_mode):
            os.close(fd)
            return False
        self._fd, self._welcome_due = fd, True
        self._watch(fd)
        log.debug("the feed is being read")
        return True

    def _watch(self, fd: int) -> None:
        """Notice that the last reader closed even if nothing is sent before the next one comes: the kernel then marks
        the write end with an error, which the loop tells as readable.
        """
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._loop.add_reader(fd, self._reader_left)

    def _reader_left(self) -> None:
        log.debug("nobody reads the feed; frames are dropped until somebody does")
        self.close()

    def _welcome(self) -> bool:
        """Send what a new reader must know, where one is due. False: nothing was due."""
        now_s = self._monotonic_s()
        if not self._welcome_due or now_s - self._welcomed_at_s < WELCOME_AT_MOST_EVERY_S:
            return False
        self._welcome_due, self._welcomed_at_s = False, now_s
        for frame in self._latest.values():
            self._write(frame)
        return True

    def _write(self, frame: Frame) -> None:
        if self._fd is None:
            self._counts.dropped_no_reader += 1
            return
        try:
            os.write(self._fd, encode(frame))
        except WireError:
            self._counts.refused += 1
            self._complain_once(frame)
        except BlockingIOError:
            self._counts.dropped_full += 1
            self._warn_once()
        except BrokenPipeError:
            self._counts.dropped_no_reader += 1
            self._reader_left()
        else:
            self._counts.sent += 1

    def _warn_once(self) -> None:
        now_s = self._monotonic_s()
        if now_s - self._full_at_s > QUIET_S:
            log.warning("the feed's reader does not keep up; frames are dropped until it does")
        self._full_at_s = now_s

    def _complain_once(self, frame: Frame) -> None:
        if not self._faulty:
            log.error("a frame of kind %s must not cross the feed and was not sent", type(frame).__name__)
        self._faulty = True


def _make(fifo: Path) -> None:
    try:
        os.mkfifo(fifo)
        fifo.chmod(FIFO_MODE)  # what mkfifo was given would pass through the umask
    except FileExistsError:
        if not stat.S_ISFIFO(fifo.lstat().st_mode):
            raise ConfigurationError(f"{fifo}: is not a FIFO. Cure: remove it, or name another place") from None
    except OSError as error:
        raise ConfigurationError(
            f"{fifo}: cannot be made: {error.strerror}. Cure: make its folder, owned by the user of hubd utility"
        ) from None


def _laid_over(old: Frame | None, new: Frame) -> Frame:
    """The new frame, with the old one's values where it says nothing."""
    if old is None:
        return new
    said = {name: value for name, value in msgspec.structs.asdict(new).items() if value is not None}
    return msgspec.structs.replace(old, **said)
