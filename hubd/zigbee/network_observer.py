"""What the application tells of frames and of devices that come and go, and what follows from it (`Observer`)."""

import asyncio
import logging
import time
from collections.abc import Callable

from zigpy.device import ZigbeeDevice
from zigpy.types import EUI64

from hubd.model import han
from hubd.model.identity import Eui64
from hubd.zigbee.admissions import Admissions
from hubd.zigbee.background import Background
from hubd.zigbee.dispatch import Dispatch
from hubd.zigbee.door import Door
from hubd.zigbee.establishing import Establishing
from hubd.zigbee.key_doubts import KeyDoubts
from hubd.zigbee.key_with import KeysInUse
from hubd.zigbee.reports import Reports
from hubd.zigbee.smart_energy_application import SmartEnergyApplication

log = logging.getLogger(__name__)


class NetworkObserver:
    """One network's. `up`: the application, or LinkError. `again_after_s`: when an interview that failed is tried
    again.
    """

    def __init__(
        self,
        tell: Callable[[han.HanEvent], None],
        background: Background,
        up: Callable[[], SmartEnergyApplication],
        keys: KeysInUse,
        admissions: Admissions,
        door: Door,
        establishing: Establishing,
        doubts: KeyDoubts,
        dispatch: Dispatch,
        reports: Reports,
        again_after_s: float,
    ) -> None:
        self._tell = tell
        self._background = background
        self._up = up
        self._keys = keys
        self._admissions = admissions
        self._door = door
        self._establishing = establishing
        self._doubts = doubts
        self._dispatch = dispatch
        self._reports = reports
        self._again_after_s = again_after_s

    # Frames

    def heard(self, device: Eui64, endpoint: int, cluster_id: int, data: bytes) -> None:
        """A Smart Energy frame that obeys the security rule."""
        self._doubts.heard(device)
        self._tell(han.Heard(device))
        self._dispatch.take(device, endpoint, cluster_id, data, time.monotonic())

    def refused_unsecured(self, device: Eui64, cluster_id: int) -> None:
        """A Smart Energy frame that does not."""
        self._doubts.unsecured(device)
        self._tell(han.UnsecuredFrameRefused(device, cluster_id))

    def may_speak(self, device: Eui64) -> bool:
        """Whether a key was established with it, where that is asked for."""
        return self._keys.with_device(device).may_speak

    def refused_before_key(self, device: Eui64, cluster_id: int) -> None:
        """A Smart Energy frame under the joining key. Who sends it is awake."""
        self._establishing.hasten(device)
        self._tell(han.FrameBeforeKeyRefused(device, cluster_id))

    def heard_key_establishment(self, device: Eui64, endpoint: int, data: bytes) -> None:
        """A frame of Key Establishment; without certificates of its own the hub does not do it."""
        if self._keys.are_made:
            self._establishing.heard(device, endpoint, data)

    # Devices

    def joined_anew(self, device: Eui64) -> None:
        """The radio uses the joining key for it again: whatever was established is gone."""
        self._establishing.forget(device)

    def is_listed(self, device: Eui64) -> bool:
        """Whether this device may be on the network."""
        return self._admissions.is_listed(device)

    def turned_away(self, device: Eui64) -> None:
        """A device nobody admitted was told to leave."""
        log.info("%s is not listed here and was told to leave", device)
        self._tell(han.UnlistedDeviceRefused(device))

    def appeared(self, device: Eui64) -> None:
        """A listed device is on the network; its interview begins."""
        self._tell(han.DeviceArrived(device))

    def interviewed(self, device: Eui64) -> None:
        """A device joined, or joined again."""
        self._door.arrived(device)
        self._reports.forget(device)
        self._tell(han.DeviceInterviewed(device))
        if self.may_speak(device):
            self._background.spawn(self._introduce(device), f"introduce {device}")
        else:
            self._establishing.want(device)

    def interview_failed(self, device: Eui64) -> None:
        """zigpy gave up asking; it is asked to try again."""
        self._background.spawn(self._interview_again(device), f"interview {device}")

    def left(self, device: Eui64) -> None:
        """A device left; it stays listed, and may come back, with a new key."""
        self._establishing.forget(device)
        self._tell(han.DeviceLeft(device))

    def key_established(self, device: Eui64) -> None:
        """A key was made with a device: now it can be spoken to."""
        if device in self._admissions.known:
            self._background.spawn(self._introduce(device), f"introduce {device}")

    async def _introduce(self, device: Eui64) -> None:
        self._up()
        if not await self._reports.scale_found(device):
            log.warning("%s joined, but does not tell the scale of its values; none are taken until it does", device)
        self._tell(han.DeviceJoined(device))

    async def _interview_again(self, device: Eui64) -> None:
        await asyncio.sleep(self._again_after_s)
        zigpy_device = self._up().devices.get(EUI64.convert(device))
        if isinstance(zigpy_device, ZigbeeDevice) and not zigpy_device.is_initialized and self.is_listed(device):
            zigpy_device.schedule_initialize()
