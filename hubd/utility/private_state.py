"""The files that hold the hub's secrets: its own user's alone, in a folder that nobody else enters.

The journal holds tokens under way, zigpy's database the devices of the network; neither holds a network or link key
(those are in the radio), and both are treated as if they did.
"""

import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path

from hubd.errors import SecurityError

log = logging.getLogger(__name__)

PATTERNS = ("journal.sqlite*", "zigbee.*")


def require(folder: Path) -> list[Path]:
    """See to it, at the start: what may be read by others is closed, with a warning; returns what was. Raises
    SecurityError for what belongs to somebody else, or is not what it seems.
    """
    _require_own(folder, stat.S_ISDIR, "a folder")
    mended = _close(folder, 0o700)
    for path in sorted({found for pattern in PATTERNS for found in folder.glob(pattern)}):
        _require_own(path, stat.S_ISREG, "a plain file")
        mended += _close(path, 0o600)
    return mended


def _require_own(path: Path, is_kind: Callable[[int], bool], kind: str) -> None:
    found = path.lstat()
    if not is_kind(found.st_mode):
        raise SecurityError(f"{path}: is not {kind}. Cure: move it away; the hub makes its own")
    if found.st_uid != os.geteuid():
        raise SecurityError(
            f"{path}: belongs to user {found.st_uid}, the hub runs as {os.geteuid()}."
            f" Cure: chown {os.geteuid()} {path}, or run the hub as its own user"
        )


def _close(path: Path, mode: int) -> list[Path]:
    found = stat.S_IMODE(path.lstat().st_mode)
    if not found & 0o077:
        return []
    path.chmod(mode)
    log.warning("%s: could be read by others (%o); it is closed now (%o): see who has looked", path, found, mode)
    return [path]
