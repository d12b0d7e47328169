"""The electricity meter as the air sees it: puts the parts together and keeps them in step with time."""

from dataclasses import replace
from typing import Any

from hubd.bench.air.device import EndpointDescriptor
from hubd.bench.air.frame import ApsFrame
from hubd.bench.devices.basic import basic_cluster
from hubd.bench.devices.electricity_meter import metering
from hubd.bench.devices.electricity_meter.energy import WMS_PER_WH, Energy
from hubd.bench.devices.electricity_meter.load_curve import LoadCurve
from hubd.bench.devices.electricity_meter.settings import MeterTable, read_table
from hubd.bench.devices.prepaid import calendar, prepayment, showing
from hubd.bench.devices.prepaid.account import Account
from hubd.bench.devices.prepaid.half_hours import INTERVAL_S
from hubd.bench.devices.prepaid.own_clock import OwnClock, zigbee_time
from hubd.bench.devices.prepaid.settings import PrepaymentSettings
from hubd.bench.devices.prepaid.till import TokenTill
from hubd.bench.devices.time_server import time_cluster
from hubd.bench.devices.zcl import Value, ZclServer
from hubd.model.identity import parse_eui64
from hubd.model.supply import SupplyState

SMART_ENERGY = 0x0109
METERING_DEVICE = 0x0501
ENDPOINT = 1
TIME = 0x000A
_TIME_ATTRIBUTE = 0x0000
LOOK_EVERY_S = 60.0
"""How often it sees to its account where nothing else wakes it."""
ACCOUNT_REPORT_S = 60.0
_DAY_S = 86_400


