"""One meter's queue of top-ups, as a pure machine: `step(state, event, now_s) -> (state, effects)`.

Theory of operation. A token is a bearer value: lost, the customer has paid for nothing; tried again after the
meter refused it, it locks the customer's keypad. Two facts make "exactly once in effect" possible: the meter refuses
a token it has taken before, and says that this is the reason. So a token whose fate is unknown is simply sent again,
and "duplicate" to a token of unknown fate means that an earlier try had worked.

    event            while            becomes                         effects
    Ordered          any              at the end of the queue         (Send, if the meter is free)
    Answered         accepted         gone                            Finish(ACCEPTED)
      to the         duplicate        gone                            Finish(ACCEPTED if its fate was unknown,
      order                                                                  else DUPLICATE)
      being sent     lock, max credit held, keeps its place           Hold, or Defer once for each reason
                     anything else    gone                            Finish(REJECTED): never tried again
    NotReady         sending          held, keeps its place           Hold, or Defer once for each reason
    any              held             those behind wait, too          Defer, once each: they are behind another
    Unanswered       sending          waits, fate unknown             -
    Unsent           sending          waits                           -
    Reachable        waits to leave   free at once                    Send
    Asleep           any              waits, nothing is sent          -
    Awake            asleep           free at once                    Send, unless the meter asked for time
    Clock            offer is due     as it was                       Offer, once: the code may be entered by hand
    Clock            time run out     gone                            Finish(NO_ANSWER if its fate is unknown,
                                                                             EXPIRED if the meter wanted it later,
                                                                             else UNREACHABLE)

An order is RECEIVED when the shell has it on disk, QUEUED from `Ordered` on, SENT while it is on the air or its fate
is unknown, and ends with exactly one Finish. A code that was offered and entered by hand in the meantime shows as a
duplicate when its turn comes: no second effect.

An order may bring sections of a key change, which come before its token; `key_change_course.py` says in which order
they go and what happens when an answer is lost. The order ends with its token's end, or with a section's refusal.

The queue is first in, first out: a later token may depend on an earlier one (a key change comes before credit under
the new key); `vending_queue.py` has the one exception. The shell (`vending.py`) must make `Send` durable before a
byte leaves, and `Finish` durable before anyone hears of it; then a crash at any point is one more token of unknown
fate (`vending_recovery.py`). `Hold` is durable, too: a hub that starts again and again must not try a locked meter
each time.

A meter that sleeps is no meter that does not answer: while it is not `listening`, its tokens wait, however long a
retry delay is, and nothing is counted as a failure. Only the time to give up goes on.

Times are seconds of the monotonic clock.
"""

from dataclasses import replace

from hubd.model.top_up_case import TopUpCase, case_of
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome, TopUpAnswer, TopUpResult
from hubd.utility import key_change_course as course
from hubd.utility.top_up_verdicts import LATER_RETRY_S, Later, Verdict, judge
from hubd.utility.vending_events import (
    Answered,
    Asleep,
    Awake,
    Defer,
    Effect,
    Event,
    Finish,
    Hold,
    NotReady,
    Offer,
    Ordered,
    Reachable,
    Send,
    Unanswered,
    Unsent,
)
from hubd.utility.vending_queue import NEVER_S, MeterQueue, TopUp, in_turn

FIRST_RETRY_S = 2.0
LONGEST_RETRY_S = 60.0
NEW_ROUND_S = 60.0
"""Twice `late_answer_s`: what is under way of a round of a key change has come or will not."""


def step(state: MeterQueue, event: Event, now_s: float) -> tuple[MeterQueue, tuple[Effect, ...]]:
    """Take one event. An answer to an order that is not being sent is ignored: it cannot be ours."""
    effects: tuple[Effect, ...] = ()
    match event:
        case Ordered(top_up):
            state = in_turn(replace(state, waiting=(*state.waiting, top_up)))
        case Reachable() if not state.in_silence:
            state = replace(_freed(state), failures=state.failures)
        case Awake():
            state = _freed(replace(state, listening=True))
        case Asleep():
            state = replace(state, listening=False)
        case Answered(order, answer) if _is_on_the_air(state, order):
            state, effects = _judge(state, answer, now_s)
        case Unanswered(order) if _is_on_the_air(state, order):
            state = replace(_wait_after_failure(state, now_s, _after_silence(state.waiting[0])), in_silence=True)
        case Unsent(order) if _is_on_the_air(state, order):
            state = _wait_after_failure(state, now_s, _paused(state.waiting[0]))
        case NotReady(order, reason) if _is_on_the_air(state, order):
            state, effects = _held(state, TopUpCase.NOT_READY, f" ({reason})", None, now_s)
        case _:
            pass
    state, more = _go_on(state, now_s)
    state, told = _told(state, now_s)
    return state, effects + more + told


def next_deadline_s(state: MeterQueue) -> float | None:
    """When `Clock` is wanted; None while a token is on the air or nothing waits."""
    if state.sending or not state.waiting:
        return None
    marks = [min(top_up.give_up_at_s, top_up.offer_at_s) for top_up in state.waiting]
    return min([*marks, max(state.not_before_s, 0.0)] if state.listening else marks)


def _freed(state: MeterQueue) -> MeterQueue:
    return state if state.held_for is not None or state.settling else replace(state, not_before_s=0.0, failures=0)


def _is_on_the_air(state: MeterQueue, order: str) -> bool:
    return state.sending and state.waiting[0].order == order


