"""One device's commissioning as a pure machine: `step(way, event, now_s) -> (way, effects)`.

Theory of operation. A device walks through the steps of `steps.py` in their order and skips none that its kind has.
Each step waits for one thing, asks for it where it must be asked for, and has a clock. When the clock has run out, or
the other side says no, the device is *held* at its step with a named reason (`why.py`). Held is not an end: the
answer that was missing, a new signed command, the installer's `retry` or the device's own word takes it on.

    step                leaves it with                     is held by
    invite              DoorOpened                         the end of the joining window
    join                Arrived, Interviewed               the end of the joining window
    interview           NameplateRead                      its clock
    key_establishment   KeyReady                           its clock, KeyFailed
    clock_check         ClockRead (whatever it says)       its clock
    first_reading       ReadingTaken                       its clock
    vend_test           the balance read, the token        its clock, any answer of the meter but acceptance,
                        accepted, the balance read again   a balance that moved

Only a trial token that the meter accepted leads to `done`, and only where the balance, read before and after, did not
move (R13). One token counts for one test: what was rejected or had been used before needs a new one.

The shell (`visits.py`) makes every new state durable before it performs the effects. What a crash swallows comes
again: the network knows who is on it, the ledger of top-ups knows what became of the token, and every question is
asked anew (`recovered`).
"""

from dataclasses import replace
from typing import Final

from hubd.utility.commissioning import arriving, vend_test
from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning.arriving import BEFORE_INTERVIEW, BY_WINDOW
from hubd.utility.commissioning.moves import Turn, advance, again, enter
from hubd.utility.commissioning.steps import Step, after, ask_again_s
from hubd.utility.commissioning.trial import Phase
from hubd.utility.commissioning.way import Way
from hubd.utility.commissioning.why import SILENCE, WHEN_TIME_IS_OVER, Held, Why

DRIFT_TOLD_S: Final = 10.0
"""A device's clock that is off by more is an event (R21). Nothing is set."""


def step(way: Way, event: ev.Event, now_s: float) -> Turn:
    """Take one event. What does not belong to the present step changes nothing."""
    way, effects = _take(way, event, now_s)
    way, more = _go_on(way, now_s)
    return way, effects + more


def next_deadline_s(way: Way) -> float | None:
    """When `Clock` is wanted; None while nothing is due by time."""
    if way.held is not None or way.done:
        return None
    due = [at for at in (way.ends_at_s, None if way.asked else way.ask_at_s) if at is not None]
    return min(due, default=None)


def recovered(way: Way, now_s: float, window_left_s: float) -> Way:
    """After a restart: questions are asked anew at the next event (`Clock`), and a step begins its clock again, but a
    joining window never lasts longer than its command said. The door has to be opened again for whoever is not quite
    in.
    """
    way = replace(way, asked=False, ask_at_s=None, ends_at_s=None)
    if way.held is not None or way.done:
        return way
    if way.step not in BEFORE_INTERVIEW or way.interviewed:
        return again(way, now_s)
    over = window_left_s <= 0 and way.step is not Step.INVITE
    return replace(way, step=Step.JOIN if over else Step.INVITE, ends_at_s=now_s + window_left_s)


def _take(way: Way, event: ev.Event, now_s: float) -> Turn:
    if isinstance(event, arriving.Arriving):
        return arriving.take(way, event, now_s)
    if isinstance(event, vend_test.VendTest):
        return vend_test.take(way, event, now_s)
    if isinstance(event, ev.KeyReady | ev.KeyFailed):
        return _take_key(way, event, now_s), ()
    if isinstance(event, ev.ClockRead | ev.ReadingTaken):
        return _take_values(way, event, now_s)
    return _take_time(way, event, now_s), ()


