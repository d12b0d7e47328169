"""Who is told what happens on the network, and zigpy's own word for it."""

from collections.abc import Callable
from typing import Any, Protocol

from zigpy.device import ZigbeeDevice
from zigpy.types import EUI64

from hubd.model.identity import Eui64


class Observer(Protocol):
    """Who is told what happens on the network. Called from the event loop; must not block or raise."""

    def heard(self, device: Eui64, endpoint: int, cluster_id: int, data: bytes) -> None:
        """A Smart Energy frame that obeys the security rule."""

    def refused_unsecured(self, device: Eui64, cluster_id: int) -> None:
        """A Smart Energy frame that does not; it was dropped unread."""

    def may_speak(self, device: Eui64) -> bool:
        """Whether the key that the radio holds for this device is one for Smart Energy."""

    def refused_before_key(self, device: Eui64, cluster_id: int) -> None:
        """A Smart Energy frame under a key that is good for joining only; it was dropped unread."""

    def heard_key_establishment(self, device: Eui64, endpoint: int, data: bytes) -> None:
        """A frame of Key Establishment, which travels under the network key."""

    def joined_anew(self, device: Eui64) -> None:
        """A device joined through the trust centre, so under its joining key again."""

    def is_listed(self, device: Eui64) -> bool:
        """Whether this device may be on the network."""

    def turned_away(self, device: Eui64) -> None:
        """A device that is not listed showed up and was told to leave."""

    def appeared(self, device: Eui64) -> None:
        """A listed device is on the network, and not interviewed yet."""

    def interviewed(self, device: Eui64) -> None:
        """A device joined, or joined again, and zigpy knows its endpoints."""

    def interview_failed(self, device: Eui64) -> None:
        """zigpy gave the interview up."""

    def left(self, device: Eui64) -> None:
        """A device left."""


class Listener:
    """zigpy's listener interface: methods found by name. `own`: the radio's own address, once it is known."""

    def __init__(self, own: Callable[[], EUI64], observer: Observer) -> None:
        self._own = own
        self._observer = observer

    def device_joined(self, device: Any) -> None:
        """It is on the network."""
        if self._speaks(device):
            self._observer.appeared(Eui64(str(device.ieee)))

    def device_initialized(self, device: Any) -> None:
        """Its endpoints are known."""
        if self._speaks(device):
            self._observer.interviewed(Eui64(str(device.ieee)))

    def device_init_failure(self, device: Any) -> None:
        """Its endpoints could not be asked for."""
        if self._speaks(device):
            self._observer.interview_failed(Eui64(str(device.ieee)))

    def device_left(self, device: Any) -> None:
        """It is gone."""
        if self._speaks(device):
            self._observer.left(Eui64(str(device.ieee)))

    def _speaks(self, device: Any) -> bool:
        return isinstance(device, ZigbeeDevice) and device.ieee != self._own()
