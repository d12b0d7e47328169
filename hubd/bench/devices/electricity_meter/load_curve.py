"""What a home draws and its panels make, minute by minute, from a seed: the same day is always the same day."""

import math
from functools import lru_cache
from random import Random

MINUTES_A_DAY = 1_440
_DAY_S = 86_400

_APPLIANCES = (
    # watts, minutes, most uses a day, from hour, to hour
    (2_800, 3, 7, 6, 22),  # kettle
    (8_500, 7, 2, 6, 9),  # shower
    (2_000, 35, 1, 16, 20),  # oven
    (1_200, 12, 2, 7, 21),  # hob
    (500, 70, 1, 8, 20),  # washing machine
    (120, 200, 1, 17, 23),  # television
)
_LIGHTS_W = 150


class LoadCurve:
    """Net power at the meter. `flat`: `base_w` day and night; otherwise `base_w` is what always runs in a home."""

    def __init__(self, seed: int, base_w: int, solar_w: int, flat: bool) -> None:
        self.base_w = base_w
        self.solar_w = solar_w
        self._seed = seed
        self._flat = flat
        self._day = lru_cache(maxsize=3)(self._make_day)

    def power_w(self, unix_s: float) -> int:
        """Mean power of the minute that holds this moment; positive: import. Times are UTC."""
        day, second = divmod(int(unix_s), _DAY_S)
        return self._day(day)[second // 60]

    def _make_day(self, day: int) -> tuple[int, ...]:
        chance = Random(f"{self._seed}/{day}")
        drawn = [self.base_w] * MINUTES_A_DAY
        if not self._flat:
            self._live(drawn, chance)
        sun = self._sun(day, chance) if self.solar_w else [0] * MINUTES_A_DAY
        return tuple(draw - make for draw, make in zip(drawn, sun, strict=True))

    def _live(self, drawn: list[int], chance: Random) -> None:
        for minute in range(MINUTES_A_DAY):
            hour = minute / 60
            evening = math.exp(-(((hour - 20) / 2.5) ** 2)) + 0.6 * math.exp(-(((hour - 7) / 1) ** 2))
            fridge = 60 if minute % 45 < 15 else -20
            drawn[minute] += round(_LIGHTS_W * evening) + fridge * (self.base_w >= 100) + chance.randrange(11)
        for watts, minutes, most, first, last in _APPLIANCES:
            for _ in range(chance.randint(most // 2, most)):
                start = chance.randrange(first * 60, last * 60)
                for minute in range(start, min(start + minutes, MINUTES_A_DAY)):
                    drawn[minute] += watts

    def _sun(self, day: int, chance: Random) -> list[int]:
        season = 0.6 - 0.4 * math.cos((day % 365.25 - 355) / 365.25 * math.tau)
        half_day_h = 4 + 4 * season
        clear = chance.uniform(0.25, 1.0)
        made, cloud = [], 1.0
        for minute in range(MINUTES_A_DAY):
            if minute % 10 == 0:
                cloud = chance.uniform(clear, 1.0) * clear
            height = math.cos((minute / 60 - 12.2) / half_day_h * math.pi / 2)
            up = abs(minute / 60 - 12.2) < half_day_h
            made.append(round(self.solar_w * season * cloud * height) if up else 0)
        return made
