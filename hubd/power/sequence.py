"""Sequence files: a history of supply, written by hand.

TOML with one key, `supply`: pairs of seconds off and seconds on, in turn. The last entry is `["off"]` (it stays off)
or `[x, "hold"]` (off for x seconds, then on for good). An optional `name` says what it shows.

    supply = [[5, 0.1], [5, 0.1], [5, 2], ["off"]]
"""

import math
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from hubd.configuration import parse_toml, read_text, why_unread
from hubd.errors import ConfigurationError
from hubd.power.rules import on_grid

KEYS = ("supply", "name")
MOST_ENTRIES = 100_000
LONGEST_S = 366 * 86_400.0
SHORTEST_S = 1e-6


@dataclass(frozen=True, slots=True)
class Edge:
    """Supply goes off or on, so many seconds after the first loss."""

    at_s: float
    on: bool


def read(path: Path) -> tuple[Edge, ...]:
    """The edges of a sequence file. ConfigurationError names the file, the entry and the cure."""
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {why_unread(error)}") from None
    return parse(text, str(path))


def parse(text: str, source: str) -> tuple[Edge, ...]:
    """The edges of a sequence file's text; `source` is what errors call it."""
    try:
        document = parse_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{source}: not TOML: {error}") from error
    for key in document:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1) or ["supply"]
            raise ConfigurationError(f"{source}: unknown key {key!r}: did you mean {near[0]!r}?")
    if not isinstance(document.get("name", ""), str):
        raise ConfigurationError(f"{source}: name is {_shown(document['name'])}: a text that says what it shows")
    if "supply" not in document:
        raise ConfigurationError(f'{source}: the key "supply" is missing, as in: supply = [[5, 0.1], ["off"]]')
    return edges(document["supply"], source)


def edges(supply: object, source: str) -> tuple[Edge, ...]:
    """The edges of a list of entries, as it stands under `supply`."""
    if isinstance(supply, list) and len(supply) > MOST_ENTRIES:
        raise ConfigurationError(f"{source}: supply has {len(supply)} entries: at most {MOST_ENTRIES}")
    if not isinstance(supply, list) or not supply:
        raise ConfigurationError(f'{source}: supply must be a list of entries such as [5, 0.1] or ["off"]')
    found: list[Edge] = []
    now_s = 0.0
    for number, entry in enumerate(supply, 1):
        where = f"{source}: supply, entry {number} of {len(supply)} {_shown(entry)}"
        off_s, on_s = _entry(entry, number == len(supply), where)
        found.append(Edge(now_s, on=False))
        if off_s is not None:
            now_s = on_grid(now_s + off_s)
            found.append(Edge(now_s, on=True))
        if on_s is not None:
            now_s = on_grid(now_s + on_s)
    return tuple(found)


def _entry(entry: object, last: bool, where: str) -> tuple[float | None, float | None]:
    """Seconds off (None: for good) and seconds on (None: for good, or never)."""
    if entry == ["off"]:
        if not last:
            raise ConfigurationError(f'{where}: only the last entry may be ["off"]')
        return None, None
    if not isinstance(entry, list) or len(entry) != 2:
        raise ConfigurationError(f'{where}: must be [seconds off, seconds on], [seconds off, "hold"] or ["off"]')
    off_s = _seconds(entry[0], f"{where}: seconds off")
    if entry[1] == "hold":
        if not last:
            raise ConfigurationError(f'{where}: only the last entry may end in "hold"')
        return off_s, None
    on_s = _seconds(entry[1], f"{where}: seconds on")
    if last:
        raise ConfigurationError(f'{where}: the last entry must be ["off"] or [seconds off, "hold"]')
    return off_s, on_s


def _seconds(value: object, what: str) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigurationError(f"{what} must be a number, not {_shown(value)}")
    if not SHORTEST_S <= value <= LONGEST_S:
        raise ConfigurationError(f"{what} must be more than 0 and at most {LONGEST_S:.0f}, not {_shown(value)}")
    return float(value)


def _shown(value: object) -> str:
    text = repr(value).replace("'", '"')
    return text if len(text) <= 60 else text[:57] + "..."
