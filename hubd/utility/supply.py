"""The hub's own supply, put together from `[supply]`: inputs, sensing, voltages, the outage's shell, the way down.

pins -> Sensing -> Outages (last-gasp rules) -> OutageJournal -> outbox -> WanLink
                        |-> Shedding, Departure, the feed
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Literal

from hubd.errors import LinkError, StoreError
from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.power.mains_pin import MainsPin
from hubd.power.sensing import Sensing, waker
from hubd.power.ups import SupplyInputs
from hubd.power.voltage_adc import Ads1115Voltmeter, LinuxI2c, Mcp3008Voltmeter, Voltmeter
from hubd.store.journal import Journal
from hubd.utility.brown_outs import BrownOuts
from hubd.utility.capacitor_watch import CapacitorWatch, Tell
from hubd.utility.clock import HubClock
from hubd.utility.departure import Departure
from hubd.utility.events import EventName
from hubd.utility.life import Life
from hubd.utility.outage_bodies import Place
from hubd.utility.outage_journal import OutageJournal
from hubd.utility.outage_writing import SayUnstored
from hubd.utility.outages import OnSupply, Outages
from hubd.utility.shedding import Shedding, loads_of
from hubd.utility.supply_config import SupplyTable, VoltageTable

log = logging.getLogger(__name__)

MEASURE_EVERY_S = 1.0


class Supply:
    """Construct it on the event loop. Raises ConfigurationError where a pin or a converter cannot be used."""

    def __init__(
        self,
        hub: HubId,
        table: SupplyTable,
        journal: Journal,
        clock: HubClock,
        tell: Tell,
        urge: Callable[[], None],
        say_unstored: SayUnstored,
        on_supply: OnSupply,
        sys: Path = Path("/sys"),
    ) -> None:
        self._hub = hub
        self._table = table
        self._journal = journal
        self._clock = clock
        self._tell = tell
        self._urge = urge
        self._say_unstored = say_unstored
        self._on_supply = on_supply
        self._edge = asyncio.Event()
        self._inputs = _inputs(table, waker(asyncio.get_running_loop(), self._edge))
        self._capacitor_meter = _voltmeter(table.capacitor_voltage)
        self._shedding = Shedding(loads_of(table.shed, sys))
        self._life = Life(journal, clock)
        self._place = Place(table)
        self._brown_outs = self._watch_for_brown_outs(_voltmeter(table.mains_voltage))
        self._capacitor: CapacitorWatch | None = None
        self._outages: Outages | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self.departure = Departure(table.shutdown, table.restart, self._inputs.on, table.steady_s)

    async def run(self) -> None:
        """For ever. Raises Leaving where the hub must go down; `departure` is due then."""
        last = await self._life.last()
        self._capacitor = await CapacitorWatch.begin(
            self._table, self._journal, self._clock, self._tell, self._capacitor_meter
        )
        self._outages = outages = self._rules()
        sensing = Sensing(self._inputs, self._clock, outages.changed, self._faulty, self._edge, self._table.steady_s)
        async with asyncio.TaskGroup() as self._tasks:
            self._start(sensing.run())
            self._start(outages.run(last))
            self._start(self._life.run())
            if self._brown_outs is not None:
                self._start(self._brown_outs.run())
            if self._capacitor_meter is not None:
                self._start(self._measure(self._capacitor_meter))

    async def close(self) -> None:
        """The daemon ends because it was told to: the next start is no surprise."""
        await self._life.end()

    def stored(self, stored: Mapping[Lane, int]) -> None:
        """The head-end has stored so much of each lane."""
        if self._outages is not None:
            self._outages.stored(stored)

    @property
    def word(self) -> Literal["on", "off"] | None:
        """Whether supply is on; None before it was looked at."""
        now = self._outages.now if self._outages is not None else None
        return None if now is None else "on" if now.on else "off"

    def describe(self) -> dict[str, Any]:
        """How the supply stands, for people. The age is of the last change that the hub has seen."""
        now = self._outages.now if self._outages is not None else None
        if self._outages is None or now is None:
            return {"sensed": True, "state": "unknown"}
        state = self._outages.state
        outage = state.outage
        return {
            "sensed": True,
            "state": self.word,
            "since_s_ago": round(self._clock.monotonic_s() - now.since_s, 1),
            "since": now.since.unix_s,
            "time_trust": str(now.since.trust),
            "phase": str(state.phase),
            "outage": outage.outage_id if outage else None,
            "operations": outage.operations if outage else 0,
            "alert": str(outage.alert.kind) if outage and outage.alert else None,
            "alert_stored": bool(outage and outage.alert and outage.alert.stored),
            "unwritten": self._outages.unwritten,
            "shed": self._shedding.report,
            "supply_pu": None if self._brown_outs is None else self._brown_outs.supply_pu,
            **self._describe_capacitor(),
        }

    def _describe_capacitor(self) -> dict[str, Any]:
        if self._capacitor is None:
            return {}
        energy = self._capacitor.energy
        inside_v = energy.inside_v(self._clock.monotonic_s())
        return {"capacitor_v": round(inside_v, 3), "capacitor": str(energy.condition)}

    def _rules(self) -> Outages:
        table = self._table
        store = OutageJournal(
            self._journal,
            self._place,
            self._clock.boot(),
            restored_later=not table.sentinel and table.hub_class == "service" and table.restoration_spread_s > 0,
        )
        return Outages(
            self._hub,
            table,
            store,
            self._clock,
            self._shedding,
            self._capacitor,
            self.departure,
            self._urge,
            self._say_unstored,
            self._on_supply,
            lambda: None if self._brown_outs is None else self._brown_outs.present_pu,
        )

    def _watch_for_brown_outs(self, voltmeter: Voltmeter | None) -> BrownOuts | None:
        table = self._table.mains_voltage
        if voltmeter is None or table is None or table.nominal_v is None:
            return None
        return BrownOuts(voltmeter, table.nominal_v, self._place, self._journal, self._clock, self._urge)

    async def _measure(self, voltmeter: Voltmeter) -> None:
        """The capacitor's voltage, once a second. A converter that does not answer leaves the model to go on."""
        silent = False
        while True:
            try:
                volts = await asyncio.to_thread(voltmeter.volts)
            except LinkError as error:
                if not silent:
                    log.warning("the capacitor's voltage is not measured: %s", error)
                silent = True
            else:
                silent = False
                if self._outages is not None:
                    self._outages.measured(volts)
            await asyncio.sleep(self._clock.lasts_s(MEASURE_EVERY_S))

    def _faulty(self, words: str) -> None:
        self._start(self._tell_of_fault(words))

    async def _tell_of_fault(self, words: str) -> None:
        try:
            await self._tell(EventName.SUPPLY_NOT_SENSED, reason=words)
        except StoreError as error:
            log.warning("it is not told that the supply is not sensed: %s", error)

    def _start(self, part: Coroutine[Any, Any, None]) -> None:
        assert self._tasks is not None
        self._tasks.create_task(part)


def _inputs(table: SupplyTable, edge: Callable[[], None]) -> SupplyInputs:
    pins = ((table.mains_pin, table.mains_on_high), (table.power_good_pin, table.power_good_on_high))
    mains, power_good = (
        None if pin is None else MainsPin(pin, on_high=on_high, pull=table.pull, edge=edge) for pin, on_high in pins
    )
    return SupplyInputs(mains, power_good)


def _voltmeter(table: VoltageTable | None) -> Voltmeter | None:
    if table is None:
        return None
    if table.adc == "mcp3008":
        return Mcp3008Voltmeter(table.channel, table.reference_v, table.divider)
    return Ads1115Voltmeter(LinuxI2c(table.bus, table.address), table.channel, table.divider)
