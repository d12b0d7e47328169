"""A plain Zigbee 3.0 temperature sensor on a battery, which may sleep between polls. Profile 0x0104."""

import math
from random import Random

from hubd.bench.air.device import EndpointDescriptor
from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.basic import BASIC, basic_cluster
from hubd.bench.devices.zcl import Attribute, Cluster, DataType, ZclServer

HOME_AUTOMATION = 0x0104
TEMPERATURE_SENSOR = 0x0302
ENDPOINT = 1
POWER_CONFIGURATION, TEMPERATURE = 0x0001, 0x0402
MEASURED_VALUE = 0x0000
_DAY_S = 86_400


class TemperatureSensor:
    """Power Configuration and Temperature Measurement: around 20 degrees, a little warmer in the afternoon.

    `poll_interval_s`: how often it asks its parent for frames; None keeps it awake. `reports_per_s`: as for the plug.
    """

    kind = "temperature_sensor"
    mains_powered = False

    def __init__(
        self, ieee: str, seed: int, reports_per_s: float = 0.0, poll_interval_s: float | None = None
    ) -> None:
        self.ieee = ieee
        self.poll_interval_s = poll_interval_s
        self.endpoints: tuple[EndpointDescriptor, ...] = (
            EndpointDescriptor(
                ENDPOINT, HOME_AUTOMATION, TEMPERATURE_SENSOR, (BASIC, POWER_CONFIGURATION, TEMPERATURE), ()
            ),
        )
        self._offset_centi = Random(seed).randrange(-100, 100)
        self._centi = 2000 + self._offset_centi
        self._server = ZclServer(ENDPOINT, HOME_AUTOMATION, self._clusters())
        if reports_per_s:
            self._server.report_every(TEMPERATURE, (MEASURED_VALUE,), 1 / reports_per_s)

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """Answer a frame to its endpoint; others are not its own."""
        if frame.dst_endpoint not in (ENDPOINT, 0xFF) or frame.profile_id not in (HOME_AUTOMATION, 0xFFFF):
            return []
        self._measure(unix_s)
        return self._server.on_frame(frame, unix_s)

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """Measure, and report what is due."""
        self._measure(unix_s)
        return self._server.on_time(unix_s)

    def next_due_unix_s(self) -> float | None:
        """When a report may be due."""
        return self._server.next_due_unix_s()

    def save(self) -> dict[str, object]:
        """The reporting configuration."""
        return {"zcl": self._server.save()}

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        zcl = saved["zcl"]
        if not isinstance(zcl, dict):
            raise ValueError("not a temperature sensor's state")
        self._server.restore(zcl)

    def _measure(self, unix_s: float) -> None:
        of_day = unix_s % _DAY_S / _DAY_S
        self._centi = round(2000 + self._offset_centi - 200 * math.cos(math.tau * (of_day - 0.08)))

    def _clusters(self) -> tuple[Cluster, ...]:
        return (
            basic_cluster("temperature-sensor", mains=False),
            Cluster(
                POWER_CONFIGURATION,
                attributes=(
                    Attribute(0x0020, DataType.UINT8, lambda: 30, reportable=True),  # 3.0 V
                    Attribute(0x0021, DataType.UINT8, lambda: 180, reportable=True),  # 90 %
                ),
            ),
            Cluster(
                TEMPERATURE,
                attributes=(
                    Attribute(MEASURED_VALUE, DataType.INT16, lambda: self._centi, reportable=True),
                    Attribute(0x0001, DataType.INT16, lambda: -4000),
                    Attribute(0x0002, DataType.INT16, lambda: 8500),
                ),
            ),
        )
