"""A feeder: one recloser at its head, fuses at its spurs, and hubs that hang somewhere below. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from hubd.bench.grid.recloser import LONGEST_S, Recloser, run
from hubd.errors import ConfigurationError
from hubd.power.sequence import Edge


@dataclass(frozen=True, slots=True)
class Fault:
    """A short circuit. `below`: the part of the topology it is on, as `f1` (the feeder itself) or `f1/s2`; what hangs
    there is behind the fuse, where it has one. `clears_after_trips` None: it stays until it is repaired.
    """

    below: str
    clears_after_trips: int | None = None
    fuse_s: float | None = None
    repaired_after_s: float | None = None
    """From the first trip; then everybody has supply for good. None: nobody comes."""

    def __post_init__(self) -> None:
        times_s = [time_s for time_s in (self.fuse_s, self.repaired_after_s) if time_s is not None]
        if not all(0 < time_s <= LONGEST_S for time_s in times_s):
            raise ConfigurationError(f"a fault: fuse_s and repaired_after_s are above 0 and at most {LONGEST_S:g} s")
        if self.clears_after_trips is not None and self.clears_after_trips < 1:
            raise ConfigurationError(f"a fault: clears_after_trips is {self.clears_after_trips}: at least 1")


def edges(recloser: Recloser, fault: Fault, hubs: Mapping[str, str]) -> dict[str, tuple[Edge, ...]]:
    """For each hub (name to topology): when its supply goes and comes, in seconds since the first trip. A hub of
    another feeder notices nothing.
    """
    feeder = fault.below.split("/", 1)[0]
    on_feeder = {hub: path for hub, path in hubs.items() if path.split("/", 1)[0] == feeder}
    happens = run(recloser, fault.clears_after_trips, fault.fuse_s)
    shared = sorted(
        [Edge(at_s, False) for at_s in happens.opened] + [Edge(at_s, True) for at_s in happens.closed],
        key=lambda edge: edge.at_s,
    )
    found: dict[str, tuple[Edge, ...]] = {}
    for hub, path in on_feeder.items():
        own = list(shared)
        if happens.blew_s is not None and _hangs_below(path, fault.below):
            own.append(Edge(happens.blew_s, False))
        found[hub] = tuple(own if fault.repaired_after_s is None else _repaired(own, fault.repaired_after_s))
    return found


def _repaired(own: list[Edge], at_s: float) -> list[Edge]:
    """Nothing happens any more after that."""
    before = [edge for edge in own if edge.at_s < at_s]
    return before if before[-1].on else [*before, Edge(at_s, True)]


def _hangs_below(path: str, part: str) -> bool:
    return path == part or path.startswith(part + "/")
