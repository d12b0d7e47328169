"""The distribution of joining times as a table, and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from hubd.bench.joins.joins import EDGES_S, LIMIT_S, Spread
from hubd.bench.joins.visit import Joined

SPREAD = ("class", *(f"to {edge} s" for edge in EDGES_S), f"over {EDGES_S[-1]} s", "not at all")
HEADS = ("class", "devices", "failed", "key P90", "interviewed P90", "reading P50", "reading P90", "longest")


def table(lines: Sequence[Spread]) -> None:
    """Print it: the quantiles of each step, and how the times are spread."""
    steps = Table(*HEADS, title="seconds of simulated time from the signed order to the first reading on disk")
    spread = Table(*SPREAD, title="devices by that time")
    for line in lines:
        times = (line.key_p90_s, line.interviewed_p90_s, line.p50_s, line.p90_s, line.longest_s)
        told = ("-" if time_s is None else f"{time_s:.1f}" for time_s in times)
        steps.add_row(line.words, str(line.devices), str(line.failed), *told)
        late = line.devices - line.failed - sum(line.within)
        spread.add_row(line.words, *map(str, (*line.within, late, line.failed)))
    console = Console(width=134)
    console.print(steps)
    console.print(spread)


def document(found: Sequence[Joined], lines: Sequence[Spread], seed: int, loss: float) -> dict[str, Any]:
    """Everything, for machines."""
    return {
        "seed": seed,
        "loss": loss,
        "limit_s": LIMIT_S,
        "within_limit": within_limit(lines),
        "classes": [asdict(line) for line in lines],
        "devices": [
            {
                "class": one.what.words,
                "key_s": one.key_s,
                "interviewed_s": one.interviewed_s,
                "reading_s": one.reading_s,
            }
            for one in found
        ],
    }


def within_limit(lines: Sequence[Spread]) -> bool:
    """R12: nine devices in ten within the limit, of each class and of all."""
    return all(line.p90_s is not None and line.p90_s <= LIMIT_S for line in lines)
