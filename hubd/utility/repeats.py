"""Events that a hostile neighbour could cause without end: told at once, then ever more seldom, all counted (pure).

Two bounds. Of one kind the first is told at once, the next after a minute, then after two, four, up to an hour: so
one that goes on leaves room for others. Of one name no more than 20 are told in an hour, whatever addresses are
invented. What is not told is in the number of the next of its kind, or in one number when the hour is over: none is
lost.
"""

from dataclasses import dataclass
from typing import Final

TELL_EVERY_S: Final = 60.0
AN_HOUR_S = 3_600.0
MOST_AN_HOUR: Final = 20

Key = tuple[str, ...]
"""The name of the event first, then what tells its kinds apart: nothing that the sender can choose at will."""


@dataclass(slots=True)
class _Kind:
    """When it was told last, for how long it is only counted now, and how many were."""

    told_at_s: float
    wait_s: float
    held: int = 0


@dataclass(slots=True)
class _Hour:
    """Of one name: how many were told in it, and how many more there were that no kind counts."""

    over_at_s: float
    told: int = 0
    more: int = 0


class Repeats:
    """Decides which of many like events are told. `left_over` is to be asked before `times_to_tell`, and when
    `next_due_s` has come.
    """

    def __init__(self) -> None:
        self._kinds: dict[Key, _Kind] = {}
        self._hours: dict[str, _Hour] = {}

    def times_to_tell(self, name: str, kind: Key, now_s: float) -> int:
        """One more event of this kind happened. Returns how many to tell now, this one included; 0: not now."""
        hour = self._hours.setdefault(name, _Hour(now_s + AN_HOUR_S))
        key = (name, *kind)
        known = self._kinds.get(key)
        if known is not None and now_s < known.told_at_s + known.wait_s:
            known.held += 1
            return 0
        if hour.told >= MOST_AN_HOUR:
            hour.more += 1
            return 0
        hour.told += 1
        self._kinds[key] = _Kind(now_s, TELL_EVERY_S if known is None else min(2 * known.wait_s, AN_HOUR_S))
        return 1 if known is None else 1 + known.held

    def left_over(self, now_s: float) -> dict[str, int]:
        """By name, how many were not told in an hour that is over now. They count as told."""
        over = [name for name, hour in self._hours.items() if now_s >= hour.over_at_s]
        counted = {name: self._hours.pop(name).more + self._take_held(name) for name in over}
        for key in [key for key, kind in self._kinds.items() if now_s >= kind.told_at_s + kind.wait_s + AN_HOUR_S]:
            del self._kinds[key]  # quiet for an hour: as at the beginning
        return {name: count for name, count in counted.items() if count}

    def next_due_s(self) -> float | None:
        """When an hour is over; None: none has begun."""
        return min((hour.over_at_s for hour in self._hours.values()), default=None)

    def _take_held(self, name: str) -> int:
        kinds = [kind for key, kind in self._kinds.items() if key[0] == name]
        held = sum(kind.held for kind in kinds)
        for kind in kinds:
            kind.held = 0
        return held
