"""One sleeping meter's mailbox, as a pure machine: `step(state, event, now_s) -> (state, effects)` (R24).

Theory of operation. A meter on a battery sleeps, and says when it wakes; the hub must answer at once whether anything
waits. If something does, the meter is kept awake and gets it, one letter at a time: tokens first, then commands, then
readings that somebody ordered, then the hub's own asking. Commands go in the order in which they were posted, and one
that was not taken keeps its place, so that the last one ordered is the meter's last word. Within any other kind, the
one that was tried least goes first, so that a letter which the meter never answers does not keep the others waiting.

    event           while             becomes                              effects
    Posted          any               in its place in the queue            (Deliver, if the meter is awake and free)
    Woke            any               awake; nothing was tried yet         KeepAwake and Deliver, or LetSleep
    Joined          any               awake, to be put into service        -
    InService       any               need not be kept for that            (LetSleep after a while)
    Delivered       waiting, in hand  gone                                 Deliver the next, or LetSleep after a while
    Undelivered     in hand           waits for the next wake              as Delivered
    Withdrawn       waiting, in hand  gone                                 as Delivered
    Clock           too long in hand  asleep; all of it waits              Recall
                    past its time     gone                                 Expire
                    silent for a day  known to be silent                   TellSilent, once; TellBack at its next wake

A letter that is not delivered is no failure: the meter sleeps, that is all. It fails when its time is over, a day by
default, and the head-end hears of a silent meter after a day as well, so a meter that wakes every half-hour causes
neither. Tokens never expire here: how long they are tried is the vending machine's to say.

Times are seconds of the monotonic clock.
"""

import math
from dataclasses import dataclass, replace
from enum import IntEnum

LETTER_LIFETIME_S = 86_400.0
"""What GB hubs give a command to a gas meter before they say that it was not fetched."""
SILENT_AFTER_S = 86_400.0
IN_HAND_AT_MOST_S = 45.0
"""A meter that has not taken a letter by then has gone to sleep."""
LINGER_S = 1.0
"""Before the meter is let go: what was delivered may lead to more, as a top-up to reading the account back."""
COMMISSIONING_S = 300.0
"""So long a newcomer is kept awake: its whole commissioning (R12)."""
AWAKE_S = 30.0
"""So long a meter that was told to stay awake can be counted on without hearing from it."""


class LetterKind(IntEnum):
    """What a letter is, in the order of delivery."""

    TOKENS = 0
    COMMAND = 1
    READ = 2
    ROUTINE = 3


@dataclass(frozen=True, slots=True)
class Letter:
    """Something that waits. `name` tells it from all others of this meter."""

    name: str
    kind: LetterKind
    expires_at_s: float = math.inf
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What one sleeping meter is owed, and whether it can be reached. `seen_at_s`: its last wake, or when the hub
    began to count.
    """

    seen_at_s: float
    letters: tuple[Letter, ...] = ()
    awake_until_s: float = -math.inf
    keep_until_s: float = -math.inf
    in_hand: str | None = None
    in_hand_since_s: float = 0.0
    let_sleep_at_s: float = math.inf
    tried: frozenset[str] = frozenset()
    """Letters that were not taken at this wake."""
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """Something waits from now on. A name that is known already changes nothing."""

    letter: Letter


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """It is not wanted any more."""

    name: str


@dataclass(frozen=True, slots=True)
class Woke:
    """The meter reported, and waits for the answer."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The meter joined: it is awake until it is let go."""


@dataclass(frozen=True, slots=True)
class InService:
    """Nothing more is to be done with the newcomer: it need not stay awake for it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The meter answered, whatever it said."""

    name: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The meter did not answer, or wants it later."""

    name: str


@dataclass(frozen=True, slots=True)
class Clock:
    """Time passed."""


Event = Posted | Withdrawn | Woke | Joined | InService | Delivered | Undelivered | Clock


@dataclass(frozen=True, slots=True)
class KeepAwake:
    """Duty: answer the meter's report with "stay awake"."""


@dataclass(frozen=True, slots=True)
class LetSleep:
    """Duty: tell the meter that nothing waits."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Duty: bring it to the meter now, then come back with Delivered or Undelivered."""

    name: str


@dataclass(frozen=True, slots=True)
class Recall:
    """Duty: stop trying; it waits for the next wake."""

    name: str


@dataclass(frozen=True, slots=True)
class Expire:
    """Duty: tell whoever posted it that it could not be delivered in its time."""

    name: str


@dataclass(frozen=True, slots=True)
class TellSilent:
    """Duty: tell that the meter has not woken for so long."""

    silent_s: float


@dataclass(frozen=True, slots=True)
class TellBack:
    """Duty: tell that a meter that was silent is back."""

    silent_s: float


Effect = KeepAwake | LetSleep | Deliver | Recall | Expire | TellSilent | TellBack
Step = tuple[Mailbox, tuple[Effect, ...]]


