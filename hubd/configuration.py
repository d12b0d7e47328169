"""Reading TOML configuration into dataclasses, with errors that name file, key and cure."""

import dataclasses
import difflib
import errno
import ipaddress
import math
import os
import re
import tomllib
import typing
from pathlib import Path
from typing import Any, TypeVar, get_args

import msgspec

from hubd.errors import ConfigurationError

T = TypeVar("T")

MOST_BYTES = 16 * 1_048_576
LARGEST = 2**63 - 1


def read_octets(path: Path) -> bytes:
    """A file that people name. Raises OSError also for one without end."""
    with path.open("rb") as file:
        octets = file.read(MOST_BYTES + 1)
    if len(octets) > MOST_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return octets


def read_text(path: Path) -> str:
    """As `read_octets`. Raises UnicodeDecodeError for none of text."""
    return read_octets(path).decode()


def why_unread(error: OSError | ValueError, cure: str = "name a file of text that may be read") -> str:
    """In words, why `read_octets` or `read_text` failed, with the cure; the file's name is not among them."""
    why = (error.strerror or str(error)) if isinstance(error, OSError) else "it is not plain text"
    return f"cannot be read: {why}. Cure: {cure}"


def is_host(text: str) -> bool:
    """Whether it can be looked up as a name, or is an address. A port has a key of its own."""
    if ":" in text:
        return _is_ipv6(text)
    try:
        text.encode("idna")
    except UnicodeError:  # of an empty or an endless label
        return False
    return bool(text) and text.isprintable() and not set(text) & set(" /[]")


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def parse_toml(text: str) -> dict[str, Any]:
    """The document. Whatever is wrong with it is a TOMLDecodeError: also what tomllib gives up at for its depth or
    for the length of a number.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("brackets stand too deep in one another") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:
        raise tomllib.TOMLDecodeError("a number has thousands of digits") from None


def load_toml(path: Path, into: type[T], cure: str = "make it, or name the right file") -> T:
    """The file decoded into a (nested) dataclass. Raises ConfigurationError for a missing file, broken TOML,
    an unknown key (naming the nearest known one) or a value of the wrong type. Relative paths in the file count from
    the file's own folder. `cure`: what helps where there is no such file.
    """
    try:
        data = parse_toml(read_text(path))
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: no such file. Cure: {cure}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {why_unread(error, cure)}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from None
    try:
        anchored: T = _anchored(decode(data, into, where=str(path)), path.absolute().parent)
    except RuntimeError as error:  # of `expanduser`
        raise ConfigurationError(f"{path}: {error}. Cure: write the path in full") from None
    return anchored


def decode(data: dict[str, Any], into: type[T], where: str) -> T:
    """As `load_toml`, for a table already read; `where` names its origin in errors."""
    _refuse_unknown_keys(data, into, where, "")
    _refuse_endless(data, where, "")
    try:
        decoded = msgspec.convert(data, into, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{where}: {_in_words(str(error))}") from None
    return decoded


def _in_words(error: str) -> str:
    """What msgspec says of a value, the key first: `wan.port: expected int, got str`."""
    what, _, place = error.partition(" - at `$")
    place = place.strip("`.")
    if missing := re.fullmatch(r"Object missing required field `(.+)`", what):
        return f"{place}.{missing[1]} is missing".lstrip(".")
    words = (what[:1].lower() + what[1:]).replace("`", "")
    return f"{place}: {words}" if place else words


def _refuse_unknown_keys(data: dict[str, Any], into: Any, where: str, prefix: str) -> None:
    fields = _dataclass_fields(into)
    if not fields:
        return
    for key, value in data.items():
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known keys: {', '.join(sorted(fields))}"
            raise ConfigurationError(f"{where}: unknown key {prefix}{key}: {hint}")
        _descend(value, fields[key], where, f"{prefix}{key}.")


def _refuse_endless(value: Any, where: str, key: str) -> None:
    """No number that a file can mean is infinite, or none, or has hundreds of digits."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_endless(inner, where, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _refuse_endless(inner, where, f"{key}[{number}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ConfigurationError(f"{where}: {key} is {value}: it must be a finite number")
    elif isinstance(value, int) and abs(value) > LARGEST:
        raise ConfigurationError(f"{where}: {key} is a number of {len(str(abs(value)))} digits: none is so large")


def _descend(value: Any, kind: Any, where: str, prefix: str) -> None:
    for inner in (kind, *get_args(kind)):
        if isinstance(value, dict) and _dataclass_fields(inner):
            _refuse_unknown_keys(value, inner, where, prefix)
        elif isinstance(value, list) and _dataclass_fields(inner):
            for number, item in enumerate(value):
                if isinstance(item, dict):
                    _refuse_unknown_keys(item, inner, where, f"{prefix[:-1]}[{number}].")


def _dataclass_fields(kind: Any) -> dict[str, Any]:
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return {}
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        if not value or "\0" in value:
            raise ValueError("a path is empty, or has a character that no path has")
        return Path(value)
    raise ValueError(f"expected a {kind.__name__}")


def _anchored(value: Any, folder: Path) -> Any:
    if isinstance(value, Path):
        return folder / value.expanduser()
    if isinstance(value, tuple):
        return tuple(_anchored(item, folder) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _anchored(getattr(value, field.name), folder) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **fields)
    return value
