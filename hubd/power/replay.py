"""A written history of supply run through the last-gasp rules, with a capacitor or with energy enough."""

import math
from dataclasses import dataclass, field, replace

from hubd.model.stamp import Stamp, TimeTrust
from hubd.power.energy import Capacitor
from hubd.power.last_gasp import next_deadline_s, step
from hubd.power.outage import Row, State
from hubd.power.outage_effects import Effect, Persist, RecordMomentary, SendAlert, SendRestored, ShutDown
from hubd.power.outage_events import AlertStored, Clock, EnergyLeft, Event, Started, SupplyLost, SupplyReturned
from hubd.power.phases import Phase
from hubd.power.reserve import Loads, Reserve
from hubd.power.rules import Rules, on_grid
from hubd.power.sequence import Edge

MOST_STEPS = 10_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """What the hub tells, or `silent` where it goes down untold. `t` is seconds from the first loss."""

    t: float
    event: str
    operations: int


@dataclass(frozen=True, slots=True)
class Supplied:
    """The hub's energy in a replay: a capacitor, full at the first loss, and what charges it while supply is on."""

    capacitor: Capacitor
    loads: Loads
    shutdown_s: float = 10.0
    charge_w: float = 5.0


def replay(edges: tuple[Edge, ...], rules: Rules, supplied: Supplied | None = None) -> tuple[Told, ...]:
    """What a hub under these rules tells of this history. Without `supplied`, energy is taken as sufficient.

    The head-end stores every alert at once. A hub that went down starts when supply is back (at once: the time of
    booting is not reckoned in) and knows by its clock how long the last loss was.
    """
    run = _Run(rules, supplied)
    for edge in edges:
        run.until(edge.at_s)
        run.edge(edge)
    run.until(math.inf)
    return tuple(run.told)


@dataclass(slots=True)
class _Run:
    rules: Rules
    supplied: Supplied | None
    state: State = field(init=False)
    now_s: float = 0.0
    on: bool = True
    row: Row | None = None
    dark_at_s: float | None = None
    """When the shutdown under way is finished."""
    lost_at_s: float = 0.0
    lost_for_s: float = 0.0
    inside_v: float = 0.0
    reserve: Reserve | None = None
    told: list[Told] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = State(self.rules, Phase.NORMAL)
        if self.supplied is not None:
            given = self.supplied
            self.inside_v = given.capacitor.full_v
            self.reserve = Reserve.of(given.capacitor, given.loads, self.rules.send_s, given.shutdown_s)

    def edge(self, edge: Edge) -> None:
        """Supply changes. A hub that is down learns of it when it starts."""
        self._pass(edge.at_s)
        self.on = edge.on
        if edge.on:
            self.lost_for_s = edge.at_s - self.lost_at_s
        else:
            self.lost_at_s = edge.at_s
        if self.dark_at_s is not None and edge.at_s >= self.dark_at_s:
            return
        self._take(SupplyReturned() if edge.on else SupplyLost(f"{len(self.told) + 1}", _stamp(edge.at_s)))

    def until(self, end_s: float) -> None:
        """Do everything that falls due before a moment; what falls due at it is left to the machine's own order."""
        for _ in range(MOST_STEPS):
            due_s = self._due_s()
            if due_s is None or due_s >= end_s:
                return
            self._pass(due_s)
            if self.dark_at_s is not None:
                self._start()
            else:
                self._take(Clock())

    def _due_s(self) -> float | None:
        if self.dark_at_s is not None:
            return max(self.dark_at_s, self.now_s) if self.on else None
        return next_deadline_s(self.state)

    def _start(self) -> None:
        self.dark_at_s = None
        self.state = State(self.rules, now_s=self.now_s)
        row = None if self.row is None else replace(self.row, stored=self.row.alert is not None)
        self._take(Started(True, row, False, f"{len(self.told) + 1}", _stamp(self.now_s), self.lost_for_s))

    def _take(self, event: Event) -> None:
        self.state, effects = step(self.state, event, self.now_s)
        for effect in effects:
            self._do(effect)
        if self.reserve is not None and self._powered_by_capacitor() and not isinstance(event, EnergyLeft):
            self._reckon(self.reserve)

    def _reckon(self, reserve: Reserve) -> None:
        """Tell the machine what is left, and again where that moves it to a phase with another load."""
        before = None
        while before is not self.state.phase and self._powered_by_capacitor():
            before = self.state.phase
            self._take(reserve.left(self.inside_v, self._load_w(), self.now_s))

    def _do(self, effect: Effect) -> None:
        if isinstance(effect, Persist):
            self.row = effect.row
        elif isinstance(effect, SendAlert):
            self._tell(str(effect.kind), effect.operations)
            self.state, more = step(self.state, AlertStored(effect.outage_id), self.now_s)
            for stored in more:
                self._do(stored)
        elif isinstance(effect, SendRestored | RecordMomentary):
            self.row = None
            self._tell("restored" if isinstance(effect, SendRestored) else "momentary", effect.operations)
        elif isinstance(effect, ShutDown):
            assert self.supplied is not None
            self.dark_at_s = on_grid(self.now_s + self.supplied.shutdown_s)
            if not effect.alert_sent:
                self._tell("silent", self.row.operations if self.row else 0)

    def _tell(self, event: str, operations: int) -> None:
        self.told.append(Told(round(self.now_s, 3), event, operations))

    def _powered_by_capacitor(self) -> bool:
        return not self.on and self.state.phase is not Phase.SHUTTING_DOWN

    def _load_w(self) -> float:
        assert self.supplied is not None
        return self.supplied.loads.of(self.state.phase, self.state.shed)

    def _pass(self, to_s: float) -> None:
        passed_s = to_s - self.now_s
        if self.supplied is not None and passed_s > 0:
            self.inside_v = self._voltage_after(self.supplied, passed_s)
        self.now_s = to_s

    def _voltage_after(self, given: Supplied, passed_s: float) -> float:
        capacitor = given.capacitor
        if self.on:
            charged = self.inside_v**2 + 2 * given.charge_w * passed_s / capacitor.capacitance_f
            return min(math.sqrt(charged), capacitor.full_v)
        if self.dark_at_s is not None:
            passed_s = min(passed_s, max(self.dark_at_s - self.now_s, 0.0))
        return capacitor.voltage_after(self._load_w(), self.inside_v, passed_s)


def _stamp(at_s: float) -> Stamp:
    return Stamp(at_s, TimeTrust.NETWORK)