def _judge(state: MeterQueue, answer: TopUpAnswer, now_s: float) -> tuple[MeterQueue, tuple[Effect, ...]]:
    head = state.waiting[0]
    match judge(answer.result, head.fate_unknown, answer.top_up_value_e5):
        case Later(case):
            return _held(state, case, "", answer, now_s)
        case Verdict(outcome, words) if head.at_sections:
            if outcome in (Outcome.ACCEPTED, Outcome.DUPLICATE):
                head = replace(head, course=course.taken(head.course, len(head.before)))
                return replace(state, waiting=(head, *state.waiting[1:]), sending=False, not_before_s=0.0), ()
            if answer.result == TopUpResult.REJECTED_INVALID_TOP_UP and head.attempts > 1:
                head = replace(head, course=course.refused(head.course, len(head.before)))
                return replace(state, waiting=(head, *state.waiting[1:]), sending=False, not_before_s=0.0), ()
            rest = MeterQueue(waiting=state.waiting[1:], listening=state.listening)
            words = WORDS[TopUpCase.KEY_CHANGE_REFUSED].both
            return rest, (Finish(head.order, Outcome.REJECTED, words, head.attempts),)
        case Verdict() if (
            head.before
            and answer.result == TopUpResult.REJECTED_INVALID_TOP_UP
            and (again := course.not_proven(head.course))
        ):
            head = replace(head, course=again, fate_unknown=False)
            waiting = (head, *state.waiting[1:])
            return replace(state, waiting=waiting, sending=False, not_before_s=now_s + NEW_ROUND_S, settling=True), ()
        case Verdict(outcome, words):
            rest = MeterQueue(waiting=state.waiting[1:], listening=state.listening)
            return rest, (Finish(head.order, outcome, words, head.attempts, answer),)


def _held(
    state: MeterQueue, case: TopUpCase, more: str, answer: TopUpAnswer | None, now_s: float
) -> tuple[MeterQueue, tuple[Effect, ...]]:
    """The meter asks for time. Its issuer hears of it once for each reason, not at each try."""
    head, retry_in_s = _paused(state.waiting[0]), LATER_RETRY_S[case]
    hold = Hold(head.order, retry_in_s, not head.fate_unknown)
    held = replace(
        state,
        waiting=(replace(head, told=case), *state.waiting[1:]),
        sending=False,
        not_before_s=now_s + retry_in_s,
        held_for=case,
        failures=0,
    )
    words = WORDS[case].both + more
    told = head.told is case
    return in_turn(held), (hold if told else Defer(hold, case, words, head.attempts, answer),)


def _told(state: MeterQueue, now_s: float) -> tuple[MeterQueue, tuple[Effect, ...]]:
    """What waits at a meter that asked for time hears why, too: the head the meter's reason, the others that they are
    behind it.
    """
    held_for = state.held_for
    if held_for is None or state.sending:
        return state, ()
    waiting, effects = list(state.waiting), list[Effect]()
    for place, top_up in enumerate(waiting):
        case = TopUpCase.BEHIND if place else held_for
        if top_up.told in (case, held_for):
            continue
        waiting[place] = replace(top_up, told=case)
        words = WORDS[case].both + (f" ({WORDS[held_for].happened})" if place else "")
        hold = Hold(top_up.order, max(0.0, state.not_before_s - now_s), not top_up.fate_unknown)
        effects.append(Defer(hold, case, words, top_up.attempts))
    return replace(state, waiting=tuple(waiting)), tuple(effects)


def _after_silence(head: TopUp) -> TopUp:
    if head.at_sections:
        return replace(head, course=course.after_silence(head.course, len(head.before)))
    return replace(head, fate_unknown=True)


def _paused(head: TopUp) -> TopUp:
    """The try came to nothing, and the meter has not seen it: half a set of sections may be forgotten by then."""
    return replace(head, course=course.begun_anew(head.course)) if head.at_sections else head


def _wait_after_failure(state: MeterQueue, now_s: float, head: TopUp) -> MeterQueue:
    delay_s = min(FIRST_RETRY_S * 2.0**state.failures, LONGEST_RETRY_S)
    return MeterQueue(
        waiting=(head, *state.waiting[1:]),
        not_before_s=now_s + delay_s,
        failures=min(state.failures + 1, 10),
        listening=state.listening,
    )


def _go_on(state: MeterQueue, now_s: float) -> tuple[MeterQueue, tuple[Effect, ...]]:
    """Give up what has run out of time, offer what is late, then send the head if the meter is free for it."""
    if state.sending:
        return state, ()
    late = tuple(t for t in state.waiting if t.give_up_at_s <= now_s)
    kept = tuple(t for t in state.waiting if t.give_up_at_s > now_s)
    effects: tuple[Effect, ...] = tuple(_given_up(t) for t in late)
    effects += tuple(Offer(t.order, t.attempts) for t in kept if t.offer_at_s <= now_s)
    state = replace(
        state, waiting=tuple(replace(t, offer_at_s=NEVER_S) if t.offer_at_s <= now_s else t for t in kept)
    )
    if not state.waiting or not state.listening or now_s < state.not_before_s:
        return state, effects
    head = replace(state.waiting[0], attempts=state.waiting[0].attempts + 1)
    state = replace(state, waiting=(head, *state.waiting[1:]), sending=True, held_for=None, settling=False)
    digits = head.before[head.course.place] if head.at_sections else head.token
    return state, (*effects, Send(head.order, digits, head.attempts, course.progress(head.course, len(head.before))))


def _given_up(top_up: TopUp) -> Finish:
    if top_up.fate_unknown or top_up.course.last_out:
        outcome = Outcome.NO_ANSWER
    else:
        outcome = Outcome.EXPIRED if top_up.told is not None else Outcome.UNREACHABLE
    return Finish(top_up.order, outcome, WORDS[case_of(outcome, None)].both, top_up.attempts)
