"""A document that a user asked for, written where he said."""

from pathlib import Path

from hubd.errors import ConfigurationError
from hubd.headend.files import write_whole


def write_document(path: Path, text: str) -> None:
    """Write it, for its owner alone to read (0600): the old whole or the new whole. No folder is made. Raises
    ConfigurationError.
    """
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path}: there is no such folder; nothing was written")
    if path.is_dir():
        raise ConfigurationError(f"{path}: this is a folder. Cure: name a file in it")
    try:
        write_whole(path, text.encode(), 0o600)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None
