"""The files that verbs write where they are told to: for the eyes of their owner, and never half."""

from pathlib import Path

from hubd.errors import ConfigurationError
from hubd.headend.files import write_whole


def write_private(path: Path, content: bytes) -> None:
    """Replace the file in one step, with mode 0600; its folder is made where there is none. Raises
    ConfigurationError where it cannot be written.
    """
    if is_there(path) and not path.is_file():
        raise ConfigurationError(f"{path}: this is no plain file, and is not replaced. Cure: name another place")
    try:
        write_whole(path, content, 0o600)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}. Cure: name another place") from None


def write_document(path: Path, text: str) -> None:
    """As `write_private`, for a document that a user asked for: no folder is made, so that one that was mistyped is
    told. Raises ConfigurationError.
    """
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path}: there is no such folder; nothing was written. Cure: make it first")
    if path.is_dir():
        raise ConfigurationError(f"{path}: this is a folder. Cure: name a file in it")
    write_private(path, text.encode())


def is_there(path: Path) -> bool:
    """Whether there is such a file. Raises ConfigurationError where that cannot be told."""
    try:
        return path.exists()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be looked for: {error.strerror}. Cure: name another place") from None


def place_for(path: Path | None, option: str) -> Path | None:
    """The path, where its folder is there. Raises ConfigurationError that names the option."""
    if path is not None and not path.absolute().parent.is_dir():
        raise ConfigurationError(f"{option}: there is no directory {path.absolute().parent}. Cure: make it first")
    return path
