"""Child processes by name: started with a log, waited for, killed, started again, and always ended by their id."""

import asyncio
import collections
import ctypes
import functools
import os
import signal
import socket
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from hubd.errors import LinkError

STOP_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.02
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _die_with(parent: int) -> None:
    """Runs in the child before exec: the kernel ends it when its parent is gone, however that came about."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent was gone before the kernel was asked


class Child:
    """One child process and its restarts. Its output goes to `log`, appended."""

    def __init__(self, name: str, argv: list[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        """`environment`: what is added to ours, in every life."""
        self._environment = environment or {}
        self.name = name
        self.argv = argv
        self.log = log
        self._process: asyncio.subprocess.Process | None = None
        self.life_begins = 0
        """Where in the log the present life begins, in octets."""
        self._started_s = 0.0
        self._came_up = False
        self._asked_to_end = False
        self._readiness: tuple[int | None, Path | None, str | None, float] = (None, None, None, 0.0)

    @property
    def pid(self) -> int:
        """The process id of the present life."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def exit_code(self) -> int | None:
        """How the present life ended (negative: the signal); None while it lives."""
        return self._process.returncode if self._process else None

    @property
    def died(self) -> bool:
        """Whether it ended by itself, and not by `stop` or `kill9`. In its first life that counts from when it has
        come up, because whoever starts it is told of an end before; in a later one from its start.
        """
        return self._came_up and not self._asked_to_end and self.exit_code is not None

    @property
    def how_it_ended(self) -> str:
        """In words, as `ended with exit code 3`, `was killed by SIGKILL`."""
        code = self.exit_code
        if code is None:
            return "has not ended"
        return f"ended with exit code {code}" if code >= 0 else f"was killed by {_signal_name(-code)}"

    def lived_s(self) -> float:
        """How long ago the present life began."""
        return time.monotonic() - self._started_s

    async def start(self) -> None:
        """Start it."""
        self._started_s = time.monotonic()
        with self.log.open("ab") as log:
            self.life_begins = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *self.argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._environment},
                preexec_fn=functools.partial(_die_with, os.getpid()),
                start_new_session=True,
            )
        self._asked_to_end = False

    async def ready(
        self,
        *,
        port: int | None = None,
        file: Path | None = None,
        line: str | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        """Wait until the port answers, the file is there, and the log of this life has a line that begins so. Raises
        LinkError where the child ends first or it takes too long, with the last line of its log.
        """
        self._readiness = (port, file, line, timeout_s)
        give_up_at_s = time.monotonic() + timeout_s
        while not (_answers(port) and (file is None or file.exists()) and self._said(line)):
            if not self.running:
                raise LinkError(f"{self.name} {self.how_it_ended} at its start: {self._testament()}")
            if time.monotonic() > give_up_at_s:
                raise LinkError(f"{self.name} was not ready within {timeout_s:g} s: {self._testament()}")
            await asyncio.sleep(_LOOK_EVERY_S)
        self._came_up = True

    async def wait(self) -> int:
        """Wait for its end; returns the exit code (negative: the signal)."""
        assert self._process is not None
        return await self._process.wait()

    async def kill9(self) -> None:
        """SIGKILL: what the loss of power looks like to the process."""
        self._asked_to_end = True
        if self.running:
            assert self._process is not None
            self._process.kill()
            await self._process.wait()

    async def restart(self, argv: list[str] | None = None) -> None:
        """Start it again (after `kill9` or `stop`) and wait as the first time."""
        self.argv = argv or self.argv
        port, file, line, timeout_s = self._readiness
        if file is not None:
            file.unlink(missing_ok=True)
        await self.start()
        await self.ready(port=port, file=file, line=line, timeout_s=timeout_s)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL where that is not heard."""
        self._asked_to_end = True
        if not self.running:
            return
        assert self._process is not None
        self._process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            await self.kill9()

    def _said(self, line: str | None) -> bool:
        if line is None:
            return True
        with self.log.open(errors="replace") as log:
            log.seek(self.life_begins)
            return any(said.startswith(line) for said in log)

    def last_words(self) -> str:
        """The last line that this life logged."""
        lines = self.last_lines(1)
        return lines[0] if lines else "it said nothing"

    def last_lines(self, most: int) -> list[str]:
        """The last lines that this life logged; empty where it said nothing."""
        try:
            with self.log.open(errors="replace") as log:
                log.seek(self.life_begins)
                said = (line.rstrip() for line in log)
                return list(collections.deque((line for line in said if line), maxlen=most))
        except OSError:
            return []

    def _testament(self) -> str:
        return f"{self.last_words()}. Cure: read {self.log}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _answers(port: int | None) -> bool:
    if port is None:
        return True
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True


class Children(AbstractAsyncContextManager["Children"]):
    """All children of one undertaking; leaving the context ends them, the last started first."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    async def start(
        self, name: str, argv: list[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> Child:
        """Start one more."""
        child = Child(name, argv, log, environment)
        self._children.append(child)
        await child.start()
        return child

    async def __aexit__(self, *details: object) -> None:
        for child in reversed(self._children):
            await child.stop()
