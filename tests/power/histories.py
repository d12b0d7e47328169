"""Random histories of supply, and the last-gasp machine driven through them with crashes, energy and lost answers.

Every figure is seeded. `Run` keeps the books that the invariants are checked against.
"""

import random
from dataclasses import dataclass, field, replace

from hubd.model.stamp import Stamp, TimeTrust
from hubd.power.last_gasp import next_deadline_s, step
from hubd.power.outage import Row, State
from hubd.power.outage_effects import Effect, Persist, RecordMomentary, SendAlert, SendRestored, ShutDown
from hubd.power.outage_events import AlertStored, Clock, EnergyLeft, Event, Started, SupplyLost, SupplyReturned
from hubd.power.phases import AlertKind, Phase
from hubd.power.rules import Rules

from .oracle import US, Loss

STAMP = Stamp(0.0, TimeTrust.NETWORK)
OFF_US = (1, 20_000, 200_000, 500_000, 1 * US, 5 * US, 14_900_000, 14_999_000, 15 * US, 15_001_000, 30 * US, 45 * US)
OFF_US += (59_999_999, 60 * US, 60_000_001, 75 * US, 120 * US, 180 * US, 180_000_001, 300 * US)
ON_US = (1, 20_000, 100_000, 500_000, 2 * US, 15 * US, 40 * US, 59_990_000, 60 * US - 1, 60 * US, 60_010_000, 90 * US)


def losses(chance: random.Random, most: int = 6) -> list[Loss]:
    """A history: half of its times from the dangerous ones, half from anywhere; one in three stays off."""
    found: list[Loss] = []
    now = 0
    count = chance.randint(1, most)
    for number in range(count):
        off = chance.choice(OFF_US) if chance.random() < 0.5 else chance.randint(1, 200 * US)
        if number == count - 1 and chance.random() < 1 / 3:
            found.append(Loss(now, None))
            break
        found.append(Loss(now, now + off))
        now += off + (chance.choice(ON_US) if chance.random() < 0.5 else chance.randint(1, 100 * US))
    return found


@dataclass(slots=True)
class Run:
    """One hub. `told` holds (moment in us, event, operations, outage id)."""

    rules: Rules
    chance: random.Random
    stores: bool = True
    crashes: float = 0.0
    energy: bool = False
    state: State = field(init=False)
    told: list[tuple[int, str, int, str]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    off_since: int | None = None
    row: Row | None = None
    down: bool = False
    send_by: float = 0.0
    down_by: float = 0.0
    crashed: int = 0
    steps: int = 0

    def __post_init__(self) -> None:
        self.state = State(self.rules, Phase.NORMAL)

    def through(self, history: list[Loss]) -> None:
        """The whole history, and what falls due after it."""
        for loss in history:
            self._until(loss.begin)
            self._lost(loss.begin)
            if loss.end is None:
                break
            self._until(loss.end)
            self._back(loss.end)
        self._until(None)

    def _lost(self, now: int) -> None:
        self.off_since = now
        if self.down:
            return
        was_open = self.state.outage is not None
        self._take(SupplyLost(f"outage-{now}", STAMP), now)
        if not was_open or self.state.outage is None or self.state.outage.outage_id == f"outage-{now}":
            self.opened.append(f"outage-{now}")
        if self.energy:
            self._draw_energy(now)

    def _draw_energy(self, now: int) -> None:
        span = self.chance.choice((0.5, 10.0, 16.0, 30.0, 65.0, 100.0, 250.0)) * self.chance.random() * 2
        self.send_by = now / US + span
        self.down_by = self.send_by + self.chance.choice((0.0, 1.0, 2.0, 20.0, 40.0))
        self._take(EnergyLeft(self.send_by, self.down_by), now)

    def _back(self, now: int) -> None:
        self.off_since = None
        if not self.down:
            return self._take(SupplyReturned(), now)
        return self._start(now, same_boot=False)

    def _until(self, end: int | None) -> None:
        for _ in range(200):
            due = next_deadline_s(self.state) if not self.down else None
            if due is None or (end is not None and round(due * US) >= end):
                return
            if self.crashes and self.chance.random() < self.crashes:
                self._crash(due, end)
                continue
            self._take(Clock(), round(due * US))
        raise AssertionError("the machine does not come to rest")

    def _crash(self, due: float, end: int | None) -> None:
        """Killed somewhere before the next deadline, and started again there."""
        begin = round(self.state.now_s * US)
        self.crashed += 1
        self.crashes /= 2
        self._start(self.chance.randint(begin, round(due * US) if end is None else min(round(due * US), end)))

    def _start(self, now: int, same_boot: bool = True) -> None:
        self.down = False
        self.state = State(self.rules, now_s=now / US)
        on = self.off_since is None
        self._take(Started(on, self.row, same_boot, f"outage-{now}", STAMP, None), now)
        if self.row is None and not on:
            self.opened.append(f"outage-{now}")

    def _take(self, event: Event, now: int) -> None:
        self.steps += 1
        self.state, effects = step(self.state, event, now / US)
        for effect in effects:
            self._do(effect, now)

    def _do(self, effect: Effect, now: int) -> None:
        if isinstance(effect, Persist):
            self.row = effect.row
        elif isinstance(effect, SendAlert):
            self._alert(effect, now)
        elif isinstance(effect, SendRestored | RecordMomentary):
            self.row = None
            kind = "restored" if isinstance(effect, SendRestored) else "momentary"
            self.told.append((now, kind, effect.operations, effect.outage_id))
        elif isinstance(effect, ShutDown):
            self.down = True
            self.told.append(
                (now, "down" if effect.alert_sent else "silent", 0, self.row.outage_id if self.row else "")
            )

    def _alert(self, effect: SendAlert, now: int) -> None:
        assert self.row is not None
        assert self.row.alert is not None, "the row is written before the alert leaves"
        assert self.off_since is not None, "no alert while supply is on"
        assert self.crashed or now - self.off_since >= 15 * US, "no alert before 15 s"
        first = not any(item[1] in ("alert", "provisional") and item[3] == effect.outage_id for item in self.told)
        assert first or effect.attempt > 1 or self.crashed, "a second alert"
        if first:
            assert now - self.off_since >= 15 * US, "no first alert before 15 s of this loss"
            self.told.append((now, str(effect.kind), effect.operations, effect.outage_id))
        if self.stores:
            self._take(AlertStored(effect.outage_id), now)


def check(run: Run, history: list[Loss]) -> None:
    """The invariants that hold with crashes, without energy and without answers."""
    alerts = [item for item in run.told if item[1] in ("alert", "provisional")]
    ends = [item for item in run.told if item[1] in ("restored", "momentary")]
    assert len({item[3] for item in alerts}) == len(alerts), "one alert for one outage"
    assert len({item[3] for item in ends}) == len(ends), "an event ends once"
    for alert in alerts:
        after = [item for item in ends if item[3] == alert[3]]
        still_off = history[-1].end is None and not after
        assert still_off or (len(after) == 1 and after[0][1] == "restored" and after[0][0] >= alert[0])
        assert alert[1] == AlertKind.PROVISIONAL or _long_enough(alert[0], history, run.rules), "within the rule"
    if history[-1].end is not None:
        assert run.state.outage is None, "supply holds, and the event stays open"


def _long_enough(now: int, history: list[Loss], rules: Rules) -> bool:
    loss = [loss for loss in history if loss.begin <= now][-1]
    return now - loss.begin >= round(rules.continuous_loss_s * US)


def with_spread(rules: Rules, spread_us: int) -> Rules:
    """The rules with a wait of this hub's own."""
    return replace(rules, spread_s=spread_us / US)
