"""The gas meter as the air sees it: puts the parts together and keeps them in step with time."""

import math
from dataclasses import replace
from typing import Any

from hubd.bench.air.device import EndpointDescriptor
from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.basic import basic_cluster
from hubd.bench.devices.gas_meter import metering, mirror
from hubd.bench.devices.gas_meter.flow_curve import FlowCurve
from hubd.bench.devices.gas_meter.mirror import MirrorClient
from hubd.bench.devices.gas_meter.rhythm import Rhythm
from hubd.bench.devices.gas_meter.settings import GasMeterTable, read_table
from hubd.bench.devices.gas_meter.volume import Volume
from hubd.bench.devices.prepaid import calendar, prepayment, showing
from hubd.bench.devices.prepaid.account import Account
from hubd.bench.devices.prepaid.own_clock import OwnClock
from hubd.bench.devices.prepaid.settings import PrepaymentSettings
from hubd.bench.devices.prepaid.till import TokenTill
from hubd.bench.devices.zcl import Attribute, Cluster, DataType, Reply, Value, ZclServer
from hubd.model.identity import parse_eui64
from hubd.model.supply import SupplyState

SMART_ENERGY = 0x0109
METERING_DEVICE = 0x0501
ENDPOINT = 1
POWER_CONFIGURATION, TIME = 0x0001, 0x000A
_TIME_ATTRIBUTE = 0x0000
_BATTERY_MV = 3_600
_WAKES_OF_A_BATTERY = 10 * 365 * 48
"""Ten years at one wake each half-hour."""


