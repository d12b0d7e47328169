"""What the hub does when something falls due.

Phases are changed by the table in `last_gasp.py`, not here: each deed sees the phase that it falls due in.
"""

from collections.abc import Callable
from dataclasses import replace

from hubd.power.outage import Alert, State
from hubd.power.outage_effects import Effect, Persist, ShedLoad, ShutDown, TakeLoad
from hubd.power.phases import AlertKind, Failure, Phase, Trigger
from hubd.power.records import alert_of, closing, open_outage, row
from hubd.power.rules import on_grid

Step = tuple[State, tuple[Effect, ...]]


def _lasted(state: State, _now_s: float) -> Step:
    outage = open_outage(state)
    shed: tuple[Effect, ...] = () if state.shed else (ShedLoad(),)
    return replace(state, shed=True), (*shed, Persist(row(outage)))


def _confirmed(state: State, now_s: float) -> Step:
    """The share is of the spread that the energy allows: hubs with little of it are spread too."""
    rules = state.rules
    allowed_s = rules.spread_s if state.send_by_s is None else max(state.send_by_s - now_s, 0.0)
    failure = Failure.SPREAD_CUT if allowed_s < rules.spread_s else None
    until_s = now_s + rules.spread_share * min(rules.spread_s, allowed_s)
    outage = replace(open_outage(state), lasting=True, failure=failure, spread_until_s=on_grid(until_s))
    return replace(state, outage=outage), (Persist(row(outage)),)


def _spread_over(state: State, now_s: float) -> Step:
    return _send(state, AlertKind.CONFIRMED, open_outage(state).failure, now_s)


def _energy_short(state: State, now_s: float) -> Step:
    if state.phase is Phase.SPREADING:
        return _send(state, AlertKind.CONFIRMED, Failure.SPREAD_CUT, now_s)
    return _send(state, AlertKind.PROVISIONAL, Failure.ENERGY_BEFORE_CONFIRMED, now_s)


def _send(state: State, kind: AlertKind, failure: Failure | None, now_s: float) -> Step:
    outage = replace(open_outage(state), alert=Alert(kind, now_s), failure=failure)
    alert = alert_of(outage, now_s)
    return replace(state, outage=outage), (Persist(row(outage)), alert)


def _resend(state: State, now_s: float) -> Step:
    outage = open_outage(state)
    assert outage.alert is not None
    outage = replace(outage, alert=replace(outage.alert, attempts=outage.alert.attempts + 1))
    return replace(state, outage=outage), (alert_of(outage, now_s),)


def _window_over(state: State, _now_s: float) -> Step:
    outage = open_outage(state)
    outage = replace(outage, failure=outage.failure or Failure.NOT_STORED)
    return replace(state, outage=outage), ()


def _energy_out(state: State, _now_s: float) -> Step:
    outage = open_outage(state)
    if outage.alert is None:
        outage = replace(outage, failure=Failure.ENERGY_BEFORE_ALERT)
    duties = (Persist(row(outage)), ShutDown(outage.alert is not None, outage.failure))
    return replace(state, outage=outage), duties


def _stable(state: State, _now_s: float) -> Step:
    outage = open_outage(state)
    load: tuple[Effect, ...] = (TakeLoad(),) if state.shed else ()
    return replace(state, outage=None, shed=False), (closing(outage), *load)


DEEDS: dict[Trigger, Callable[[State, float], Step]] = {
    Trigger.LASTED: _lasted,
    Trigger.CONFIRMED: _confirmed,
    Trigger.SPREAD_OVER: _spread_over,
    Trigger.ENERGY_SHORT: _energy_short,
    Trigger.RESEND: _resend,
    Trigger.WINDOW_OVER: _window_over,
    Trigger.ENERGY_OUT: _energy_out,
    Trigger.STABLE: _stable,
}