class ElectricityMeter:
    """A `VirtualDevice`. Without `[device.prepayment]` it is a credit meter: no Prepayment cluster, supply always on.

    Keys of the devices file: `settings.MeterTable`, `PrepaymentTable` and `LoadTable`.
    """

    kind = "electricity_meter"
    mains_powered = True
    poll_interval_s: float | None = None

    def __init__(self, table: MeterTable, settings: PrepaymentSettings | None, seed: int) -> None:
        load = table.load
        self.ieee = parse_eui64(table.ieee)
        self.has_export = load.solar_w > 0
        self.account = Account(settings) if settings else None
        self._curve = LoadCurve(
            seed if load.seed is None else load.seed, load.base_w, load.solar_w, load.curve == "flat"
        )
        self._history_days = load.history_days
        self._energy = Energy(self._power_at)
        self._clock = OwnClock()
        self._started = False
        self._look_at_unix_s = 0.0
        self._now_unix_s = 0.0
        self.till = TokenTill(settings, self.account, self._own_time) if settings and self.account else None
        self._server = self._make_server()
        uses = (TIME, calendar.CALENDAR) if self.account else (TIME,)
        self.endpoints = (
            EndpointDescriptor(ENDPOINT, SMART_ENERGY, METERING_DEVICE, tuple(self._server.clusters), uses),
        )
        self._report_by_itself(table.reports_per_s)

    @classmethod
    def from_table(cls, table: dict[str, Any], seed: int) -> "ElectricityMeter":
        """The meter of a `[[device]]` entry. Raises ConfigurationError naming key and cure."""
        return cls(*read_table(table), seed)

    # -- the air ----------------------------------------------------------------------------------------------------

    def on_frame(self, frame: ApsFrame, unix_s: float) -> list[ApsFrame]:
        """Answer a frame; a change of credit or supply that it made is reported behind the answer."""
        if frame.dst_endpoint not in (ENDPOINT, 0xFF):
            return []
        reports = self._advance(unix_s)
        before = self._seen()
        answers = self._server.on_frame(frame, unix_s)
        return reports + answers + self._tell_changes(before, unix_s)

    def on_time(self, unix_s: float) -> list[ApsFrame]:
        """Measure, charge, ask the time when it is due, report."""
        frames = self._advance(unix_s)
        if unix_s >= self._clock.ask_at_unix_s:
            self._clock = self._clock.asked(unix_s)
            frames.append(self._server.read_request(TIME, (_TIME_ATTRIBUTE,)))
        return frames + self._server.on_time(unix_s)

    def next_due_unix_s(self) -> float | None:
        """The next report, question of time, or look at the account."""
        report = self._server.next_due_unix_s()
        due = [self._clock.ask_at_unix_s, self._look_at_unix_s, *([] if report is None else [report])]
        return min(due)

    def report_import(self, unix_s: float) -> tuple[ApsFrame, int]:
        """For a burst: count one Wh more, report it at once, and say what the register reads."""
        self._advance(unix_s)
        self._energy.imported.total_wms += WMS_PER_WH
        report = self._server.report_now(metering.METERING, metering.reported(self.has_export), unix_s)
        return report, self._energy.imported.wh

    # -- the bench --------------------------------------------------------------------------------------------------

    @property
    def supply(self) -> SupplyState:
        """Whether energy flows."""
        return self.account.supply if self.account else SupplyState.ON

    def view(self) -> dict[str, object]:
        """The meter's own view of itself, as JSON values; it holds no key and no code."""
        energy = self._energy
        seen: dict[str, object] = {
            "registers": {
                "import_wh": energy.imported.wh,
                "export_wh": energy.exported.wh if self.has_export else None,
            },
            "power_w": energy.power_w,
            "supply": self.supply.name.lower(),
            "half_hours": len(energy.imported.profile),
            "clock_offset_s": self._clock.offset_s,
            "clock_answered_unix_s": self._clock.answered_unix_s,
            "dropped_unsecured": self._server.dropped_unsecured,
        }
        return seen | showing.view(self.account, self.till)

    def set(self, **values: object) -> None:
        """For the bench: `balance` ("5.00"), `supply` ("on": the consumer's act at the meter), `emergency`
        ("select"), `clock_offset_s`. Raises ValueError in words.
        """
        if unknown := sorted(values.keys() - {"balance", "supply", "emergency", "clock_offset_s"}):
            raise ValueError(f"{unknown[0]}: a meter knows balance, supply, emergency and clock_offset_s")
        if (offset := values.get("clock_offset_s")) is not None:
            if not isinstance(offset, int | float):
                raise ValueError("clock_offset_s is a number of seconds")
            self._shift_clock(float(offset))
        for name in ("balance", "supply", "emergency"):
            if name in values:
                showing.change(self.account, name, values[name])

    def save(self) -> dict[str, object]:
        """Registers, profile, account, token memory, lock-out, log, clock and reporting."""
        saved: dict[str, object] = {
            "energy": self._energy.save(),
            "clock_offset_s": self._clock.offset_s,
            "zcl": self._server.save(),
        }
        if self.account and self.till:
            saved |= {"account": self.account.save(), "till": self.till.save()}
        return saved

    def restore(self, saved: dict[str, object]) -> None:
        """The reverse of `save`. Until the next frame or time the meter counts as having been without mains."""
        energy, zcl, offset = saved["energy"], saved["zcl"], saved["clock_offset_s"]
        if not (isinstance(energy, dict) and isinstance(zcl, dict) and isinstance(offset, int | float)):
            raise ValueError("not an electricity meter's state")
        self._energy.restore(energy)
        self._shift_clock(float(offset))
        self._server.restore(zcl)
        self._started = True
        account, till = saved.get("account"), saved.get("till")
        if self.account and self.till and isinstance(account, dict) and isinstance(till, dict):
            self.account.restore(account)
            self.till.restore(till)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _make_server(self) -> ZclServer:
        serial = f"B{self.ieee.replace(':', '')[-10:]}"
        clusters = [
            basic_cluster("electricity meter", mains=True, serial=f"M-{serial}"),
            time_cluster(lambda: zigbee_time(self._own_time(self._now_unix_s))),
            metering.metering_cluster(
                self._energy, lambda: self.supply, self._switch, self.has_export, serial=serial
            ),
        ]
        if self.account and self.till:
            clusters.append(prepayment.prepayment_cluster(self.account, self.till.log, self.till, self._own_time))
            clusters.append(calendar.calendar_cluster(self.till.friendly_hours))
        return ZclServer(
            ENDPOINT,
            SMART_ENERGY,
            clusters,
            answered={TIME: self._heard_time},
            secured_clients=frozenset({TIME}),
        )

    def _report_by_itself(self, reports_per_s: float) -> None:
        if not reports_per_s:
            return
        period_s = 1 / reports_per_s
        self._server.report_every(metering.METERING, metering.reported(self.has_export), period_s)
        if self.account:
            self._server.report_every(prepayment.PREPAYMENT, prepayment.REPORTED, max(period_s, ACCOUNT_REPORT_S))

    def _advance(self, unix_s: float) -> list[ApsFrame]:
        self._now_unix_s = unix_s
        if not self._started:
            self._started = True
            self._live_through_history(unix_s)
        before = self._seen()
        self._energy.advance(unix_s, self._charge)
        self._look_at_unix_s = unix_s + LOOK_EVERY_S
        return self._tell_supply(before, unix_s)

    def _live_through_history(self, unix_s: float) -> None:
        if not self._history_days:
            return
        begin = unix_s - self._history_days * _DAY_S
        begin -= begin % INTERVAL_S
        for day in range(self._history_days):
            self._energy.advance(begin + day * _DAY_S, lambda _: None)
        self._energy.advance(unix_s, lambda _: None)

    def _power_at(self, unix_s: float) -> int:
        """Asked where each piece of the measurement begins: a friendly period begins and ends there, too."""
        if self.till:
            self.till.friendly_hours.look(unix_s)
        return self._curve.power_w(unix_s) if self.supply is SupplyState.ON else 0

    def _charge(self, imported_wms: int) -> None:
        if self.account:
            self.account.use(imported_wms)

    def _switch(self, wanted: SupplyState) -> bool:
        if self.account is None:
            return wanted is SupplyState.ON
        return wanted is SupplyState.ON and self.account.switch_on()

    def _seen(self) -> tuple[int | None, SupplyState]:
        return (self.till.log.total_added_e5 if self.till else None), self.supply

    def _tell_changes(self, before: tuple[int | None, SupplyState], unix_s: float) -> list[ApsFrame]:
        """Credit and supply are told at once, behind the answer that changed them."""
        frames = self._tell_supply(before, unix_s)
        if self.account and before != self._seen():
            frames.append(self._server.report_now(prepayment.PREPAYMENT, prepayment.REPORTED, unix_s))
        return frames

    def _tell_supply(self, before: tuple[int | None, SupplyState], unix_s: float) -> list[ApsFrame]:
        if self.supply is before[1]:
            return []
        return [self._server.report_now(metering.METERING, (metering.SUPPLY_STATUS,), unix_s)]

    def _own_time(self, unix_s: float) -> int:
        return int(unix_s + self._clock.offset_s)

    def _heard_time(self, values: dict[int, Value], unix_s: float) -> None:
        told = values.get(_TIME_ATTRIBUTE)
        if isinstance(told, int):
            heard = self._clock.heard(told, unix_s)
            moved = heard.offset_s != self._clock.offset_s
            self._clock = heard
            if moved:
                self._energy.shift_clock(heard.offset_s)

    def _shift_clock(self, offset_s: float) -> None:
        if offset_s != self._clock.offset_s:
            self._clock = replace(self._clock, offset_s=offset_s)
            self._energy.shift_clock(offset_s)