def _take_key(way: Way, event: ev.KeyReady | ev.KeyFailed, now_s: float) -> Way:
    """A key may be ready before its step is reached, and be refused before. The first refusal stands until somebody
    tries again: each further one would be a write to disk, in words that the device chooses.
    """
    at_key = way.step is Step.KEY_ESTABLISHMENT
    if isinstance(event, ev.KeyReady):
        way = replace(way, keyed=True, key_refused=None, findings=replace(way.findings, suite=event.suite))
        return again(way, now_s) if at_key else way
    refused_before = way.key_refused is not None or (way.held is not None and way.held.why is Why.KEY_REFUSED)
    if way.keyed or way.done or refused_before:
        return way
    held = Held(Why.KEY_REFUSED, event.reason)
    return replace(way, held=held, asked=False) if at_key else replace(way, key_refused=event.reason)


def _take_values(way: Way, event: ev.ClockRead | ev.ReadingTaken, now_s: float) -> Turn:
    found = way.findings
    match event:
        case ev.ClockRead(drift_s, note) if way.step is Step.CLOCK_CHECK:
            off = drift_s is not None and abs(drift_s) > DRIFT_TOLD_S
            told = (ev.TellDrift(drift_s),) if drift_s is not None and off else ()
            return advance(way, replace(found, drift_s=drift_s, clock_note=note), now_s), told
        case ev.ReadingTaken(reading, account, settings) if way.step is Step.FIRST_READING:
            return advance(way, replace(found, reading=reading, account=account, settings=settings), now_s), ()
        case _:
            return way, ()


def _take_time(way: Way, event: ev.Unanswered | ev.Heard | ev.Retry | ev.Clock, now_s: float) -> Way:
    match event:
        case ev.Unanswered() if way.asked:
            return replace(way, asked=False, ask_at_s=now_s + ask_again_s(way.kind))
        case ev.Heard() if way.held is not None and way.held.why in SILENCE:
            return again(way, now_s)  # it is awake and near
        case ev.Heard() if way.held is None:
            return replace(way, ask_at_s=None)
        case ev.Retry() if way.held is not None and way.step not in BY_WINDOW:
            return again(way, now_s)
        case _:
            return way


def _go_on(way: Way, now_s: float) -> Turn:
    """Leave a step whose condition holds already, judge the clock, and ask what is to be asked."""
    if way.step is Step.KEY_ESTABLISHMENT and way.keyed:
        way = enter(way, after(way.step, way.kind), now_s)
    if way.held is not None or way.done:
        return way, ()
    if way.step is Step.KEY_ESTABLISHMENT and way.key_refused is not None:
        return replace(way, held=Held(Why.KEY_REFUSED, way.key_refused), key_refused=None, asked=False), ()
    if way.step is Step.VEND_TEST and way.trial.phase is Phase.WAITING and way.trial.order is not None:
        way = replace(way, trial=replace(way.trial, phase=Phase.BEFORE))
    if way.ends_at_s is not None and now_s >= way.ends_at_s:
        erase = (ev.EraseInstallCode(),) if way.step in BY_WINDOW else ()
        return replace(way, held=Held(_overdue(way)), asked=False, ask_at_s=None), erase
    if way.asked or (way.ask_at_s is not None and now_s < way.ask_at_s):
        return way, ()
    question = _question(way)
    return (way, ()) if question is None else (replace(way, asked=True, ask_at_s=None), (question,))


def _overdue(way: Way) -> Why:
    return vend_test.OVERDUE[way.trial.phase] if way.step is Step.VEND_TEST else WHEN_TIME_IS_OVER[way.step]


def _question(way: Way) -> ev.Effect | None:
    if way.step is Step.INVITE:
        return ev.OpenDoor(way.ends_at_s or 0.0)
    if way.step is Step.INTERVIEW:
        return ev.AskNameplate() if way.interviewed else None
    if way.step is Step.VEND_TEST:
        return ev.AskAccount() if way.trial.phase in (Phase.BEFORE, Phase.AFTER) else None
    return _QUESTIONS.get(way.step)


_QUESTIONS: Final[dict[Step, ev.Effect]] = {
    Step.KEY_ESTABLISHMENT: ev.AskKey(),
    Step.CLOCK_CHECK: ev.AskClock(),
    Step.FIRST_READING: ev.AskReading(),
}
