"""One life of the daemon's part for outages, on a real journal and a clock that runs two hundred times as fast."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from hubd.bench.grid.clock import GridClock
from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.power.charge import Charge, Held
from hubd.power.level import Changed
from hubd.power.phases import Phase
from hubd.power.voltage_adc import Voltmeter
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility.capacitor_watch import CapacitorWatch, keep_held
from hubd.utility.departure import Departure
from hubd.utility.events import EventName
from hubd.utility.life import LastAlive
from hubd.utility.outage_bodies import Place
from hubd.utility.outage_journal import OutageJournal
from hubd.utility.outages import Outages
from hubd.utility.shedding import Shedding, loads_of
from hubd.utility.supply_config import CapacitorTable, SupplyTable
from hubd.wan import schemas, topics

HUB = HubId("hub-0001")
FACTOR = 200.0
WITHIN_S = 10.0
ENOUGH = CapacitorTable(capacitance_f=75.0, riding_w=3.0, shed_w=1.5, sending_w=3.5, shutdown_w=2.0)


@dataclass
class Unstored:
    """An alarm that was handed to the session without being on disk."""

    kind: str
    body: dict[str, Any]
    told: Callable[[], None]


@dataclass
class Hub:
    """One life of the daemon's part, and what it told."""

    outages: Outages
    journal: Journal
    clock: GridClock
    departure: Departure
    shedding: Shedding
    urged: list[float] = field(default_factory=list)
    told: list[tuple[EventName, dict[str, Any]]] = field(default_factory=list)
    unstored: list[Unstored] = field(default_factory=list)
    ended: "asyncio.Future[None] | None" = None

    def now_s(self) -> float:
        return self.clock.monotonic_s()

    def supply(self, on: bool, at_s: float | None = None) -> float:
        at_s = self.now_s() if at_s is None else at_s
        self.outages.changed(Changed(on, at_s))
        return at_s

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not condition():
                await asyncio.sleep(0.002)

    async def phase(self, phase: Phase) -> None:
        await self.until(lambda: self.outages.state.phase is phase)

    async def pass_s(self, span_s: float) -> None:
        await asyncio.sleep(self.clock.lasts_s(span_s))

    async def messages(self, lane: Lane = Lane.ALARM) -> list[dict[str, Any]]:
        rows = await self.journal.read(lambda c: outbox.waiting(c, lane, 0, 100))
        found = []
        for row in rows:
            body = json.loads(row.body)
            up = {"v": 1, "hub": HUB, "journal": "0123abcd", "lane": lane, "seq": row.seq, "kind": row.kind}
            up |= {"at": {"unix_s": row.at.unix_s, "trust": row.at.trust}, "body": body}
            schemas.check(topics.up(HUB, lane), msgspec.json.encode(up))
            found.append({"kind": row.kind, "seq": row.seq, "at": row.at, **body})
        return found

    async def head_end_stores(self) -> None:
        rows = await self.journal.read(lambda c: outbox.waiting(c, Lane.ALARM, 0, 100))
        await self.journal.commit(lambda c: outbox.delete_stored(c, {Lane.ALARM: rows[-1].seq}))
        self.outages.stored({Lane.ALARM: rows[-1].seq})


@contextlib.asynccontextmanager
async def hub(
    journal: Journal,
    clock_file: Path,
    last: LastAlive | None = None,
    capacitor: CapacitorTable | None = None,
    voltmeter: Voltmeter | None = None,
    charged: bool = True,
    sys: Path = Path("/nowhere"),
    **table: Any,
) -> AsyncIterator[Hub]:
    """Leaving the context is a kill: nothing is told to end in order. `charged`: the capacitor was seen full before,
    in this life of the machine.
    """
    supply = SupplyTable(
        mains_pin=17, capacitor=capacitor, **({"spread_s": 0.0, "sentinel": True, "topology": "f1/s1/t1/h1"} | table)
    )
    clock = GridClock(True, clock_file)
    told: list[tuple[EventName, dict[str, Any]]] = []
    urged: list[float] = []
    unstored: list[Unstored] = []

    async def tell(name: EventName, **facts: Any) -> None:
        told.append((name, facts))

    if capacitor is not None and charged:
        full = Held(Charge(capacitor.full_v, clock.monotonic_s()), 0.0)
        await journal.commit(lambda c: keep_held(c, clock.boot(), full))
    watch = await CapacitorWatch.begin(supply, journal, clock, tell, voltmeter)
    store = OutageJournal(journal, Place(supply), clock.boot(), restored_later=not supply.sentinel)
    shedding = Shedding(loads_of(supply.shed, sys))
    departure = Departure(["true"], ["true"], lambda: False)
    outages = Outages(
        HUB,
        supply,
        store,
        clock,
        shedding,
        watch,
        departure,
        lambda: urged.append(clock.monotonic_s()),
        lambda name, kind, body, at, was_told: unstored.append(Unstored(kind, json.loads(body), was_told)),
        lambda on, since: None,
    )
    running = asyncio.ensure_future(outages.run(last))
    try:
        yield Hub(outages, journal, clock, departure, shedding, urged, told, unstored, running)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, BaseExceptionGroup):
            await running
