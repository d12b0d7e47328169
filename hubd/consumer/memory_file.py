"""What the consumer remembers of its meters from one run to the next: a small JSON file, written seldom."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import msgspec

from hubd.configuration import read_octets
from hubd.consumer.meter import KnownMeter
from hubd.errors import StoreError

log = logging.getLogger(__name__)

WRITE_AT_MOST_EVERY_S = 60.0


class _Memory(msgspec.Struct, frozen=True):
    v: Literal[1]
    meters: list[KnownMeter]


class MemoryFile:
    """There whole or not at all, after a loss of power too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = asyncio.Event()
        self._one_at_a_time = threading.Lock()
        self._warned = False

    def load(self) -> list[KnownMeter]:
        """What the last run knew; makes the folder. A file that cannot be understood is set aside, with a warning.
        Blocks. Raises StoreError where the folder cannot be made.
        """
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            cure = "Cure: name a folder of this user"
            raise StoreError(f"{self._path.parent}: cannot be made: {error.strerror}. {cure}") from None
        try:
            return msgspec.json.decode(read_octets(self._path), type=_Memory).meters
        except FileNotFoundError:
            return []
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            aside = self._path.with_suffix(".broken")
            log.warning("%s cannot be understood; it is set aside as %s", self._path, aside.name)
            self._path.replace(aside)
            return []

    def changed(self) -> None:
        """There is something new to remember."""
        self._changed.set()

    async def run(self, meters: Callable[[], Iterable[KnownMeter]]) -> None:
        """Write at most once a minute while there is something new, and at the end. For ever; cancel to stop."""
        try:
            while True:
                await self._changed.wait()
                await self._write(meters())
                await asyncio.sleep(WRITE_AT_MOST_EVERY_S)
        finally:
            if self._changed.is_set():
                await self._write(meters())

    async def _write(self, meters: Iterable[KnownMeter]) -> None:
        octets = msgspec.json.encode(_Memory(1, list(meters)))
        self._changed.clear()
        try:
            await asyncio.to_thread(self._replace, octets)
        except OSError as error:
            if not self._warned:
                log.warning("%s cannot be written: %s; going on without", self._path, error.strerror)
            self._warned = True
        else:
            self._warned = False

    def _replace(self, octets: bytes) -> None:
        with self._one_at_a_time:  # a cancelled write goes on in its thread while the last one comes
            _replace(self._path, octets)


def _replace(path: Path, octets: bytes) -> None:
    """Write beside, flush, rename over, flush the folder."""
    beside = path.with_suffix(".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
