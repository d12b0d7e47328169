"""What a home burns, minute by minute, from a seed: a boiler that heats and makes hot water, and a hob."""

from functools import lru_cache
from random import Random

MINUTES_A_DAY = 1_440
_DAY_S = 86_400
_BOILER_L_H = 2_400
_HOB_L_H = 250


class FlowCurve:
    """`flat_l_h` above 0: that flow day and night. Otherwise a home's. Times are UTC."""

    def __init__(self, seed: int, flat_l_h: int = 0) -> None:
        self._seed = seed
        self._flat_l_h = flat_l_h
        self._day = lru_cache(maxsize=3)(self._make_day)

    def litres_per_hour(self, unix_s: float) -> int:
        """Mean flow of the minute that holds this moment."""
        if self._flat_l_h:
            return self._flat_l_h
        day, second = divmod(int(unix_s), _DAY_S)
        return self._day(day)[second // 60]

    def _make_day(self, day: int) -> tuple[int, ...]:
        chance = Random(f"gas/{self._seed}/{day}")
        flow = [0] * MINUTES_A_DAY
        for first, last in ((6 * 60, 9 * 60), (16 * 60, 22 * 60)):
            for start in range(first + chance.randrange(20), last, 20):
                _burn(flow, start, chance.randint(4, 12), _BOILER_L_H)
        for _ in range(chance.randint(2, 6)):
            _burn(flow, chance.randrange(6 * 60, 23 * 60), chance.randint(2, 8), _BOILER_L_H)
        for hour in (7, 12, 18):
            _burn(flow, hour * 60 + chance.randrange(60), chance.randint(5, 30), _HOB_L_H)
        return tuple(flow)


def _burn(flow: list[int], start: int, minutes: int, litres_per_hour: int) -> None:
    for minute in range(start, min(start + minutes, MINUTES_A_DAY)):
        flow[minute] += litres_per_hour
