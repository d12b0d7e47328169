"""What devices report by themselves, as values: once the scale of a meter is known.

Of a meter whose scale has still to be read the newest report waits for it, with the time at which it came: a sleeping
meter that reports as the hub starts says the next word in half an hour.
"""

from collections.abc import Callable, Mapping

from hubd.model import han
from hubd.model.identity import Eui64
from hubd.model.stamp import Stamp
from hubd.zigbee.background import Background
from hubd.zigbee.scales import Scales
from hubd.zigbee.se import metering, prepayment
from hubd.zigbee.smart_energy_application import SmartEnergyApplication
from hubd.zigbee.zcl.values import Value

_SCALE_TRIES = 5


class Reports:
    """Of all devices. `app`: the radio's application, while it is up."""

    def __init__(
        self,
        scales: Scales,
        background: Background,
        app: Callable[[], SmartEnergyApplication | None],
        tell: Callable[[han.HanEvent], None],
        stamp: Callable[[], Stamp],
    ) -> None:
        self._scales = scales
        self._background = background
        self._app = app
        self._tell = tell
        self._stamp = stamp
        self._waiting: dict[Eui64, tuple[Mapping[int, Value], Stamp]] = {}

    def reported(self, device: Eui64, cluster_id: int, values: Mapping[int, Value]) -> None:
        """A device reported attributes."""
        if cluster_id == prepayment.CLUSTER_ID:
            if (state := prepayment.state(values, self._stamp())) is not None:
                self._tell(han.Reported(device, prepayment=state))
        elif cluster_id == metering.CLUSTER_ID:
            self._waiting[device] = values, self._stamp()
            if self._scales.known(device) is None:
                self.want_scale(device)
            self._tell_reading(device)

    def want_scale(self, device: Eui64) -> None:
        """Read it where it is not known, and the device has one."""
        if self._is_meter(device):
            self._background.spawn(self._find_scale(device), f"scale of {device}")

    async def scale_found(self, device: Eui64) -> bool:
        """Whether the scale is known after some tries, or the device has none."""
        return not self._is_meter(device) or await self._scales.find(device, _SCALE_TRIES)

    def forget(self, device: Eui64) -> None:
        """The device joined anew, or is gone."""
        self._scales.forget(device)
        self._waiting.pop(device, None)

    def _is_meter(self, device: Eui64) -> bool:
        app = self._app()
        return app is not None and app.endpoint_serving(device, metering.CLUSTER_ID) is not None

    async def _find_scale(self, device: Eui64) -> None:
        if self._scales.known(device) is None:
            await self._scales.find(device, _SCALE_TRIES)
        self._tell_reading(device)

    def _tell_reading(self, device: Eui64) -> None:
        scale = self._scales.known(device)
        if scale is None or device not in self._waiting:
            return
        values, at = self._waiting.pop(device)
        if (reading := metering.reading(values, scale, at)) is not None:
            self._tell(han.Reported(device, reading=reading))
