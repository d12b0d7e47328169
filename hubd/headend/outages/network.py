"""Where hubs hang: a tree of feeder, spur, transformer and service, each node named by its path from the feeder."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

Path = tuple[str, ...]
"""One to four names: `("F1", "S2", "T3", "house-4")` is a service."""

_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")
NO_PLACE = "no-place"
"""First name of the feeder that a hub without a known place is given, all for itself."""


class Level(IntEnum):
    """What a node is, by the length of its path."""

    FEEDER = 1
    SPUR = 2
    TRANSFORMER = 3
    SERVICE = 4


def parse_path(text: str) -> Path:
    """`feeder/spur/transformer` of a transformer's hub, or with `/service` of a customer's. Raises ValueError."""
    names = tuple(text.split("/"))
    if len(names) not in (Level.TRANSFORMER, Level.SERVICE) or not all(_NAME.fullmatch(name) for name in names):
        raise ValueError(f"{text!r} is not a place: feeder/spur/transformer, and for a customer's hub /service")
    return names


def spell(path: Path) -> str:
    """The path as people write it."""
    return "/".join(path)


def level(path: Path) -> Level:
    """What the node is."""
    return Level(len(path))


@dataclass(frozen=True, slots=True)
class Network:
    """The tree. `places` says where each hub hangs, `at` which hubs hang at a node itself, `below` how many hubs hang
    there and under it.
    """

    places: Mapping[str, Path]
    children: Mapping[Path, tuple[Path, ...]]
    at: Mapping[Path, tuple[str, ...]]
    below: Mapping[Path, int]

    def hubs_below(self, node: Path) -> list[str]:
        """The hubs at the node and under it."""
        hubs = list(self.at.get(node, ()))
        for child in self.children.get(node, ()):
            hubs += self.hubs_below(child)
        return hubs

    def is_customer(self, hub: str) -> bool:
        """Whether the hub hangs at a service (and not at a transformer)."""
        return len(self.places[hub]) == Level.SERVICE


def network_of(places: Mapping[str, Path]) -> Network:
    """The tree of these hubs."""
    children: dict[Path, dict[Path, None]] = {}
    at: dict[Path, list[str]] = {}
    below: dict[Path, int] = {}
    for hub, place in sorted(places.items()):
        at.setdefault(place, []).append(hub)
        for length in range(1, len(place) + 1):
            node = place[:length]
            below[node] = below.get(node, 0) + 1
            if length > 1:
                children.setdefault(place[: length - 1], {})[node] = None
    return Network(
        dict(places),
        {node: tuple(nodes) for node, nodes in children.items()},
        {node: tuple(hubs) for node, hubs in at.items()},
        below,
    )


def without_place(hub: str) -> Path:
    """A place of its own for a hub of which nobody knows where it hangs: it is grouped with no other."""
    return (f"{NO_PLACE}-{hub}", "-", "-", hub)
