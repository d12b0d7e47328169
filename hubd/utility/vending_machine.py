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
      being sent     lock, max credit waits, keeps its place          Defer, once for each reason
                     anything else    gone                            Finish(REJECTED): never tried again
    NotReady         sending          waits, keeps its place          Defer, once for each reason
    Unanswered       sending          waits, fate unknown             -
    Unsent           sending          waits                           -
    Reachable        waiting for it   free at once                    Send
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
the new key). The shell (`vending.py`) must make `Send` durable before a byte leaves, and `Finish` durable before
anyone hears of it; then a crash at any point is one more `Recovered` token of unknown fate.

A meter that sleeps is no meter that does not answer: while it is not `listening`, its tokens wait, however long a
retry delay is, and nothing is counted as a failure. Only the time to give up goes on.

Times are seconds of the monotonic clock.
"""

from dataclasses import dataclass, replace

from hubd.model.secret import Secret
from hubd.model.top_up_case import TopUpCase, case_of
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome, Stage, TopUpAnswer, TopUpResult
from hubd.utility import key_change_course as course
from hubd.utility.key_change_course import Course, Progress
from hubd.utility.top_up_verdicts import NOT_READY_RETRY_S, Later, Verdict, judge

FIRST_RETRY_S = 2.0
LONGEST_RETRY_S = 60.0
NEVER_S = float("inf")


@dataclass(frozen=True, slots=True)
class TopUp:
    """One token on its way to the meter. `fate_unknown`: it went out once and no answer came back. `told_later`: the
    reason for which the meter wants it later, as its issuer was told; empty: it does not.
    """

    order: str
    token: Secret[str]
    give_up_at_s: float
    attempts: int = 0
    fate_unknown: bool = False
    offer_at_s: float = NEVER_S
    """When the code is offered for entry by hand, if it is still under way."""
    told_later: str = ""
    before: tuple[Secret[str], ...] = ()
    """Sections of a key change that come before it, in this order (`key_change_course.py`)."""
    course: Course = course.BEGUN

    @property
    def at_sections(self) -> bool:
        """A section is next, not the token itself."""
        return self.course.place < len(self.before)


@dataclass(frozen=True, slots=True)
class MeterQueue:
    """What one meter is still owed. While `sending`, the head of the queue is on the air."""

    waiting: tuple[TopUp, ...] = ()
    sending: bool = False
    not_before_s: float = 0.0
    held_by_meter: bool = False
    """The meter asked for time (locked, credit full): being reachable does not shorten that."""
    failures: int = 0
    listening: bool = True
    """False: the meter sleeps; nothing is sent until it is `Awake`."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A token was accepted from its issuer and is on disk."""

    top_up: TopUp


@dataclass(frozen=True, slots=True)
class Answered:
    """The meter answered the token being sent."""

    order: str
    answer: TopUpAnswer


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The token went out and nothing came back in time."""

    order: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """The token did not leave the hub."""

    order: str


@dataclass(frozen=True, slots=True)
class NotReady:
    """The meter answered that it cannot take the command now; it has not looked at the token."""

    order: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reachable:
    """The meter was heard of: no need to wait out a retry delay."""


@dataclass(frozen=True, slots=True)
class Asleep:
    """The meter sleeps, or is taken to."""


@dataclass(frozen=True, slots=True)
class Awake:
    """The meter woke, and is kept awake for its tokens."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time passed."""


Event = Ordered | Answered | Unanswered | Unsent | NotReady | Reachable | Asleep | Awake | Clock


@dataclass(frozen=True, slots=True)
class Send:
    """Duty: put the attempt on disk, then send, then come back with Answered, Unanswered or Unsent."""

    order: str
    token: Secret[str]
    attempt: int
    progress: Progress = Progress.TOKEN


@dataclass(frozen=True, slots=True)
class Finish:
    """Duty: ledger and final receipt in one transaction. `reason` is for people."""

    order: str
    outcome: Outcome
    reason: str
    attempts: int
    answer: TopUpAnswer | None = None


@dataclass(frozen=True, slots=True)
class Defer:
    """Duty: tell the issuer that the meter wants this token later. Not final."""

    order: str
    reason: str
    retry_in_s: float
    attempts: int
    answer: TopUpAnswer | None


@dataclass(frozen=True, slots=True)
class Offer:
    """Duty: tell the issuer that the code may be entered at the meter by hand. Once an order; delivery goes on."""

    order: str
    attempts: int


Effect = Send | Finish | Defer | Offer


def recovered(top_ups: tuple[TopUp, ...], listening: bool = True) -> MeterQueue:
    """The queue after a restart: whatever had been sent before is of unknown fate now."""
    waiting = tuple(replace(t, fate_unknown=t.fate_unknown or (t.attempts > 0 and not t.before)) for t in top_ups)
    return MeterQueue(waiting=waiting, listening=listening)