def step(state: Mailbox, event: Event, now_s: float) -> Step:
    """Take one event. Word of a letter that is not known changes nothing."""
    match event:
        case Woke():
            return _woken(state, now_s)
        case Clock():
            return _time_passed(state, now_s)
        case _:
            return _go_on(_taken(state, event, now_s), now_s)


def _taken(state: Mailbox, event: Event, now_s: float) -> Mailbox:
    match event:
        case Posted(letter) if all(letter.name != known.name for known in state.letters):
            return replace(state, letters=(*state.letters, letter))
        case Joined():
            until_s = now_s + COMMISSIONING_S
            state = replace(state, seen_at_s=now_s, awake_until_s=until_s, keep_until_s=until_s)
            return replace(state, silent=False, tried=frozenset())
        case InService():
            return replace(state, keep_until_s=-math.inf)
        case Delivered(name) | Withdrawn(name):
            return _without(state, name)
        case Undelivered(name) if name == state.in_hand:
            return replace(state, in_hand=None, tried=state.tried | {name})
        case _:
            return state


def next_deadline_s(state: Mailbox) -> float:
    """When `Clock` is wanted; infinite where it is not."""
    expiries = (letter.expires_at_s for letter in state.letters if letter.name != state.in_hand)
    in_hand = math.inf if state.in_hand is None else state.in_hand_since_s + IN_HAND_AT_MOST_S
    silent = math.inf if state.silent else state.seen_at_s + SILENT_AFTER_S
    return min(*expiries, in_hand, silent, state.let_sleep_at_s, math.inf)


def is_awake(state: Mailbox, now_s: float) -> bool:
    """Whether the meter can be counted on to listen now."""
    return now_s < state.awake_until_s


def _woken(state: Mailbox, now_s: float) -> Step:
    silent_s = now_s - state.seen_at_s
    back: tuple[Effect, ...] = (TellBack(silent_s),) if state.silent else ()
    tried = state.tried if is_awake(state, now_s) else frozenset()
    busy_until_s = state.keep_until_s if state.let_sleep_at_s == math.inf else state.let_sleep_at_s
    state = replace(state, seen_at_s=now_s, silent=False, tried=tried)
    state = replace(state, awake_until_s=max(now_s + AWAKE_S, state.keep_until_s))
    state, effects = _go_on(state, now_s)
    if state.in_hand is not None or now_s < busy_until_s:
        return state, (*back, KeepAwake(), *effects)
    return _asleep(state), (*back, LetSleep())


def _go_on(state: Mailbox, now_s: float) -> Step:
    """Take the next letter into the hand; with none left, let the meter go after a while."""
    if state.in_hand is not None or not is_awake(state, now_s):
        return state, ()
    waiting = [letter for letter in _at_the_front(state) if letter.name not in state.tried]
    if not waiting:
        return replace(state, let_sleep_at_s=max(now_s + LINGER_S, state.keep_until_s)), ()
    letter = min(waiting, key=lambda each: (each.kind, each.attempts))
    taken = replace(letter, attempts=letter.attempts + 1)
    letters = tuple(taken if each.name == letter.name else each for each in state.letters)
    until_s = max(now_s + AWAKE_S, state.awake_until_s)
    held = replace(state, letters=letters, in_hand=letter.name, in_hand_since_s=now_s, awake_until_s=until_s)
    return replace(held, let_sleep_at_s=math.inf), (Deliver(letter.name),)


def _at_the_front(state: Mailbox) -> tuple[Letter, ...]:
    """The oldest command, and everything that is no command."""
    commands = [letter.name for letter in state.letters if letter.kind is LetterKind.COMMAND]
    return tuple(letter for letter in state.letters if letter.name not in commands[1:])


def _without(state: Mailbox, name: str) -> Mailbox:
    in_hand = None if state.in_hand == name else state.in_hand
    return replace(state, letters=tuple(each for each in state.letters if each.name != name), in_hand=in_hand)


def _asleep(state: Mailbox) -> Mailbox:
    return replace(state, awake_until_s=-math.inf, keep_until_s=-math.inf, let_sleep_at_s=math.inf, tried=frozenset())


def _time_passed(state: Mailbox, now_s: float) -> Step:
    effects: list[Effect] = []
    if state.in_hand is not None and now_s >= state.in_hand_since_s + IN_HAND_AT_MOST_S:
        effects.append(Recall(state.in_hand))
        state = _asleep(replace(state, in_hand=None))
    late = [each for each in state.letters if each.expires_at_s <= now_s and each.name != state.in_hand]
    for letter in late:
        effects.append(Expire(letter.name))
        state = _without(state, letter.name)
    if not state.silent and now_s >= state.seen_at_s + SILENT_AFTER_S:
        effects.append(TellSilent(now_s - state.seen_at_s))
        state = replace(state, silent=True)
    if now_s >= state.let_sleep_at_s and state.in_hand is None:
        effects.append(LetSleep())
        state = _asleep(state)
    return state, tuple(effects)
