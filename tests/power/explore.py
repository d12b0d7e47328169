"""Every state that the last-gasp machine can reach when supply, answers, energy and crashes come on a coarse grid.

Moments are made relative to the present and cut where the rules no longer look at them, so the states are finitely
many: the exploration ends by itself, and holds for histories of any length on that grid.

    python tests/power/explore.py --grid 5
"""

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).parents[2]))
    __package__ = "tests.power"

from hubd.cli import argument_types
from hubd.power import records
from hubd.power.deadlines import next_due
from hubd.power.last_gasp import step
from hubd.power.outage import Outage, State
from hubd.power.outage_effects import Effect, Persist, RecordMomentary, SendAlert, SendRestored, ShutDown
from hubd.power.outage_events import AlertStored, Clock, EnergyLeft, Event, Started, SupplyLost, SupplyReturned
from hubd.power.phases import Phase, Trigger
from hubd.power.rules import Policy, Rules, on_grid

from .histories import STAMP

BASE_S = 1_000.0
OFF = (Phase.DIP, Phase.RIDING, Phase.SPREADING, Phase.SENDING, Phase.SENT, Phase.SHUTTING_DOWN)
LONGEST_LOOK_S = 200.0


@dataclass(slots=True)
class Explored:
    """What was found: states, steps, and the rows of the table that were used."""

    states: set[State] = field(default_factory=set)
    steps: int = 0
    used: set[tuple[Phase, Trigger]] = field(default_factory=set)


def explore(rules: Rules, grid_s: float, energies: tuple[tuple[float, float], ...]) -> Explored:
    """All of it, from NORMAL and from every kind of start. AssertionError where a step breaks an invariant."""
    found = Explored()
    waiting = [State(rules, Phase.NORMAL, now_s=BASE_S), State(rules, Phase.STARTING, now_s=BASE_S)]
    while waiting:
        state = waiting.pop()
        if state in found.states:
            continue
        found.states.add(state)
        for event, at_s in _events(state, grid_s, energies):
            after, effects = step(state, event, at_s)
            found.steps += 1
            found.used.add((state.phase, _trigger(state, event)))
            _check(state, event, at_s, after, effects)
            waiting.append(_relative(after))
    return found


def _events(state: State, grid_s: float, energies: tuple[tuple[float, float], ...]) -> Iterator[tuple[Event, float]]:
    now_s, outage = state.now_s, state.outage
    lost = SupplyLost("two", STAMP)
    if state.phase is Phase.STARTING:
        for on in (True, False):
            yield Started(on, None, False, "one", STAMP), now_s
        return
    due = next_due(state)
    for at_s in {now_s, on_grid(now_s + grid_s)}:
        if due is None or due[0] >= at_s:
            yield (SupplyReturned() if state.phase in OFF else lost), at_s
    if outage is not None:
        yield AlertStored("one"), now_s
        if state.phase in OFF and state.phase is not Phase.SHUTTING_DOWN and state.send_by_s is None:
            yield from ((EnergyLeft(now_s + send, now_s + down), now_s) for send, down in energies)
        yield Clock(), (min(due[0], on_grid(now_s + grid_s)) if due else on_grid(now_s + grid_s))


def starts(state: State) -> Iterator[State]:
    """The states after a crash here, and after the machine itself was down."""
    if state.outage is None or state.phase in (Phase.DIP, Phase.STARTING):
        return
    for on in (True, False):
        for same_boot in (True, False):
            for at_most_s in (None, 10.0):
                fresh = State(state.rules, now_s=state.now_s)
                event = Started(on, records.row(state.outage), same_boot, "one", STAMP, at_most_s)
                yield _relative(step(fresh, event, fresh.now_s)[0])


def _trigger(state: State, event: Event) -> Trigger | None:
    if state.phase is Phase.SHUTTING_DOWN:
        return None
    if isinstance(event, Clock):
        due = next_due(state)
        return due[1] if due else None
    alert = state.outage.alert if state.outage else None
    again = state.phase is Phase.RESTORING and alert and not alert.stored and alert.attempts <= 2
    if isinstance(event, SupplyLost):
        return Trigger.LOSS_UNSTORED if again else Trigger.LOSS
    if isinstance(event, AlertStored):
        return Trigger.STORED if alert and not alert.stored else None
    if isinstance(event, Started):
        return Trigger.START_NORMAL if event.supply_on else Trigger.START_DIP
    return Trigger.RETURN if isinstance(event, SupplyReturned) else None


