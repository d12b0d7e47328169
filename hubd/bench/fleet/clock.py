"""The time of the story: the machine's own, or so many times faster, the same in every process."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoryClock:
    """`zero_unix_s`: when the clock was set; from there it runs `speed` times as fast as the machine's."""

    zero_unix_s: float
    speed: float

    def now_s(self) -> float:
        """Unix seconds of the story."""
        return self.zero_unix_s + (time.time() - self.zero_unix_s) * self.speed

    def real_unix_s(self, story_unix_s: float) -> float:
        """When the machine's clock shows what the story's shows then."""
        return self.zero_unix_s + (story_unix_s - self.zero_unix_s) / self.speed