class GasMeter:
    """A `VirtualDevice` on a battery, with hours of its own (`rhythm`), unless it polls in between. Without
    `[device.prepayment]` its valve is always open. Keys of the devices file: `settings.GasMeterTable`,
    `PrepaymentTable` and `FlowTable`.
    """

    kind = "gas_meter"
    mains_powered = False

    def __init__(self, table: GasMeterTable, settings: PrepaymentSettings | None, seed: int) -> None:
        load = table.load
        self.ieee = parse_eui64(table.ieee)
        self.poll_interval_s: float | None = table.poll_interval_s or table.wake_s
        self.keeps_own_hours = table.poll_interval_s is None
        self.rhythm = Rhythm(table.wake_s, naps=not self.keeps_own_hours)
        self.account = Account(settings) if settings else None
        self._curve = FlowCurve(seed if load.seed is None else load.seed, load.flat_l_h)
        self._volume = Volume(self._flow_at)
        self._clock = OwnClock()
        self._mirror = MirrorClient(table.wake_s)
        self.till = TokenTill(settings, self.account, self._own_time) if settings and self.account else None
        self._server = self._make_server()
        uses = (TIME, calendar.CALENDAR) if self.account else (TIME,)
        self.endpoints = (
            EndpointDescriptor(ENDPOINT, SMART_ENERGY, METERING_DEVICE, tuple(self._server.clusters), uses),
        )

    @classmethod
    def from_table(cls, table: dict[str, Any], seed: int) -> "GasMeter":
        """The meter of a `[[device]]` entry. Raises ConfigurationError naming key and cure."""
        return cls(*read_table(table), seed)

    # -- the air ----------------------------------------------------------------------------------------------------

    def on_joined(self, unix_s: float) -> None:
        """It is on a network, as a newcomer: awake, and without a mirror."""
        self.rhythm.joined(unix_s)
        self._mirror.forget()

    def listens_in_s(self, unix_s: float) -> float:
        """Seconds until it asks for what is held for it."""
        return self.rhythm.listens_in_s(unix_s)

    def stay_awake(self, unix_s: float) -> None:
        """Frames come that are not for the application."""
        self.rhythm.heard(unix_s)

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """Answer a frame; a change of credit or supply that it made is reported behind the answer."""
        if frame.dst_endpoint not in (ENDPOINT, 0xFF):
            return []
        self._volume.advance(unix_s, self._charge)
        self.rhythm.heard(unix_s)
        before = self._seen()
        answers = self._server.on_frame(frame, unix_s)
        return answers if before == self._seen() else answers + self._report(unix_s)

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """Measure; at a wake, ask for the time and the mirror where they are wanting, and report."""
        self._volume.advance(unix_s, self._charge)
        if not self.rhythm.wakes_now(unix_s):
            return []
        frames: list[ApsFrame] = []
        if unix_s >= self._clock.ask_at_unix_s:
            self._clock = self._clock.asked(unix_s)
            frames.append(self._server.read_request(TIME, (_TIME_ATTRIBUTE,)))
        if self.keeps_own_hours and (request := self._mirror.next_request()) is not None:
            frames.append(self._server.command(metering.METERING, *request))
        return frames + self._report(unix_s)

    def next_due_unix_s(self) -> float | None:
        """The next wake; None while it is on no network."""
        return None if math.isinf(self.rhythm.next_wake_s) else self.rhythm.next_wake_s

    # -- the bench --------------------------------------------------------------------------------------------------

    @property
    def supply(self) -> SupplyState:
        """Whether gas flows."""
        return self.account.supply if self.account else SupplyState.ON

    @property
    def litres(self) -> int:
        """The register."""
        return self._volume.litres

    def view(self) -> dict[str, object]:
        """The meter's own view of itself, as of when it last measured; it holds no key and no code."""
        return {
            "registers": {"volume_l": self._volume.litres},
            "supply": self.supply.name.lower(),
            "half_hours": len(self._volume.profile),
            "battery_percent": self._battery_percent(),
            "wakes": self.rhythm.wakes,
            "awake_until_unix_s": self.rhythm.awake_until_s,
            "next_wake_unix_s": self.next_due_unix_s(),
            "mirror_endpoint": self._mirror.endpoint,
            "mirror_answers": self._mirror.configured,
            "clock_offset_s": self._clock.offset_s,
            "dropped_unsecured": self._server.dropped_unsecured,
        } | showing.view(self.account, self.till)

    def set(self, **values: object) -> None:
        """For the bench: `balance`, `supply`, `emergency` (as the electricity meter), `wake` (true: now). Raises
        ValueError in words.
        """
        if unknown := sorted(values.keys() - {"balance", "supply", "emergency", "wake"}):
            raise ValueError(f"{unknown[0]}: a gas meter knows balance, supply, emergency and wake")
        if values.pop("wake", None):
            self.rhythm.next_wake_s = 0.0
        for name, value in values.items():
            showing.change(self.account, name, value)

    def save(self) -> dict[str, object]:
        """Register, profile, account, token memory, mirror, wakes and clock."""
        saved: dict[str, object] = {
            "volume": self._volume.save(),
            "clock_offset_s": self._clock.offset_s,
            "mirror": self._mirror.save(),
            "wakes": self.rhythm.wakes,
            "next_wake_unix_s": self.next_due_unix_s(),
            "zcl": self._server.save(),
        }
        if self.account and self.till:
            saved |= {"account": self.account.save(), "till": self.till.save()}
        return saved

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`."""
        volume, mirrored, zcl = saved["volume"], saved["mirror"], saved["zcl"]
        wakes, due, offset = saved["wakes"], saved["next_wake_unix_s"], saved["clock_offset_s"]
        if not (isinstance(volume, dict) and isinstance(mirrored, dict) and isinstance(zcl, dict)):
            raise ValueError("not a gas meter's state")
        if not (isinstance(wakes, int) and isinstance(offset, int | float)):
            raise ValueError("not a gas meter's state")
        self._volume.restore(volume)
        self._mirror.restore(mirrored)
        self._server.restore(zcl)
        self._clock = replace(self._clock, offset_s=float(offset))
        self.rhythm.wakes = wakes
        self.rhythm.next_wake_s = float(due) if isinstance(due, int | float) else math.inf
        account, till = saved.get("account"), saved.get("till")
        if self.account and self.till and isinstance(account, dict) and isinstance(till, dict):
            self.account.restore(account)
            self.till.restore(till)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _make_server(self) -> ZclServer:
        serial = f"G{self.ieee.replace(':', '')[-10:]}"
        heard_of_mirror = {
            mirror.REQUEST_MIRROR_RESPONSE: self._mirror_given,
            mirror.MIRROR_REPORT_ATTRIBUTE_RESPONSE: self._report_answered,
        }
        clusters = [
            basic_cluster("gas meter", mains=False, serial=f"M-{serial}"),
            self._power(),
            metering.metering_cluster(
                self._volume, lambda: self.supply, self._battery_percent, heard_of_mirror, serial
            ),
        ]
        if self.account and self.till:
            clusters.append(prepayment.prepayment_cluster(self.account, self.till.log, self.till, self._own_time))
            clusters.append(calendar.calendar_cluster(self.till.friendly_hours))
        return ZclServer(
            ENDPOINT, SMART_ENERGY, clusters, answered={TIME: self._heard_time}, secured_clients=frozenset({TIME})
        )

    def _power(self) -> Cluster:
        return Cluster(
            POWER_CONFIGURATION,
            attributes=(
                Attribute(0x0020, DataType.UINT8, lambda: _BATTERY_MV // 100),
                Attribute(0x0021, DataType.UINT8, lambda: 2 * self._battery_percent()),
            ),
        )

    def _battery_percent(self) -> int:
        return max(0, 100 - self.rhythm.wakes * 100 // _WAKES_OF_A_BATTERY)

    def _report(self, unix_s: float) -> list[ApsFrame]:
        """Account first, register last: the answer comes to the last, when the hub has everything."""
        clusters: list[tuple[int, tuple[int, ...]]] = [(metering.METERING, metering.REPORTED)]
        if self.account:
            clusters.insert(0, (prepayment.PREPAYMENT, prepayment.REPORTED))
        frames = [self._server.report_now(cluster, wanted, unix_s) for cluster, wanted in clusters]
        to = self._mirror.endpoint
        return frames if to is None else [replace(frame, dst_endpoint=to) for frame in frames]

    def _mirror_given(self, payload: bytes, _: float) -> Reply:
        self._mirror.hear_request_mirror_response(payload)
        request = self._mirror.next_request()
        return Reply(then=((request,) if request and self._mirror.endpoint is not None else ()))

    def _report_answered(self, payload: bytes, unix_s: float) -> Reply:
        stay_awake = self._mirror.hear_report_response(payload)
        if stay_awake is not None:
            self.rhythm.answered(unix_s, stay_awake)
        return Reply()

    def _flow_at(self, unix_s: float) -> int:
        """Asked where each piece of the measurement begins: a friendly period begins and ends there, too."""
        if self.till:
            self.till.friendly_hours.look(unix_s)
        return self._curve.litres_per_hour(unix_s) if self.supply is SupplyState.ON else 0

    def _charge(self, steps: int) -> None:
        if self.account:
            self.account.use(steps)

    def _seen(self) -> tuple[int | None, SupplyState]:
        return (self.till.log.total_added_e5 if self.till else None), self.supply

    def _own_time(self, unix_s: float) -> int:
        return int(unix_s + self._clock.offset_s)

    def _heard_time(self, values: dict[int, Value], unix_s: float) -> None:
        told = values.get(_TIME_ATTRIBUTE)
        if isinstance(told, int):
            self._clock = self._clock.heard(told, unix_s)