def _check(before: State, event: Event, at_s: float, after: State, effects: tuple[Effect, ...]) -> None:
    alerts = [effect for effect in effects if isinstance(effect, SendAlert)]
    ends = [effect for effect in effects if isinstance(effect, SendRestored | RecordMomentary)]
    for number, effect in enumerate(effects):
        if isinstance(effect, SendAlert):
            assert effect.off_for_s >= 15, "an alert before 15 s"
            if effect.attempt == 1:
                assert before.outage is None or before.outage.alert is None, "a second alert"
                assert isinstance(effects[number - 1], Persist), "an alert that is not on disk"
    assert len(ends) <= 1
    assert bool(ends) == (before.outage is not None and (after.outage is None or after.outage.outage_id == "two"))
    if ends and before.outage is not None:
        told = before.outage.alert is not None or before.outage.lasting
        assert isinstance(ends[0], SendRestored) == told
    assert (after.phase in OFF) == (after.outage is not None and after.outage.off_since_s is not None)
    assert (after.phase is Phase.NORMAL) == (after.outage is None)
    if any(isinstance(effect, ShutDown) for effect in effects):
        assert after.phase is Phase.SHUTTING_DOWN
    had = before.outage is not None and before.outage.alert is not None
    has = after.outage is not None and after.outage.alert is not None
    assert not has or had or alerts, "an alert appeared without being sent"
    if before.phase is Phase.SHUTTING_DOWN:
        assert (after, effects) == (before, ()), "a shutdown that has begun was touched"
    due = next_due(after)
    assert due is None or due[0] > after.now_s, "something that is due was left undone"
    assert after.now_s >= at_s or after.phase is Phase.SHUTTING_DOWN


def _relative(state: State) -> State:
    shift_s = BASE_S - state.now_s
    outage = state.outage

    def moved(moment_s: float | None, cut_s: float = LONGEST_LOOK_S) -> float | None:
        return None if moment_s is None else on_grid(min(max(moment_s + shift_s, BASE_S - cut_s), BASE_S + cut_s))

    if outage is not None:
        alert = outage.alert
        sending = state.phase in (Phase.SENDING,) and alert is not None
        sent_s = moved(alert.sent_at_s, 40.0) if alert and sending else BASE_S
        outage = _plain(
            outage, moved(outage.off_since_s), moved(outage.on_since_s, 61.0), moved(outage.spread_until_s, 61.0)
        )
        if alert is not None:
            outage = replace(outage, alert=replace(alert, sent_at_s=sent_s or BASE_S))
        if state.phase is Phase.SENT or state.phase is Phase.SHUTTING_DOWN:
            outage = replace(outage, off_since_s=BASE_S, on_since_s=None)
    send_s, down_s = moved(state.send_by_s), moved(state.down_by_s)
    if state.phase in (Phase.SHUTTING_DOWN, Phase.NORMAL):
        send_s = down_s = None
    return replace(state, outage=outage, now_s=BASE_S, send_by_s=send_s, down_by_s=down_s)


def _plain(outage: Outage, off_s: float | None, on_s: float | None, spread_s: float | None) -> Outage:
    return replace(
        outage,
        outage_id="one",
        operations=1,
        first_loss_s=None,
        off_since_s=off_s,
        on_since_s=on_s,
        spread_until_s=spread_s or 0.0,
        failure=None,
    )


def main() -> None:
    """Explore every policy, and print how much there was."""
    parser = argparse.ArgumentParser(description="every reachable state of the last-gasp rules on a grid of time")
    parser.add_argument("--grid", type=argument_types.number(0.1, 60), default=5.0, metavar="S")
    args = parser.parse_args()
    for policy in Policy:
        begun_s = time.monotonic()
        found = explore(Rules(policy, spread_s=10.0), args.grid, ((0.5, 0.5), (20.0, 30.0), (5.0, 40.0)))
        took_s = time.monotonic() - begun_s
        print(f"{policy}: {len(found.states)} states, {found.steps} steps in {took_s:.1f} s: no rule broken")


if __name__ == "__main__":
    main()
