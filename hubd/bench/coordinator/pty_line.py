"""A pseudo-terminal as the serial line of a virtual coordinator: it looks like a USB stick."""

import asyncio
import os
import select
import tty
from pathlib import Path

from hubd.bench.coordinator.line import OnGone, OnOctets, Stream
from hubd.errors import ConfigurationError

PTY_LOOK_S = 0.05
"""How often it is looked whether somebody has opened the pty."""


class PtyLine:
    """A pseudo-terminal in raw mode behind a symbolic link."""

    def __init__(self, path: Path, on_octets: OnOctets, on_new_host: OnGone) -> None:
        self._loop = asyncio.get_running_loop()
        self._path = path
        self._on_octets = on_octets
        self._on_new_host = on_new_host
        self._master: int | None = None
        self._name = ""
        self._stream: Stream | None = None
        self._timer: asyncio.TimerHandle | None = None

    def open(self) -> str:
        """Make the pty and the link. Raises ConfigurationError where the link's place cannot be written."""
        master, slave = os.openpty()
        name = os.ttyname(slave)
        tty.setraw(slave)
        os.close(slave)
        try:
            if self._path.is_symlink():
                self._path.unlink()
            self._path.symlink_to(name)
        except OSError as error:
            os.close(master)
            raise ConfigurationError(f"{self._path}: cannot be made a link to the pty: {error.strerror}") from None
        self._master, self._name = master, name
        self._look()
        return str(self._path)

    def write(self, octets: bytes) -> bool:
        """Send to the host, if somebody has opened the pty."""
        return self._stream.write(octets) if self._stream else False

    def vanish(self, seconds: float) -> None:
        """The device file goes, as when a stick is pulled; a new pty stands there afterwards."""
        self.close()
        self._timer = self._loop.call_later(seconds, self.open)

    def close(self) -> None:
        """End; the link goes with it."""
        if self._timer:
            self._timer.cancel()
        if self._stream:
            self._stream.detach()
            self._stream = None
        if self._master is not None:
            if self._path.is_symlink() and str(self._path.readlink()) == self._name:
                self._path.unlink()  # another's, who came after us, stays
            os.close(self._master)
            self._master = None

    def _look(self) -> None:
        """A pty whose other side is closed is ready to read for ever: so it is not read until somebody opens it."""
        assert self._master is not None
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        if any(events & select.POLLHUP for _, events in poll.poll(0)):
            self._timer = self._loop.call_later(PTY_LOOK_S, self._look)
        else:
            self._on_new_host()
            self._stream = Stream(self._master, self._on_octets, self._host_gone)

    def _host_gone(self) -> None:
        self._stream = None
        self._look()
