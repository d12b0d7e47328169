"""What the capacitor still covers, from its voltage where that is measured, else from the model; and its age."""

from dataclasses import dataclass, replace

from hubd.power import charge
from hubd.power.ageing import Condition, Discharge, condition, estimate_f, present
from hubd.power.charge import Held
from hubd.power.energy import Capacitor
from hubd.power.outage import State
from hubd.power.outage_events import EnergyLeft
from hubd.power.reserve import Reserve
from hubd.power.rules import Rules
from hubd.power.sizing import Durations, way_down
from hubd.utility.supply_config import CapacitorTable

KEPT_ESTIMATES = 9


@dataclass(frozen=True, slots=True)
class _Seen:
    """Voltages at the terminals under one load: the first and the latest."""

    load_w: float
    from_v: float
    from_s: float
    to_v: float
    to_s: float


class OutageEnergy:
    """Follows the hub through its phases. `estimates_f` is what earlier losses showed of the capacitance, `held` what
    was in it when that was last written down, in this life of the machine; `terminal_v` what was measured just now.
    """

    def __init__(
        self,
        table: CapacitorTable,
        rules: Rules,
        estimates_f: list[float],
        held: Held | None,
        now_s: float,
        terminal_v: float | None = None,
    ) -> None:
        self._table = table
        self._loads = table.loads()
        self._send_s = rules.send_s
        durations = Durations(spread_s=rules.spread_s, send_s=rules.send_s, shutdown_s=table.shutdown_s)
        self._way_down = way_down(self._loads, rules.policy, durations)
        self._estimates_f = estimates_f[-KEPT_ESTIMATES:]
        self._present = self._as_it_is()
        self._charge = (
            charge.found(held, self._present, table.charge_w, now_s)
            if terminal_v is None
            else charge.measured(self._present, terminal_v, 0.0, now_s)
        )
        self._load_w = held.load_w if held is not None and held.load_w > 0 else self._loads.riding_w
        """Until the supply has been looked at, it is not taken as charging."""
        self._seen: _Seen | None = None
        self._longest: _Seen | None = None

    @property
    def estimates_f(self) -> list[float]:
        """The last estimates of the capacitance, oldest first."""
        return self._estimates_f

    @property
    def condition(self) -> Condition:
        """How old the capacitor is."""
        return condition(self._estimates_f, self._table.as_new(), self._way_down, self._table.coldest_c)

    def inside_v(self, now_s: float) -> float:
        """The voltage inside."""
        self._pass(now_s)
        return self._charge.inside_v

    def follow(self, state: State, now_s: float) -> None:
        """Time has passed, and this is how the hub stands from now on."""
        self._pass(now_s)
        load_w = self._load_of(state)
        if load_w != self._load_w:
            self._end_of_one_load()
        self._load_w = load_w

    def held(self, state: State, now_s: float) -> Held:
        """What is to be written down where the hub stands like this from now on."""
        self._pass(now_s)
        return Held(self._charge, self._load_of(state))

    def measured(self, terminal_v: float, now_s: float) -> None:
        """The capacitor's voltage was measured: it replaces what was reckoned."""
        self._charge = charge.measured(self._present, terminal_v, self._load_w, now_s)
        if self._load_w > 0:
            began = self._seen or _Seen(self._load_w, terminal_v, now_s, terminal_v, now_s)
            self._seen = replace(began, to_v=terminal_v, to_s=now_s)

    def left(self, now_s: float) -> EnergyLeft:
        """What is covered, under the present load."""
        self._pass(now_s)
        reserve = Reserve.of(self._present, self._loads, self._send_s, self._table.shutdown_s)
        return reserve.left(self._charge.inside_v, self._load_w, now_s)

    def supply_back(self) -> bool:
        """What the loss that has ended shows of the capacitor. True where there is a new estimate."""
        self._end_of_one_load()
        seen, self._longest = self._longest, None
        if seen is None:
            return False
        found_f = estimate_f(Discharge(seen.from_v, seen.to_v, seen.load_w, seen.to_s - seen.from_s), self._present)
        if found_f is None:
            return False
        self._estimates_f = [*self._estimates_f, round(found_f, 3)][-KEPT_ESTIMATES:]
        self._present = self._as_it_is()
        return True

    def _load_of(self, state: State) -> float:
        """What the capacitor carries; nothing while supply is on."""
        off = state.outage is not None and state.outage.off_since_s is not None
        return self._loads.of(state.phase, state.shed) if off else 0.0

    def _end_of_one_load(self) -> None:
        seen, self._seen = self._seen, None
        if seen is not None and (self._longest is None or _span_s(seen) > _span_s(self._longest)):
            self._longest = seen

    def _pass(self, now_s: float) -> None:
        self._charge = charge.passed(self._charge, self._present, self._load_w, self._table.charge_w, now_s)

    def _as_it_is(self) -> Capacitor:
        """As old as it is, or is taken to be, at the coldest that it gets."""
        table = self._table
        return present(self._estimates_f, table.as_new(), table.aged_share).at(table.coldest_c)


def _span_s(seen: _Seen) -> float:
    return seen.to_s - seen.from_s