def step(state: MeterQueue, event: Event, now_s: float) -> tuple[MeterQueue, tuple[Effect, ...]]:
    """Take one event. An answer to an order that is not being sent is ignored: it cannot be ours."""
    effects: tuple[Effect, ...] = ()
    match event:
        case Ordered(top_up):
            state = replace(state, waiting=(*state.waiting, top_up))
        case Reachable():
            state = _freed(state)
        case Awake():
            state = _freed(replace(state, listening=True))
        case Asleep():
            state = replace(state, listening=False)
        case Answered(order, answer) if _is_on_the_air(state, order):
            state, effects = _judge(state, answer, now_s)
        case Unanswered(order) if _is_on_the_air(state, order):
            state = _wait_after_failure(state, now_s, _after_silence(state.waiting[0]))
        case Unsent(order) if _is_on_the_air(state, order):
            state = _wait_after_failure(state, now_s, _paused(state.waiting[0]))
        case NotReady(order, reason) if _is_on_the_air(state, order):
            words = f"{WORDS[TopUpCase.NOT_READY].both} ({reason})"
            state, effects = _held(state, words, NOT_READY_RETRY_S, None, now_s)
        case _:
            pass
    state, more = _go_on(state, now_s)
    return state, effects + more


def next_deadline_s(state: MeterQueue) -> float | None:
    """When `Clock` is wanted; None while a token is on the air or nothing waits."""
    if state.sending or not state.waiting:
        return None
    marks = [min(top_up.give_up_at_s, top_up.offer_at_s) for top_up in state.waiting]
    return min([*marks, max(state.not_before_s, 0.0)] if state.listening else marks)


def stage(state: MeterQueue, order: str) -> Stage | None:
    """How far an order is that has not ended; None where this queue does not hold it."""
    for place, top_up in enumerate(state.waiting):
        if top_up.order == order:
            return Stage.SENT if top_up.fate_unknown or (state.sending and place == 0) else Stage.QUEUED
    return None


def _freed(state: MeterQueue) -> MeterQueue:
    return state if state.held_by_meter else replace(state, not_before_s=0.0, failures=0)


def _is_on_the_air(state: MeterQueue, order: str) -> bool:
    return state.sending and state.waiting[0].order == order


def _judge(state: MeterQueue, answer: TopUpAnswer, now_s: float) -> tuple[MeterQueue, tuple[Effect, ...]]:
    head = state.waiting[0]
    match judge(answer.result, head.fate_unknown):
        case Later(retry_in_s, words):
            return _held(state, words, retry_in_s, answer, now_s)
        case Verdict(outcome, words) if head.at_sections:
            if outcome in (Outcome.ACCEPTED, Outcome.DUPLICATE):
                head = replace(head, course=course.taken(head.course, len(head.before)))
                return replace(state, waiting=(head, *state.waiting[1:]), sending=False, not_before_s=0.0), ()
            rest = MeterQueue(waiting=state.waiting[1:], listening=state.listening)
            words = WORDS[TopUpCase.KEY_CHANGE_REFUSED].both
            return rest, (Finish(head.order, Outcome.REJECTED, words, head.attempts),)
        case Verdict() if (
            head.before
            and answer.result == TopUpResult.REJECTED_INVALID_TOP_UP
            and (again := course.not_proven(head.course))
        ):
            return _wait_after_failure(state, now_s, replace(head, course=again, fate_unknown=False)), ()
        case Verdict(outcome, words):
            rest = MeterQueue(waiting=state.waiting[1:], listening=state.listening)
            return rest, (Finish(head.order, outcome, words, head.attempts, answer),)


def _held(
    state: MeterQueue, words: str, retry_in_s: float, answer: TopUpAnswer | None, now_s: float
) -> tuple[MeterQueue, tuple[Effect, ...]]:
    """The meter asks for time. Its issuer hears of it once for each reason, not at each try."""
    head = state.waiting[0]
    held = replace(
        state,
        waiting=(replace(_paused(head), told_later=words), *state.waiting[1:]),
        sending=False,
        not_before_s=now_s + retry_in_s,
        held_by_meter=True,
        failures=0,
    )
    told = head.told_later == words
    return held, () if told else (Defer(head.order, words, retry_in_s, head.attempts, answer),)


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
    state = replace(state, waiting=(head, *state.waiting[1:]), sending=True, held_by_meter=False)
    digits = head.before[head.course.place] if head.at_sections else head.token
    return state, (*effects, Send(head.order, digits, head.attempts, course.progress(head.course, len(head.before))))


def _given_up(top_up: TopUp) -> Finish:
    if top_up.fate_unknown or top_up.course.last_out:
        outcome = Outcome.NO_ANSWER
    else:
        outcome = Outcome.EXPIRED if top_up.told_later else Outcome.UNREACHABLE
    return Finish(top_up.order, outcome, WORDS[case_of(outcome, None)].both, top_up.attempts)
