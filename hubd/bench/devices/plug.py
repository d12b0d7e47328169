"""A plain Zigbee 3.0 metering plug: a switch that measures what goes through it. Profile 0x0104, nothing secured."""

import math
from random import Random

from hubd.bench.air.device import EndpointDescriptor
from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.basic import BASIC, basic_cluster
from hubd.bench.devices.zcl import Attribute, Cluster, DataType, Reply, Status, ZclServer

HOME_AUTOMATION = 0x0104
SMART_PLUG = 0x0051
ENDPOINT = 1
ON_OFF, METERING, ELECTRICAL = 0x0006, 0x0702, 0x0B04
SUMMATION, DEMAND, ACTIVE_POWER = 0x0000, 0x0400, 0x050B
_WATT_SECONDS_PER_WH = 3600.0
_MAINS_V = 230


class Plug:
    """OnOff, Metering (Wh, W) and Electrical Measurement. It draws `base_w`, moved a little by `seed`, while on.

    `reports_per_s`: Metering reports by its own accord, none with 0 (Configure Reporting always works).
    """

    kind = "plug"
    mains_powered = True
    poll_interval_s: float | None = None

    def __init__(self, ieee: str, seed: int, reports_per_s: float = 0.0, base_w: float = 60.0) -> None:
        self.ieee = ieee
        self.endpoints: tuple[EndpointDescriptor, ...] = (
            EndpointDescriptor(ENDPOINT, HOME_AUTOMATION, SMART_PLUG, (BASIC, ON_OFF, METERING, ELECTRICAL), ()),
        )
        self._base_w = base_w
        self._phase = Random(seed).random() * math.tau
        self._on = True
        self._import_ws = 0.0
        self._power_w = 0
        self._at_unix_s: float | None = None
        self._server = ZclServer(ENDPOINT, HOME_AUTOMATION, self._clusters())
        if reports_per_s:
            self._server.report_every(METERING, (SUMMATION, DEMAND), 1 / reports_per_s)

    @property
    def import_wh(self) -> int:
        """What went through it so far."""
        return int(self._import_ws / _WATT_SECONDS_PER_WH)

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """Answer a frame to its endpoint; others are not its own."""
        if frame.dst_endpoint not in (ENDPOINT, 0xFF) or frame.profile_id not in (HOME_AUTOMATION, 0xFFFF):
            return []
        self._advance(unix_s)
        was_on = self._on
        answers = self._server.on_frame(frame, unix_s)
        if self._on != was_on:
            self._advance(unix_s)
            answers.append(self._server.report_now(ON_OFF, (0x0000,), unix_s))
        return answers

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """Measure, and report what is due."""
        self._advance(unix_s)
        return self._server.on_time(unix_s)

    def next_due_unix_s(self) -> float | None:
        """When a report may be due."""
        return self._server.next_due_unix_s()

    def report_import(self, unix_s: float) -> tuple[ApsFrame, int]:
        """For a burst: take one Wh more, report it at once, and say what the register reads."""
        self._import_ws += _WATT_SECONDS_PER_WH
        return self._server.report_now(METERING, (SUMMATION, DEMAND), unix_s), self.import_wh

    def save(self) -> dict[str, object]:
        """Register, switch and reporting."""
        return {"import_ws": self._import_ws, "on": self._on, "zcl": self._server.save()}

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        import_ws, zcl = saved["import_ws"], saved["zcl"]
        if not isinstance(import_ws, int | float) or not isinstance(zcl, dict):
            raise ValueError("not a plug's state")
        self._import_ws, self._on = float(import_ws), bool(saved["on"])
        self._server.restore(zcl)

    def _advance(self, unix_s: float) -> None:
        since_s = max(0.0, unix_s - self._at_unix_s) if self._at_unix_s is not None else 0.0
        self._import_ws += self._power_w * since_s
        self._at_unix_s = unix_s
        wave = 1 + 0.1 * math.sin(unix_s / 60 + self._phase)
        self._power_w = round(self._base_w * wave) if self._on else 0

    def _clusters(self) -> tuple[Cluster, ...]:
        return (basic_cluster("virtual plug", mains=True), self._on_off(), self._metering(), self._electrical())

    def _on_off(self) -> Cluster:
        def switch(on: bool | None) -> Reply:
            self._on = not self._on if on is None else on
            return Reply(status=Status.SUCCESS)

        return Cluster(
            ON_OFF,
            attributes=(Attribute(0x0000, DataType.BOOL, lambda: int(self._on), reportable=True),),
            commands={
                0x00: lambda _, __: switch(False),
                0x01: lambda _, __: switch(True),
                0x02: lambda _, __: switch(None),
            },
        )

    def _metering(self) -> Cluster:
        return Cluster(
            METERING,
            attributes=(
                Attribute(SUMMATION, DataType.UINT48, lambda: self.import_wh, reportable=True),
                Attribute(0x0200, DataType.MAP8, lambda: 0),
                Attribute(0x0300, DataType.ENUM8, lambda: 0),  # kWh and kW
                Attribute(0x0301, DataType.UINT24, lambda: 1),
                Attribute(0x0302, DataType.UINT24, lambda: 1000),
                Attribute(0x0303, DataType.MAP8, lambda: 0x73),
                Attribute(0x0306, DataType.MAP8, lambda: 0),  # electricity
                Attribute(DEMAND, DataType.INT24, lambda: self._power_w, reportable=True),
            ),
        )

    def _electrical(self) -> Cluster:
        return Cluster(
            ELECTRICAL,
            attributes=(
                Attribute(0x0000, DataType.MAP32, lambda: 0x0009),
                Attribute(0x0505, DataType.UINT16, lambda: _MAINS_V, reportable=True),
                Attribute(0x0508, DataType.UINT16, lambda: round(self._power_w * 1000 / _MAINS_V), reportable=True),
                Attribute(ACTIVE_POWER, DataType.INT16, lambda: self._power_w, reportable=True),
                Attribute(0x0602, DataType.UINT16, lambda: 1),
                Attribute(0x0603, DataType.UINT16, lambda: 1000),
            ),
        )
