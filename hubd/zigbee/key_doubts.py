"""Finds out a key that stands and is worth nothing, and has another made; the old one stands until that is done.

How it comes to that: hub and device die or part at the wrong moment, a meter is reset, a firmware says that it took a
key and did not. The radio drops what it cannot decrypt and does not tell, so it shows as silence: the device does not
answer under its link key, and still answers under the network key. Or its frames come without the link key.
"""

import time
from collections.abc import Callable
from typing import Protocol

from hubd.model.han import KeyInDoubt
from hubd.model.identity import Eui64
from hubd.zigbee.background import Background
from hubd.zigbee.doubts import Doubts
from hubd.zigbee.established_keys import EstablishedKeys

_SILENT = "it answers under the network key, and not under its link key"
_UNSECURED = "its frames come without APS security"


class Air(Protocol):
    """What is asked of `SmartEnergyApplication`."""

    async def hears(self, device: Eui64, within_s: float) -> bool:
        """Whether the device answers a question under the network key alone."""


class KeyDoubts:
    """`renew` begins an exchange with a device whose key stands."""

    def __init__(
        self,
        keys: EstablishedKeys,
        background: Background,
        tell: Callable[[KeyInDoubt], None],
        renew: Callable[[Eui64], None],
    ) -> None:
        self._keys = keys
        self._background = background
        self._tell = tell
        self._renew = renew
        self._doubts = Doubts()

    def heard(self, device: Eui64) -> None:
        """A frame of it came under the key."""
        self._doubts.heard(device)

    def unanswered(self, device: Eui64, air: Air, within_s: float) -> None:
        """What it was asked under the key came to nothing. `within_s`: how long it may take to answer anything."""
        if self._is_to_be_looked_into(device):
            self._background.spawn(self._look(device, air, within_s), f"whether {device} hears")

    def unsecured(self, device: Eui64) -> None:
        """A frame of it that must be under the key came without."""
        if self._is_to_be_looked_into(device):
            self._doubt(device, _UNSECURED)

    def _is_to_be_looked_into(self, device: Eui64) -> bool:
        if device not in self._keys:
            self._doubts.forget(device)
            return False
        return self._doubts.sign(device, time.monotonic())

    async def _look(self, device: Eui64, air: Air, within_s: float) -> None:
        if await air.hears(device, within_s) and device in self._keys:
            self._doubt(device, _SILENT)

    def _doubt(self, device: Eui64, why: str) -> None:
        self._tell(KeyInDoubt(device, why))
        self._renew(device)
