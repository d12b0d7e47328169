"""The last-gasp rules as a pure machine: `step(state, event, now_s) -> (state, effects)`.

Theory of operation. A recloser takes supply away and gives it back several times within seconds, and each time the
customer has light again within the minute nobody wants to be called. So a loss is only believed after it has lasted
(`rules.Policy`), never before 15 s; every return of supply before that makes the losses operations of one momentary
event, which closes after 60 s of supply. After an alert the same minute decides that the outage is over: a shorter
return neither ends it nor makes a second one. The hub lives on a capacitor meanwhile. Where it cannot wait for the
policy it sends what it knows as provisional, and where it cannot even wait for 15 s it writes the outage down and
goes silently; the next start tells the rest.

`TABLE` is the whole of it: a phase and a trigger that are not in it do not go together. Events set triggers off at
once; the triggers of time are in `deadlines.py`. What falls due before an event happens before it. At the very same
moment, a return of supply comes before an alert, and the end of a minute of supply before a loss.

Times are seconds of the monotonic clock of the machine (not of the process, so that they outlive it). Wall times pass
through unread.
"""

from dataclasses import dataclass, replace

from hubd.power import records, recovery
from hubd.power.deadlines import next_due
from hubd.power.deeds import DEEDS, Step
from hubd.power.outage import Alert, LossBegan, Outage, State
from hubd.power.outage_effects import Effect, Persist
from hubd.power.outage_events import AlertStored, EnergyLeft, Event, Started, SupplyLost, SupplyReturned
from hubd.power.phases import Failure, Phase, Trigger
from hubd.power.rules import FLOOR_S, on_grid


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table. `does` is what people read in the diagram."""

    before: Phase
    trigger: Trigger
    after: Phase
    does: str = ""


TABLE = (
    Transition(Phase.STARTING, Trigger.START_NORMAL, Phase.NORMAL, "take load"),
    Transition(Phase.STARTING, Trigger.START_WATCHING, Phase.WATCHING),
    Transition(Phase.STARTING, Trigger.START_RESTORING, Phase.RESTORING),
    Transition(Phase.STARTING, Trigger.START_DIP, Phase.DIP, "open an event, shed load"),
    Transition(Phase.STARTING, Trigger.START_RIDING, Phase.RIDING, "shed load, write down"),
    Transition(Phase.STARTING, Trigger.START_SENDING, Phase.SENDING, "shed load, send again"),
    Transition(Phase.STARTING, Trigger.START_SENT, Phase.SENT, "shed load"),
    Transition(Phase.NORMAL, Trigger.LOSS, Phase.DIP, "open an event"),
    Transition(Phase.DIP, Trigger.RETURN, Phase.WATCHING),
    Transition(Phase.DIP, Trigger.LASTED, Phase.RIDING, "shed load, write down"),
    Transition(Phase.DIP, Trigger.ENERGY_OUT, Phase.SHUTTING_DOWN, "write down, go silently"),
    Transition(Phase.RIDING, Trigger.RETURN, Phase.WATCHING),
    Transition(Phase.RIDING, Trigger.CONFIRMED, Phase.SPREADING, "write down"),
    Transition(Phase.RIDING, Trigger.ENERGY_SHORT, Phase.SENDING, "write down, send provisional"),
    Transition(Phase.RIDING, Trigger.ENERGY_OUT, Phase.SHUTTING_DOWN, "write down, go silently"),
    Transition(Phase.WATCHING, Trigger.LOSS, Phase.DIP, "count"),
    Transition(Phase.WATCHING, Trigger.STABLE, Phase.NORMAL, "momentary (restored, if the loss was confirmed)"),
    Transition(Phase.SPREADING, Trigger.RETURN, Phase.WATCHING, "cancel the alert"),
    Transition(Phase.SPREADING, Trigger.SPREAD_OVER, Phase.SENDING, "write down, send alert"),
    Transition(Phase.SPREADING, Trigger.ENERGY_SHORT, Phase.SENDING, "write down, send alert early"),
    Transition(Phase.SENDING, Trigger.RESEND, Phase.SENDING, "send again"),
    Transition(Phase.SENDING, Trigger.STORED, Phase.SENT, "write down"),
    Transition(Phase.SENDING, Trigger.WINDOW_OVER, Phase.SENT),
    Transition(Phase.SENDING, Trigger.RETURN, Phase.RESTORING),
    Transition(Phase.SENDING, Trigger.ENERGY_OUT, Phase.SHUTTING_DOWN, "write down, go"),
    Transition(Phase.SENT, Trigger.STORED, Phase.SENT, "write down"),
    Transition(Phase.SENT, Trigger.RETURN, Phase.RESTORING),
    Transition(Phase.SENT, Trigger.ENERGY_OUT, Phase.SHUTTING_DOWN, "write down, go"),
    Transition(Phase.RESTORING, Trigger.STORED, Phase.RESTORING, "write down"),
    Transition(Phase.RESTORING, Trigger.LOSS, Phase.SENT, "count, write down"),
    Transition(Phase.RESTORING, Trigger.LOSS_UNSTORED, Phase.SENDING, "count, write down, send again after 15 s"),
    Transition(Phase.RESTORING, Trigger.STABLE, Phase.NORMAL, "restored"),
)

_AFTER = {(row.before, row.trigger): row.after for row in TABLE}
_ON = frozenset({Phase.NORMAL, Phase.WATCHING, Phase.RESTORING})
_MOST_AT_ONCE = 16
"""More than the longest chain of triggers at one moment: from a dip to the shutdown."""


def step(state: State, event: Event, now_s: float) -> Step:
    """Take one event at a moment. Give `Clock` whenever `next_deadline_s` has come; late is safe.

    An event that says nothing new (lost while off, stored for another outage) is taken as the passing of time, and a
    moment before the last one as the last one. Once the hub shuts down nothing changes any more.
    """
    if state.phase is Phase.SHUTTING_DOWN:
        return state, ()
    now_s = max(on_grid(now_s), state.now_s)
    state, before = _fall_due(state, now_s, strictly=isinstance(event, SupplyReturned))
    state, at_once = _take(replace(state, now_s=now_s), event, now_s)
    state, after = _fall_due(state, now_s, strictly=False)
    return state, (*before, *at_once, *after)


def next_deadline_s(state: State) -> float | None:
    """The moment at which `step` must be called even if nothing happens; None where nothing falls due."""
    due = next_due(state)
    return None if due is None else max(due[0], state.now_s)


def move(state: State, trigger: Trigger) -> State:
    """The state in the phase that the table gives. KeyError where phase and trigger do not go together."""
    return replace(state, phase=_AFTER[state.phase, trigger])


def _fall_due(state: State, now_s: float, *, strictly: bool) -> Step:
    effects: tuple[Effect, ...] = ()
    for _ in range(_MOST_AT_ONCE):
        due = next_due(state)
        if due is None or due[0] > now_s or (strictly and due[0] == now_s):
            break
        at_s = max(due[0], state.now_s)
        state, more = DEEDS[due[1]](replace(state, now_s=at_s), at_s)
        state = move(state, due[1])
        effects += more
    return state, effects


def _take(state: State, event: Event, now_s: float) -> Step:
    if isinstance(event, SupplyLost):
        return _lost(state, event, now_s) if state.phase in _ON else (state, ())
    if isinstance(event, SupplyReturned):
        off = state.outage is not None and state.outage.off_since_s is not None
        return _returned(state, now_s) if off else (state, ())
    if isinstance(event, AlertStored):
        return _stored(state, event)
    if isinstance(event, EnergyLeft):
        send_by_s = min(event.send_by_s, event.down_by_s)
        return replace(state, send_by_s=on_grid(send_by_s), down_by_s=on_grid(event.down_by_s)), ()
    if isinstance(event, Started) and state.phase is Phase.STARTING:
        trigger, state, effects = recovery.start(state, event, now_s)
        return move(state, trigger), effects
    return state, ()


# -- what an event does ---------------------------------------------------------------------------------------------


def _lost(state: State, event: SupplyLost, now_s: float) -> Step:
    outage = state.outage
    state = replace(state, send_by_s=None, down_by_s=None)
    if outage is None:
        opened = Outage(event.outage_id, LossBegan.at(event.at), 1, first_loss_s=now_s, off_since_s=now_s)
        return move(replace(state, outage=opened), Trigger.LOSS), ()
    outage = replace(outage, operations=outage.operations + 1, off_since_s=now_s)
    told = (Persist(records.row(outage)),) if outage.alert is not None else ()  # else when it has lasted a second
    if state.phase is Phase.RESTORING and _may_resend(state, outage.alert):
        return move(replace(state, outage=_resend_at_floor(state, outage, now_s)), Trigger.LOSS_UNSTORED), told
    return move(replace(state, outage=outage), Trigger.LOSS), told


def _returned(state: State, now_s: float) -> Step:
    assert state.outage is not None
    outage = replace(state.outage, off_since_s=None, on_since_s=now_s)
    if state.phase is Phase.SPREADING:
        outage = replace(outage, failure=Failure.CANCELLED_IN_SPREAD)
    return move(replace(state, outage=outage, send_by_s=None, down_by_s=None), Trigger.RETURN), ()


def _stored(state: State, event: AlertStored) -> Step:
    outage = state.outage
    if outage is None or outage.alert is None or outage.alert.stored or outage.outage_id != event.outage_id:
        return state, ()
    failure = None if outage.failure is Failure.NOT_STORED else outage.failure
    outage = replace(outage, alert=replace(outage.alert, stored=True), failure=failure)
    return move(replace(state, outage=outage), Trigger.STORED), (Persist(records.row(outage)),)


def _resend_at_floor(state: State, outage: Outage, now_s: float) -> Outage:
    """The next of the schedule after 15 s of this loss, and the rest of the schedule from there."""
    assert outage.alert is not None
    begun_s = now_s + FLOOR_S - state.rules.resend_after_s[outage.alert.attempts - 1]
    return replace(outage, alert=replace(outage.alert, sent_at_s=on_grid(begun_s)))


def _may_resend(state: State, alert: Alert | None) -> bool:
    return alert is not None and not alert.stored and alert.attempts <= len(state.rules.resend_after_s)
