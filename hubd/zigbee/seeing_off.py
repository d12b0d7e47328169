"""Devices that may not be here any more, and were perhaps not told yet.

Who may be here is the register's to say, which only signed commands change; zigpy's database says who was here. What
stands there and not in the register is told to leave whenever the radio is up. So nothing has to be kept: a removal
that met no radio, or a hub that was killed, is finished at the next start. A device that does not hear it has no key
with the radio any more, and is told again when it says anything under the network key: to zigpy it is a stranger.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from zigpy.device import ZigbeeDevice
from zigpy.types import EUI64

from hubd.model.identity import Eui64
from hubd.zigbee.background import Background

log = logging.getLogger(__name__)


class Leavings(Protocol):
    """What is needed of an application that is up."""

    devices: Any
    """zigpy's, by address."""

    async def remove(self, ieee: EUI64) -> None:
        """Tell it to leave, and forget it."""

    async def forget_link_key(self, device: Eui64) -> None:
        """The radio shares no key with it any more."""


class SeeingOff:
    """`stands`: whether a device stands in the register; `stranger`: is told of those who were never struck here."""

    def __init__(
        self, background: Background, stands: Callable[[Eui64], bool], stranger: Callable[[Eui64], None]
    ) -> None:
        self._background = background
        self._stands = stands
        self._stranger = stranger
        self._struck: set[Eui64] = set()
        """Struck in this life, and not told yet; one that is admitted anew meanwhile must join anew all the same."""

    def may_stay(self, device: Eui64) -> bool:
        """Whether it may be here."""
        return device not in self._struck and self._stands(device)

    async def struck(self, device: Eui64, app: Leavings | None) -> None:
        """It was struck from the register: tell it now, or when the radio is back. Never raises."""
        self._struck.add(device)
        if app is not None:
            await self._tell(app, device)

    def radio_is_up(self, app: Leavings) -> None:
        """Tell those who are left."""
        left = {device for device in devices_of(app) if not self.may_stay(device)}
        self._struck &= left
        for device in left:
            if device not in self._struck:
                self._stranger(device)
            self._background.spawn(self._tell(app, device), f"see off {device}")

    async def _tell(self, app: Leavings, device: Eui64) -> None:
        try:
            await app.remove(EUI64.convert(device))
        except Exception as error:  # zigpy raises of every kind; the next start tries again
            log.debug("%s could not be told to leave (%s)", device, type(error).__name__)
        else:
            self._struck.discard(device)
        await app.forget_link_key(device)


def devices_of(app: Leavings) -> Iterator[Eui64]:
    """Every device that zigpy knows, interviewed or not, but for the radio itself."""
    for device in app.devices.values():
        if isinstance(device, ZigbeeDevice) and device.nwk != 0x0000:
            yield Eui64(str(device.ieee))
