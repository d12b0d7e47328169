"""Signs that a key which stands is worth nothing, and when there are enough of them to look into it (pure).

One sign may be the air's doing. Two without a frame under the key in between are looked into; where that changes
nothing it is done again ever more seldom, for signs can be forged, and a device may have its own way of being silent.
"""

from dataclasses import dataclass, replace
from typing import Final

from hubd.model.identity import Eui64

SIGNS: Final = 2
FIRST_WAIT_S: Final = 60.0
LONGEST_WAIT_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Signs:
    """Of one device: how many since it was last heard under its key; before when nothing more is done about them."""

    count: int = 0
    not_before_s: float = 0.0
    wait_s: float = FIRST_WAIT_S


class Doubts:
    """Of all devices that have a key. Seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._signs: dict[Eui64, Signs] = {}

    def sign(self, device: Eui64, now_s: float) -> bool:
        """One more. Says whether to look into it now."""
        signs = self._signs.get(device, Signs(not_before_s=now_s))
        signs = replace(signs, count=signs.count + 1)
        if due := signs.count >= SIGNS and now_s >= signs.not_before_s:
            quiet = now_s >= signs.not_before_s + LONGEST_WAIT_S
            wait_s = FIRST_WAIT_S if quiet else signs.wait_s
            signs = Signs(0, now_s + wait_s, min(2 * wait_s, LONGEST_WAIT_S))
        self._signs[device] = signs
        return due

    def heard(self, device: Eui64) -> None:
        """A frame of it came under the key."""
        if (signs := self._signs.get(device)) is not None and signs.count:
            self._signs[device] = replace(signs, count=0)

    def forget(self, device: Eui64) -> None:
        """It has no key any more."""
        self._signs.pop(device, None)
