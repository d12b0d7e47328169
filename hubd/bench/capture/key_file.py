"""The keys of a capture, as a file that Wireshark takes over: its table `zigbee_pc_keys`.

Copied into Wireshark's own folder, or a line at a time with `tshark -o 'uat:zigbee_pc_keys:LINE'`. Only the bench
writes such a file; the daemon has no such thing.
"""

import os
from pathlib import Path

from hubd.errors import ConfigurationError

SUFFIX = ".keys"


def beside(capture: Path) -> Path:
    """Where the keys of a capture stand."""
    return capture.with_name(capture.name + SUFFIX)


class KeyFile:
    """Every key once, in the order of first use; 0600, and continued where it is there."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigurationError where it cannot be written."""
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            os.fchmod(handle, 0o600)
            self._file = os.fdopen(handle, "a+b", buffering=0)
            self._file.seek(0)
            self._known = {line.split(b",")[0] for line in self._file.read().splitlines()}
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None
        self._seen: set[bytes] = set()

    def note(self, key: bytes, label: str) -> None:
        """A key is in use; written if it is new."""
        if key in self._seen:
            return
        self._seen.add(key)
        spelled = f'"{key.hex(":")}"'.encode()
        if spelled not in self._known:
            self._known.add(spelled)
            self._file.write(b'%s,"Normal","%s"\n' % (spelled, label.encode()))

    def close(self) -> None:
        """No more keys."""
        self._file.close()
