"""The consumer's end of the feed: it reads, and outlives whatever the writer does.

The writer may start later, die, start again or make the FIFO anew; the receiver goes on by itself. It always opens
the pipe again before it lets go of the old one, so that a writer never finds it without a reader in between.
"""

import asyncio
import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path

from hubd.errors import WireError
from hubd.feed.frames import Frame, decode
from hubd.feed.lines import Lines

log = logging.getLogger(__name__)

READ_BYTES = 65_536
"""What a pipe holds by default (pipe(7)); also the most that is decoded before the loop does something else."""
LOOK_AGAIN_S = 5.0
"""How soon a FIFO that was made anew in the old one's place is noticed while nothing comes."""
TRY_AGAIN_S = 0.25
"""How soon a FIFO that was not there is noticed."""
QUIET_S = 60.0
"""An outage of good sense has ended when nothing was refused for so long; the next one is worth a warning again."""


class FeedReceiver:
    """Calls `on_frame` for each good frame, in order, on the loop; it must not block. What is no frame is counted."""

    def __init__(self, fifo: Path, on_frame: Callable[[Frame], None]) -> None:
        self._fifo = fifo
        self._on_frame = on_frame
        self._lines = Lines()
        self._warned_missing = False
        self._refused_at_s = float("-inf")
        self.refused = 0
        """Lines so far that were no frame of the closed list."""

    async def run(self) -> None:
        """Read for ever; cancel to stop."""
        fd = await self._opened()
        try:
            while True:
                if not await _readable(fd, LOOK_AGAIN_S):
                    fd = await self._replaced(fd) if self._made_anew(fd) else fd
                elif not self._take(fd):
                    fd = await self._replaced(fd)
        finally:
            os.close(fd)

    async def _opened(self) -> int:
        while (fd := self._open()) is None:
            await asyncio.sleep(TRY_AGAIN_S)
        self._warned_missing = False
        return fd

    def _open(self) -> int | None:
        try:
            fd = os.open(self._fifo, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self._warn_missing(str(error.strerror))
            return None
        if not stat.S_ISFIFO(os.fstat(fd).st_mode):
            os.close(fd)
            self._warn_missing("not a FIFO")
            return None
        return fd

    def _warn_missing(self, why: str) -> None:
        if not self._warned_missing:
            log.warning("the feed %s cannot be read (%s); waiting for hubd utility to make it", self._fifo, why)
        self._warned_missing = True

    async def _replaced(self, old: int) -> int:
        """The pipe opened anew, which clears the end-of-file that the last writer left in the old one."""
        self._lines.forget()
        new = await self._opened()
        os.close(old)
        return new

    def _made_anew(self, fd: int) -> bool:
        try:
            there = os.stat(self._fifo)
        except OSError:
            return True
        return not os.path.samestat(there, os.fstat(fd))

    def _take(self, fd: int) -> bool:
        """Read once. False at the end of the file: there is no writer any more."""
        try:
            octets = os.read(fd, READ_BYTES)
        except BlockingIOError:
            return True
        overlong = self._lines.overlong
        for line in self._lines.feed(octets):
            self._take_line(line)
        if self._lines.overlong > overlong:
            self._refuse(self._lines.overlong - overlong)
        return bool(octets)

    def _take_line(self, line: bytes) -> None:
        try:
            frame = decode(line)
        except WireError:
            self._refuse(1)
        else:
            self._on_frame(frame)

    def _refuse(self, lines: int) -> None:
        self.refused += lines
        now_s = asyncio.get_running_loop().time()
        if now_s - self._refused_at_s > QUIET_S:
            log.warning(
                "the feed brought what is no frame (%d lines since the start): do both daemons run the same version?",
                self.refused,
            )
        self._refused_at_s = now_s


async def _readable(fd: int, within_s: float) -> bool:
    """Wait until there is something to read, or the writer is gone. False when the time ran out."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(fd, _settle, ready)
    try:
        async with asyncio.timeout(within_s):
            await ready
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(fd)
    return True


def _settle(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
