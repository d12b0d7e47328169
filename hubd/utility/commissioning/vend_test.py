"""The vend test (R13): balance, token, acceptance, balance (pure part of the machine)."""

from dataclasses import replace
from typing import Final

from hubd.model.topup import Outcome
from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning.moves import Turn, advance, again, enter
from hubd.utility.commissioning.steps import METERS, Step
from hubd.utility.commissioning.trial import UNSENT, Balance, Phase, Trial, moved
from hubd.utility.commissioning.way import Way
from hubd.utility.commissioning.why import Held, Why

VendTest = ev.AccountRead | ev.TrialCame | ev.TrialEnded

OVERDUE: Final = {
    Phase.WAITING: Why.TRIAL_TOKEN_MISSING,
    Phase.BEFORE: Why.READING_NOT_TAKEN,
    Phase.SENDING: Why.TRIAL_UNANSWERED,
    Phase.AFTER: Why.READING_NOT_TAKEN,
}
"""What the end of the step's clock means, by how far the test came."""

_NOT_ACCEPTED: Final = {
    Outcome.DUPLICATE: Why.TRIAL_USED_BEFORE,
    Outcome.REFUSED: Why.TRIAL_TOKEN_MISSING,
    Outcome.NO_ANSWER: Why.TRIAL_UNANSWERED,
    Outcome.UNREACHABLE: Why.TRIAL_UNANSWERED,
}


def take(way: Way, event: VendTest, now_s: float) -> Turn:
    """One event of this kind."""
    match event:
        case ev.AccountRead() if way.step is Step.VEND_TEST and way.trial.phase is Phase.BEFORE:
            return _before(way, event, now_s)
        case ev.AccountRead() if way.step is Step.VEND_TEST and way.trial.phase is Phase.AFTER:
            return _after(way, event, now_s)
        case ev.TrialCame(order) if way.kind in METERS:
            return _ordered(way, order, now_s), ()
        case ev.TrialEnded() if way.trial.phase is Phase.SENDING and way.trial.order == event.order:
            return _verdict(way, event, now_s), ()
        case _:
            return way, ()


def _ordered(way: Way, order: str, now_s: float) -> Way:
    """A token waits for its step; at its step the test begins. One that has not gone out gives way to another: what
    the shell holds now is what can be sent. A device in service is tested again.
    """
    known = way.trial.phase is Phase.BEFORE and way.trial.order == order
    if not way.done and (known or way.trial.phase not in UNSENT):
        return way
    way = replace(way, trial=Trial(order=order))
    if way.done:
        return enter(way, Step.VEND_TEST, now_s)
    return again(way, now_s) if way.step is Step.VEND_TEST else way


def _before(way: Way, event: ev.AccountRead, now_s: float) -> Turn:
    if event.balance_e5 is None or way.trial.order is None:
        return replace(way, held=Held(Why.NO_BALANCE), asked=False), ()
    balance = Balance(event.balance_e5, event.import_wh)
    sending = replace(way.trial, phase=Phase.SENDING, before=balance)
    return replace(again(way, now_s), trial=sending), (ev.SendTrial(way.trial.order),)


def _verdict(way: Way, event: ev.TrialEnded, now_s: float) -> Way:
    if event.outcome is Outcome.ACCEPTED:
        way = replace(way, trial=replace(way.trial, phase=Phase.AFTER, top_up_value_e5=event.top_up_value_e5))
        return again(way, now_s) if way.step is Step.VEND_TEST else way
    way = replace(way, trial=Trial())
    if way.step is not Step.VEND_TEST:
        return way
    return replace(way, held=Held(_NOT_ACCEPTED.get(event.outcome, Why.TRIAL_REJECTED), event.reason), asked=False)


def _after(way: Way, event: ev.AccountRead, now_s: float) -> Turn:
    if event.balance_e5 is None or way.trial.before is None:
        return replace(way, held=Held(Why.NO_BALANCE), asked=False), ()
    trial = replace(way.trial, after=Balance(event.balance_e5, event.import_wh))
    how = moved(way.trial.before, trial.top_up_value_e5, Balance(event.balance_e5, event.import_wh))
    if how is not None:
        return replace(way, held=Held(Why.BALANCE_MOVED, how), asked=False, trial=Trial()), ()
    return advance(replace(way, trial=trial), way.findings, now_s), (ev.TestPassed(),)
