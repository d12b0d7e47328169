"""The canonical stories, and the files in which others are written."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hubd.bench.grid.feeder import Fault, edges
from hubd.bench.grid.recloser import Recloser
from hubd.configuration import decode, parse_toml, read_text, why_unread
from hubd.errors import ConfigurationError
from hubd.power import sequence
from hubd.power.sequence import Edge

Edges = dict[str, tuple[Edge, ...]]


@dataclass(frozen=True)
class StoryFile:
    """A story as TOML: `[recloser]`, `[fault]`. A file with `supply = [...]` is a sequence (docs/outage.md)."""

    fault: Fault
    recloser: Recloser = field(default_factory=Recloser)
    name: str = ""


def recloser_success(feeder: str, spur: str) -> StoryFile:
    """A branch in the wind: gone after the third trip. Everybody on the feeder blinks three times."""
    return StoryFile(Fault(feeder, clears_after_trips=3))


def lock_out(feeder: str, spur: str) -> StoryFile:
    """A tree on the line: the recloser gives up, the whole feeder is off until somebody has been there."""
    return StoryFile(Fault(feeder, repaired_after_s=150.0))


def blown_fuse(feeder: str, spur: str) -> StoryFile:
    """A fault on a spur: two fast trips save its fuse in vain, at the third closing it blows. The spur stays off, the
    rest of the feeder has blinked twice.
    """
    return StoryFile(Fault(f"{feeder}/{spur}", fuse_s=1.0, repaired_after_s=150.0))


STORIES: Mapping[str, Callable[[str, str], StoryFile]] = {
    "recloser-success": recloser_success,
    "lock-out": lock_out,
    "blown-fuse": blown_fuse,
}


def edges_of(word: str, hubs: Mapping[str, str], on: str | None) -> Edges:
    """What a story's name or a file does to these hubs (name to topology). `on`: the hub, or the hub whose feeder and
    spur, it happens to; a sequence without it happens to all. Raises ConfigurationError.
    """
    if on is not None and on not in hubs:
        raise ConfigurationError(f"no hub {on!r} on this grid; there are {', '.join(sorted(hubs))}")
    if word in STORIES:
        feeder, spur = _feeder_and_spur(hubs[on] if on is not None else next(iter(hubs.values())))
        return _of(STORIES[word](feeder, spur), hubs)
    path = Path(word)
    if not path.exists():
        raise ConfigurationError(f"{word}: neither a file nor one of {', '.join(STORIES)}")
    return _of_file(path, hubs, on)


def of_table(data: dict[str, Any], where: str, hubs: Mapping[str, str]) -> Edges:
    """A story that was read already."""
    return _of(decode(data, StoryFile, where), hubs)


def _of_file(path: Path, hubs: Mapping[str, str], on: str | None) -> Edges:
    try:
        data = parse_toml(read_text(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {why_unread(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not valid TOML: {error}") from None
    if "supply" in data:
        one = sequence.read(path)
        return {hub: one for hub in hubs if on in (None, hub)}
    return of_table(data, str(path), hubs)


def _of(story: StoryFile, hubs: Mapping[str, str]) -> Edges:
    found = edges(story.recloser, story.fault, hubs)
    if not found:
        raise ConfigurationError(f"no hub hangs on the feeder of {story.fault.below!r}: see supply.topology")
    return found


def _feeder_and_spur(topology: str) -> tuple[str, str]:
    parts = topology.split("/")
    if len(parts) < 2:
        raise ConfigurationError(f"{topology!r} names no spur: see supply.topology")
    return parts[0], parts[1]
