"""Loss of the hub's own supply: the shell around the last-gasp rules. It asks the rules, and does what they say.

Everything that happens comes through one queue, with its moment of the monotonic clock, and is taken in turn. The
rules live `steady_s` and a little behind that clock: a change of supply is believed only after it has been steady,
and must not come after what falls due in the meantime (a return at 59.99 s is a return, not an alert).
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.model.stamp import Stamp
from hubd.power.last_gasp import next_deadline_s, step
from hubd.power.level import Changed
from hubd.power.outage import State
from hubd.power.outage_effects import Effect, Persist, SendAlert, SendRestored, ShedLoad, ShutDown, TakeLoad
from hubd.power.outage_events import AlertStored, Clock, Event, Started, SupplyLost, SupplyReturned
from hubd.power.phases import Phase
from hubd.power.spread import share
from hubd.utility.capacitor_watch import CapacitorWatch
from hubd.utility.clock import HubClock
from hubd.utility.departure import Departure, Leaving
from hubd.utility.life import LastAlive
from hubd.utility.losses import Losses
from hubd.utility.outage_journal import DURABLE, Entry, Found, OutageJournal
from hubd.utility.outage_start import between, fresh_id, unseen
from hubd.utility.outage_writing import OutageWriting, SayUnstored, Written
from hubd.utility.restorations import WRITE_AGAIN_EVERY_S, Restorations
from hubd.utility.shedding import Shedding
from hubd.utility.supply_config import SupplyTable
from hubd.wan.supply_messages import AlertDetail

log = logging.getLogger(__name__)

LAG_S = 0.02
LOOK_AT_ENERGY_EVERY_S = 1.0
_MOST_RECKONINGS = 8
"""More than there are loads: the reckoning is done anew where it moves the rules to a phase with another load."""

OnSupply = Callable[[bool, Stamp], None]


@dataclass(frozen=True, slots=True)
class _Reckon:
    """Time to look at the energy. `capacitor_v`: what was measured."""

    capacitor_v: float | None = None


@dataclass(frozen=True, slots=True)
class _WriteAgain:
    """Time to try what could not be written down."""


_Happened = Changed | AlertStored | _Reckon | _WriteAgain


@dataclass(frozen=True, slots=True)
class SupplyNow:
    """How the supply stands. `since` is the wall time of the last change that was seen, or of the start."""

    on: bool
    since: Stamp
    since_s: float


class Outages:
    """Construct it, give `changed` to the sensing and `stored` to the link, and `run` it for ever."""

    def __init__(
        self,
        hub: HubId,
        table: SupplyTable,
        store: OutageJournal,
        clock: HubClock,
        shedding: Shedding,
        capacitor: CapacitorWatch | None,
        departure: Departure,
        urge: Callable[[], None],
        say_unstored: SayUnstored,
        on_supply: OnSupply,
        supply_pu: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._hub = hub
        self._supply_pu = supply_pu
        self._table = table
        self._store = store
        self._clock = clock
        self._shedding = shedding
        self._capacitor = capacitor
        self._departure = departure
        self._urge = urge
        self._on_supply = on_supply
        self._queue: asyncio.Queue[_Happened] = asyncio.Queue()
        self._restorations = Restorations(hub, store, clock, table.restoration_spread_s, urge)
        self._writing = OutageWriting(store, say_unstored, lambda outage: self._queue.put_nowait(AlertStored(outage)))
        self._started_s = clock.monotonic_s()
        self._lag_s = table.steady_s + LAG_S
        self._state = State(table.rules)
        self._losses = Losses()
        self._alert: tuple[str, int] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self.now: SupplyNow | None = None

    @property
    def state(self) -> State:
        """How the rules stand."""
        return self._state

    @property
    def unwritten(self) -> int:
        """How much of the outage the card did not take yet."""
        return self._writing.waiting

    def changed(self, change: Changed) -> None:
        """The supply is believed to have changed, or was looked at for the first time."""
        self._queue.put_nowait(change)

    def measured(self, capacitor_v: float) -> None:
        """The capacitor's voltage, at its terminals."""
        self._queue.put_nowait(_Reckon(capacitor_v))

    def stored(self, stored: Mapping[Lane, int]) -> None:
        """The head-end has stored so much of each lane."""
        if self._alert is not None and stored.get(Lane.ALARM, 0) >= self._alert[1]:
            self._queue.put_nowait(AlertStored(self._alert[0]))

    async def run(self, last: LastAlive | None) -> None:
        """Take up what the last run left, then go on for ever. Raises Leaving where the hub must go down."""
        found = await self._store.find()
        async with asyncio.TaskGroup() as self._tasks:
            self._spawn(self._restorations.tell("start"))
            self._spawn(self._look_at_energy())
            self._spawn(self._look_at_the_card())
            await self._begin(found, last)
            while True:
                await self._take_next()

    # What happens

    async def _begin(self, found: Found | None, last: LastAlive | None) -> None:
        first = await self._queue.get()
        while not isinstance(first, Changed):
            first = await self._queue.get()
        at = self._stamp_of(first.at_s)
        self._note(first, at)
        boot = self._clock.boot()
        row = found.kept.row if found is not None else unseen(last, boot, at)
        same_boot = found.boot == boot if found is not None else False
        if found is not None:
            self._losses = Losses.recovered(found.kept.losses_s, found.kept.row.first_loss_s if same_boot else None)
            self._alert = None if found.alert_seq is None else (found.kept.row.outage_id, found.alert_seq)
        outage_id = row.outage_id if row is not None else fresh_id()
        self._draw_spread(outage_id)
        lost_at_most_s = between(last, at) if not same_boot else None
        await self._take(Started(first.on, row, same_boot, outage_id, at, lost_at_most_s), first.at_s)

    async def _take_next(self) -> None:
        due_s = next_deadline_s(self._state)
        wait_s = None if due_s is None else max(due_s + self._lag_s - self._clock.monotonic_s(), 0.0)
        try:
            async with asyncio.timeout(None if wait_s is None else self._clock.lasts_s(wait_s)):
                happened = await self._queue.get()
        except TimeoutError:
            return await self._take(Clock(), self._now_s())
        if isinstance(happened, Changed):
            await self._take_change(happened)
        elif isinstance(happened, AlertStored):
            await self._take(happened, self._now_s())
        elif isinstance(happened, _WriteAgain):
            if self._note_written(await self._writing.write()):
                self._urge()
        else:
            await self._reckon(happened.capacitor_v)
        return None

    async def _take_change(self, change: Changed) -> None:
        at = self._stamp_of(change.at_s)
        self._note(change, at)
        if change.on:
            self._losses.back(change.at_s)
            await self._take(SupplyReturned(), change.at_s)
            if self._capacitor is not None:
                await self._capacitor.supply_back()
            return
        if self._state.outage is None:
            self._losses = Losses()
        self._losses.lost(change.at_s)
        outage_id = fresh_id()
        if self._state.outage is None:
            self._draw_spread(outage_id)
        await self._take(SupplyLost(outage_id, at), change.at_s)

    async def _take(self, event: Event, at_s: float) -> None:
        before = self._state.phase
        self._state, effects = step(self._state, event, at_s)
        await self._do(effects)
        if self._state.phase is not before:
            log.info("supply: %s", self._state.phase.value.replace("_", " "))
        await self._reckon(None)

    async def _reckon(self, capacitor_v: float | None) -> None:
        """What the capacitor covers, told to the rules; again where that moves them to a phase with another load."""
        if self._capacitor is None:
            return
        energy, now_s = self._capacitor.energy, self._now_s()
        energy.follow(self._state, now_s)
        if capacitor_v is not None:
            energy.measured(capacitor_v, now_s)
        before = None
        for _ in range(_MOST_RECKONINGS):
            if before is self._state.phase or not self._on_capacitor():
                return
            before = self._state.phase
            self._state, effects = step(self._state, energy.left(now_s), now_s)
            await self._do(effects)
            energy.follow(self._state, now_s)

    # What is done about it

    async def _do(self, effects: Sequence[Effect]) -> None:
        """What is on disk comes first, load that is shed too: a hub killed in between would else leave it off."""
        if durable := [effect for effect in effects if isinstance(effect, DURABLE)]:
            await self._put(durable)
        for effect in effects:
            if isinstance(effect, ShedLoad):
                self._spawn(self._shedding.shed())
            elif isinstance(effect, TakeLoad):
                self._spawn(self._shedding.take())
            elif isinstance(effect, ShutDown):
                self._departure.due = True
                raise Leaving

    async def _put(self, durable: Sequence[Effect]) -> None:
        up_for_s = self._clock.monotonic_s() - self._started_s
        held = None if self._capacitor is None else self._capacitor.energy.held(self._state, self._now_s())
        entry = Entry(durable, self._losses.as_list(), self._detail(), up_for_s, self._clock.stamp(), held)
        self._note_written(await self._writing.put(entry))
        if any(not isinstance(effect, Persist) for effect in durable):
            self._urge()

    def _note_written(self, written: Written | None) -> bool:
        for effect in written.effects if written is not None else ():
            if isinstance(effect, SendAlert) and written is not None and written.alert_seq is not None:
                self._alert = (effect.outage_id, written.alert_seq)
            elif isinstance(effect, SendRestored) and self._store.restored_later:
                self._spawn(self._restorations.tell(effect.outage_id))
        return written is not None

    def _detail(self) -> AlertDetail:
        lasts_s = None if self._state.down_by_s is None else round(max(self._state.down_by_s - self._now_s(), 0.0), 1)
        capacitor_v = None if self._capacitor is None else round(self._capacitor.energy.inside_v(self._now_s()), 3)
        supply_pu = self._supply_pu()
        before_pu = None if supply_pu is None else round(supply_pu, 3)
        return AlertDetail(self._losses.as_list(), lasts_s, capacitor_v, before_pu)

    async def _look_at_energy(self) -> None:
        while self._capacitor is not None:
            await asyncio.sleep(self._clock.lasts_s(LOOK_AT_ENERGY_EVERY_S))
            if self._on_capacitor():
                self._queue.put_nowait(_Reckon())

    async def _look_at_the_card(self) -> None:
        while True:
            await asyncio.sleep(self._clock.lasts_s(WRITE_AGAIN_EVERY_S))
            if self.unwritten:
                self._queue.put_nowait(_WriteAgain())

    # Small things

    def _note(self, change: Changed, at: Stamp) -> None:
        self.now = SupplyNow(change.on, at, change.at_s)
        self._on_supply(change.on, at)

    def _draw_spread(self, outage_id: str) -> None:
        rules = replace(self._state.rules, spread_share=share(self._hub, outage_id))
        self._state = replace(self._state, rules=rules)

    def _on_capacitor(self) -> bool:
        outage = self._state.outage
        return outage is not None and outage.off_since_s is not None and self._state.phase is not Phase.SHUTTING_DOWN

    def _now_s(self) -> float:
        """The rules' own time."""
        return self._clock.monotonic_s() - self._lag_s

    def _stamp_of(self, at_s: float) -> Stamp:
        """The wall time of a moment that has just been."""
        stamp = self._clock.stamp()
        return Stamp(stamp.unix_s - self._clock.lasts_s(self._clock.monotonic_s() - at_s), stamp.trust)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._tasks is not None
        self._tasks.create_task(work)
