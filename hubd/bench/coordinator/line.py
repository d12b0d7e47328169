"""The two ends a host may open: a TCP port, or a pseudo-terminal that looks like a USB stick. One host at a time.

Plain non-blocking descriptors and not asyncio's transports: a report must reach the line within the call that sends
it, and a pty's other side comes and goes without the descriptor ending.
"""

import asyncio
import os
import select
import socket
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from hubd.errors import ConfigurationError, LinkError

READ_AT_MOST = 65_536
BACKLOG_AT_MOST = 262_144
"""A host that does not read loses what comes after this many octets, as from a UART without flow control."""
PTY_LOOK_S = 0.05
"""How often it is looked whether somebody has opened the pty."""

OnOctets = Callable[[bytes], None]
OnGone = Callable[[], None]


class Line(Protocol):
    """Where the host is."""

    def open(self) -> str:
        """Begin to listen; returns the address in words. Raises LinkError or ConfigurationError."""

    def write(self, octets: bytes) -> bool:
        """Send to the host; False where there is none, or it does not read."""

    def vanish(self, seconds: float) -> None:
        """Be gone, as a stick that is pulled out; back after this time."""

    def close(self) -> None:
        """End for good."""


class Stream:
    """A connected descriptor. Reads until the other side is gone; writes at once, or as soon as there is room."""

    def __init__(self, descriptor: int, on_octets: OnOctets, on_gone: OnGone) -> None:
        self._loop = asyncio.get_running_loop()
        self._fd = descriptor
        self._on_octets = on_octets
        self._on_gone = on_gone
        self._backlog = bytearray()
        os.set_blocking(descriptor, False)
        self._loop.add_reader(descriptor, self._readable)

    def write(self, octets: bytes) -> bool:
        """Send, or keep for later. False where it was thrown away."""
        if self._backlog:
            if len(self._backlog) > BACKLOG_AT_MOST:
                return False
            self._backlog += octets
            return True
        try:
            sent = os.write(self._fd, octets)
        except BlockingIOError:
            sent = 0
        except OSError:
            return False
        if sent < len(octets):
            self._backlog += octets[sent:]
            self._loop.add_writer(self._fd, self._writable)
        return True

    def detach(self) -> None:
        """Stop watching the descriptor; it is the owner's to close."""
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._backlog.clear()

    def _readable(self) -> None:
        try:
            octets = os.read(self._fd, READ_AT_MOST)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        if octets:
            self._on_octets(octets)
        else:
            self.detach()
            self._on_gone()

    def _writable(self) -> None:
        try:
            del self._backlog[: os.write(self._fd, self._backlog)]
        except BlockingIOError:
            return
        except OSError:
            self._backlog.clear()
        if not self._backlog:
            self._loop.remove_writer(self._fd)


class TcpLine:
    """A TCP port. A new host replaces the one before it."""

    def __init__(self, host: str, port: int, on_octets: OnOctets, on_new_host: OnGone) -> None:
        self._loop = asyncio.get_running_loop()
        self._address = (host, port)
        self._on_octets = on_octets
        self._on_new_host = on_new_host
        self._listener: socket.socket | None = None
        self._host: socket.socket | None = None
        self._stream: Stream | None = None
        self._back: asyncio.TimerHandle | None = None

    def open(self) -> str:
        """Listen. Raises LinkError where the port is taken or the host name unknown."""
        host, port = self._address
        try:
            self._listener = socket.create_server((host, port), reuse_port=False)
        except (OSError, OverflowError) as error:
            raise LinkError(
                f"tcp://{host}:{port} cannot be listened on: {error}. Cure: end the program that has it, or choose "
                "another port"
            ) from None
        self._listener.setblocking(False)
        self._address = (host, self._listener.getsockname()[1])
        self._loop.add_reader(self._listener.fileno(), self._accept)
        return f"tcp://{host}:{self._address[1]}"

    def write(self, octets: bytes) -> bool:
        """Send to the host, if there is one."""
        return self._stream.write(octets) if self._stream else False

    def vanish(self, seconds: float) -> None:
        """Cut the host off and refuse connections for a while."""
        self.close()
        self._back = self._loop.call_later(seconds, self.open)

    def close(self) -> None:
        """End."""
        if self._back:
            self._back.cancel()
        if self._listener:
            self._loop.remove_reader(self._listener.fileno())
            self._listener.close()
            self._listener = None
        self._drop()

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            host, _ = self._listener.accept()
        except OSError:
            return
        self._drop()
        host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host = host
        self._on_new_host()
        self._stream = Stream(host.fileno(), self._on_octets, self._drop)

    def _drop(self) -> None:
        if self._stream:
            self._stream.detach()
            self._stream = None
        if self._host:
            self._host.close()
            self._host = None


class PtyLine:
    """A pseudo-terminal in raw mode behind a symbolic link."""

    def __init__(self, path: Path, on_octets: OnOctets, on_new_host: OnGone) -> None:
        self._loop = asyncio.get_running_loop()
        self._path = path
        self._on_octets = on_octets
        self._on_new_host = on_new_host
        self._master: int | None = None
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
        self._master = master
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
            self._path.unlink(missing_ok=True)
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
