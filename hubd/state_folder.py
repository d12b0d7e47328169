"""A folder of state has one process at a time: two writers on one journal would be the end of both."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import IO

from hubd.errors import ConfigurationError, InUseError

LOCK = "lock"


def hold(folder: Path) -> IO[str]:
    """Make the folder (0700) where it is missing, and keep all others out until what is returned is closed; the
    kernel closes it for a process that is killed. Blocks. Raises ConfigurationError where the folder cannot be used,
    InUseError where another process holds it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = open(os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")  # noqa: SIM115
    except OSError as error:
        cure = "Cure: name a folder that this user may make and write"
        raise ConfigurationError(f"{folder}: cannot be made or used: {error.strerror}. {cure}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        with lock:
            holder = lock.readline().strip() or "unknown"
        raise InUseError(
            f"{folder}: process {holder} works on it already. Cure: end that one first, or name another folder"
        ) from None
    with contextlib.suppress(OSError):  # a full card has no room for a number; the lock holds without it
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
    return lock
