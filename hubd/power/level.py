"""When a level that was looked at is believed. Pure.

Edges only say when to look: gpiozero's own debouncing can drop the edge that matters, and the kernel can lose one.
So the level is looked at after every edge and every 100 ms, and a change is believed after `steady_s` and at least
five looks that have shown it. Its moment is that of the first of those looks. A line that bounces is off where it
comes to rest.

Behind an opto-isolator without enough capacitance, mains that is there looks off for a moment at each zero
crossing. Three things keep such a ripple from being a loss, and let its return be seen. The looks at a change come
at uneven gaps, which fit no rhythm of 50 or 60 Hz, so that some of them meet the voltage. A line that moved between
two looks was not off between them; not for ever, though: what a hundred looks in a row have shown off is off, and
its edges are noise. And supply is back where half of the looks show it.
"""

from dataclasses import dataclass, replace

LOOK_EVERY_S = 0.1
STEADY_S = 0.03
LEAST_LOOKS = 5
GAPS = (0.13, 0.23, 0.2, 0.3, 0.17)
"""Between the looks at a change, in parts of `steady_s`: 30 ms and one more in all. On a period of 20, 16.7, 10 or
8.3 ms the looks lie too far apart for all to fall between two half waves.
"""
NOISE_LOOKS = 100
"""So many looks in a row count for more than the edges between them: about 0.6 s."""


@dataclass(frozen=True, slots=True)
class Level:
    """`on` is what is believed; None before the first belief."""

    on: bool | None = None
    steady_s: float = STEADY_S
    shown: bool | None = None
    """What was shown lately and is not believed yet, if anything."""
    shown_since_s: float = 0.0
    in_a_row: int = 0
    """Looks since."""
    steady_since_s: float = 0.0
    looks: int = 0
    """Looks that have shown it: off, since the line last moved."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The level is believed to have changed at this moment."""

    on: bool
    at_s: float


def look(level: Level, on: bool, now_s: float, *, moved: bool = False) -> tuple[Level, Changed | None]:
    """Take one look. `moved`: an edge came since the last one."""
    if on is not level.shown:
        return _shown_otherwise(level, on, now_s), None
    level = replace(level, in_a_row=level.in_a_row + 1, looks=level.looks + 1)
    if moved and not on:
        level = replace(level, steady_since_s=now_s, looks=1)
    since_s = _since_s(level, now_s)
    if since_s is None:
        return level, None
    return Level(on, level.steady_s), Changed(on, since_s)


def _shown_otherwise(level: Level, on: bool, now_s: float) -> Level:
    """The look does not show what the last ones did."""
    if level.shown and 2 * level.looks > level.in_a_row:
        return replace(level, in_a_row=level.in_a_row + 1)
    if on is level.on:
        return Level(level.on, level.steady_s)
    return Level(level.on, level.steady_s, on, now_s, 1, now_s, 1)


def look_again_s(level: Level) -> float:
    """How soon to look again even if no edge comes."""
    if level.shown is None:
        return LOOK_EVERY_S
    return level.steady_s * GAPS[(level.in_a_row - 1) % len(GAPS)]


def look_for_edge_s(level: Level) -> float:
    """How soon an edge may make it look again: edges that come in a storm are no load. Where a change is looked at,
    not before its time: edges come in step with what disturbs the line.
    """
    return level.steady_s / 3 if level.shown is None else look_again_s(level)


def _since_s(level: Level, now_s: float) -> float | None:
    """Since when what is shown may be believed; None where it may not yet."""
    if level.in_a_row >= NOISE_LOOKS:
        return level.shown_since_s
    steady = level.looks >= LEAST_LOOKS and now_s - level.steady_since_s >= level.steady_s
    return level.steady_since_s if steady else None
