"""The end of the line that a host opens: `tcp_line.TcpLine` or `pty_line.PtyLine`. One host at a time.

Plain non-blocking descriptors and not asyncio's transports: a report must reach the line within the call that sends
it, and a pty's other side comes and goes without the descriptor ending.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Protocol

READ_AT_MOST = 65_536
BACKLOG_AT_MOST = 262_144
"""A host that does not read loses what comes after this many octets, as from a UART without flow control."""

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
