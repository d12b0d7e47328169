"""When a level that was looked at is believed. Pure.

Edges only say when to look: gpiozero's own debouncing can drop the edge that matters, and the kernel can lose one.
So the level is looked at after every edge and every 100 ms, and a change is believed once every look for `steady_s`
has shown it, at least three of them. Its moment is that of the first of those looks. A line that bounces is believed
where it comes to rest.
"""

from dataclasses import dataclass, replace

LOOK_EVERY_S = 0.1
STEADY_S = 0.03
LEAST_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Level:
    """`on` is what is believed; None before the first belief."""

    on: bool | None = None
    steady_s: float = STEADY_S
    shown: bool | None = None
    """What the last look showed, where that is not what is believed."""
    shown_since_s: float = 0.0
    looks: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """The level is believed to have changed at this moment."""

    on: bool
    at_s: float


def look(level: Level, on: bool, now_s: float) -> tuple[Level, Changed | None]:
    """Take one look."""
    if on is level.on:
        return replace(level, shown=None, looks=0), None
    if on is not level.shown:
        return replace(level, shown=on, shown_since_s=now_s, looks=1), None
    level = replace(level, looks=level.looks + 1)
    if level.looks < LEAST_LOOKS or now_s - level.shown_since_s < level.steady_s:
        return level, None
    believed = replace(level, on=on, shown=None, looks=0)
    return believed, Changed(on, level.shown_since_s)


def look_again_s(level: Level) -> float:
    """How soon to look again even if no edge comes."""
    return LOOK_EVERY_S if level.shown is None else level.steady_s / LEAST_LOOKS
