"""Many visits, one after another on one warped clock, and what their devices took."""

import asyncio
import logging
import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from hubd.bench.joins.visit import CLASSES, Joined, prepare, visit
from hubd.bench.joins.warp import WarpedClock, WarpedLoop

LIMIT_S = 300.0
EDGES_S = (10, 20, 30, 60, 120, 300)
"""R12: nine devices in ten within five minutes."""
_MEMORY = Path("/dev/shm")  # noqa: S108 - a memory file system: flushing a disk is not what is measured


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one class, or of all: how many, how many did not join, and times in simulated seconds."""

    words: str
    devices: int
    failed: int
    p50_s: float | None
    p90_s: float | None
    longest_s: float | None
    key_p90_s: float | None
    interviewed_p90_s: float | None
    within: tuple[int, ...] = ()
    """How many joined within each of `EDGES_S` and not within the one before."""


def run(devices: int, seed: int, loss: float, say: Callable[[str], None]) -> list[Joined]:
    """As many visits as it takes for so many devices. The process's clocks are warped meanwhile."""
    logging.getLogger("hubd").setLevel(logging.ERROR)  # that the WAN is away is meant
    clock = WarpedClock()
    place = str(_MEMORY) if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="hubd-joins-", dir=place) as folder:
        layout = prepare(Path(folder) / "house")
        with clock.in_force(), asyncio.Runner(loop_factory=lambda: WarpedLoop(clock)) as runner:
            found: list[Joined] = []
            while len(found) < devices:
                number = len(found) // len(CLASSES) + 1
                found += runner.run(visit(layout, Path(folder) / f"visit-{number}", seed + number, loss))
                say(f"visit {number}: " + ", ".join(_words(each) for each in found[-len(CLASSES) :]))
    return found[:devices]


def spreads(found: Sequence[Joined]) -> list[Spread]:
    """A line for each class, and one for all."""
    lines = [_spread(each.words, [one for one in found if one.what is each]) for each in CLASSES]
    return [*(line for line in lines if line.devices), _spread("all", found)]


def _spread(words: str, found: Sequence[Joined]) -> Spread:
    times = [one.reading_s for one in found]
    return Spread(
        words,
        len(found),
        sum(time_s is None for time_s in times),
        _quantile(times, 0.5),
        _quantile(times, 0.9),
        _quantile(times, 1.0),
        _quantile([one.key_s for one in found], 0.9),
        _quantile([one.interviewed_s for one in found], 0.9),
        _within([time_s for time_s in times if time_s is not None]),
    )


def _within(times_s: Sequence[float]) -> tuple[int, ...]:
    edges = (0, *EDGES_S)
    return tuple(sum(low < time_s <= high for time_s in times_s) for low, high in pairwise(edges))


def _quantile(times: Sequence[float | None], share: float) -> float | None:
    """By nearest rank. A device that did not join took for ever: None where the quantile falls on one."""
    if not times:
        return None
    ordered = sorted(math.inf if one is None else one for one in times)
    value = ordered[max(0, math.ceil(share * len(ordered)) - 1)]
    return None if math.isinf(value) else round(value, 1)


def _words(one: Joined) -> str:
    return "did not join" if one.reading_s is None else f"{one.reading_s:.1f} s"
