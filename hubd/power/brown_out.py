"""Brown-outs: a voltage that is low and not gone. They are events of their own and never count as a loss of supply.

    state        voltage                 becomes      told
    good         below 90 % for 3 s      low          BrownOutBegan
    low          90 % or more for 3 s    good         BrownOutEnded
    good, low    below 10 %              good         BrownOutEnded(became_loss), if told; the rest is `last_gasp`

A pure machine of its own beside the last-gasp rules: the two share nothing but the measured voltage. Bounds after
IEEE 1159: below 0.1 of nominal is an interruption, 0.1 to 0.9 a sag.
"""

from dataclasses import dataclass, replace

LOW_PU = 0.9
GONE_PU = 0.1
STEADY_S = 3.0
"""Shorter sags are the inrush of motors; nobody is told."""


@dataclass(frozen=True, slots=True)
class BrownOut:
    """Whether a brown-out is told (`told_since_s`), and since when the voltage has said otherwise. Voltages in parts
    of nominal.
    """

    told_since_s: float | None = None
    differs_since_s: float | None = None
    least_pu: float = 1.0


@dataclass(frozen=True, slots=True)
class BrownOutBegan:
    """Duty: tell it. It began `for_s` ago."""

    for_s: float
    supply_pu: float


@dataclass(frozen=True, slots=True)
class BrownOutEnded:
    """Duty: tell it. `least_pu`: the lowest voltage of it."""

    lasted_s: float
    least_pu: float
    became_loss: bool


Effect = BrownOutBegan | BrownOutEnded


def step(state: BrownOut, supply_pu: float, now_s: float) -> tuple[BrownOut, tuple[Effect, ...]]:
    """Take one measurement. They come at least every second; a brown-out is as exact as that."""
    if supply_pu < GONE_PU:
        return BrownOut(), _ended(state, now_s, became_loss=True)
    low = supply_pu < LOW_PU
    told = state.told_since_s is not None
    if low:
        state = replace(state, least_pu=min(state.least_pu, supply_pu))
    if low is told:
        return replace(state, differs_since_s=None, least_pu=state.least_pu if told else 1.0), ()
    since_s = now_s if state.differs_since_s is None else state.differs_since_s
    if now_s - since_s < STEADY_S:
        return replace(state, differs_since_s=since_s), ()
    if low:
        return BrownOut(since_s, None, state.least_pu), (BrownOutBegan(now_s - since_s, supply_pu),)
    return BrownOut(), _ended(state, since_s, became_loss=False)


def _ended(state: BrownOut, end_s: float, *, became_loss: bool) -> tuple[Effect, ...]:
    if state.told_since_s is None:
        return ()
    return (BrownOutEnded(end_s - state.told_since_s, state.least_pu, became_loss),)
