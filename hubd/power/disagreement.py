"""Two inputs that should say the same, and do not: one of them is stuck or its wire is off. Pure."""

from dataclasses import dataclass, replace

TOLD_AFTER_S = 5.0
"""A UPS board may take seconds to notice what the opto-isolator shows at once."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Since when the mains input and the board's power-good differ; `told` once per disagreement."""

    since_s: float | None = None
    told: bool = False


def compare(state: Disagreement, mains_on: bool, power_good: bool, now_s: float) -> tuple[Disagreement, bool]:
    """Take both levels. True: now is the moment to tell it."""
    if mains_on is power_good:
        return Disagreement(), False
    since_s = now_s if state.since_s is None else state.since_s
    due = not state.told and now_s - since_s >= TOLD_AFTER_S
    return replace(state, since_s=since_s, told=state.told or due), due
