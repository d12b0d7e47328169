"""A small JSON file that is there whole or not at all, and its user's alone: what a bench remembers holds keys."""

import os
from pathlib import Path
from typing import Any

import msgspec

from hubd.errors import ConfigurationError


def load(path: Path) -> dict[str, Any]:
    """What the file holds; {} where there is none. One that others can read is closed. Raises ConfigurationError
    where it is not a JSON object.
    """
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{path}: is not what this program wrote: {error}. Cure: remove it") from None


def replace(path: Path, octets: bytes) -> None:
    """Write beside, then rename over: a reader, or a start after a kill, sees the old or the new, never a half. 0600.
    It outlives the process, not a loss of power (no fsync). Raises ConfigurationError where the place cannot be
    written.
    """
    beside = path.with_name(path.name + ".new")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)  # one that an earlier life left there keeps its mode
            file.write(octets)
        beside.replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None
