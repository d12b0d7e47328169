"""How long to wait before trying again."""

import random
from collections.abc import Iterator


def delays_s(first_s: float, longest_s: float, chance: random.Random) -> Iterator[float]:
    """Doubling from `first_s` to `longest_s`, each between half and the whole of itself, so that many do not march
    in step.
    """
    delay_s = first_s
    while True:
        yield delay_s * (0.5 + 0.5 * chance.random())
        delay_s = min(delay_s * 2, longest_s)
