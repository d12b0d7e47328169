"""The explored world as values (`vending_world.py`): meters and the hub's memory of them, the ledger, the air."""

from dataclasses import replace
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import Outcome
from hubd.utility import vending_events as ev
from hubd.utility import vending_queue as vq
from hubd.zigbee.top_up_answers import Account, Sending, TopUpAnswers
from tests.utility.vending_meter import Meter

NOTHING, NEW = vq.MeterQueue(), Meter()
FOREVER_S, OVER_S, PAST_S = 1e9, 1.0, -1.0
LATE_S = 1e6
OWN_NUMBER = -7
"""What a meter that numbers by itself puts on its answers: no number of ours."""

Frame = tuple[int, str]
"""A Consumer Top Up under way: its number, and the code. A token's code is its order's name."""
Reply = tuple[int, str, int]
"""An answer under way: its number, the code it is about (only the world knows), and the result."""


class Left(Enum):
    """What the shell still has to do for one meter."""

    SEND = "commit the attempt"
    RADIO = "hand the frame to the radio"
    FINISH = "commit the end"
    OFFER = "commit the offer"
    HOLD = "commit that the meter asked for time"


class Duty(NamedTuple):
    """What is left to do, and what it puts down."""

    left: Left
    order: str
    outcome: Outcome | None = None
    told: TopUpCase | None = None
    fate_known: bool = False
    code: str = ""
    progress: int = 0
    attempts: int = 0


class Lane(NamedTuple):
    """One meter, and the hub's memory of it."""

    queue: vq.MeterQueue = NOTHING
    duties: tuple[Duty, ...] = ()
    sent: tuple[Frame, ...] = ()
    waiting: Frame | None = None
    fresh: bool = False
    """The process is so young that an answer may be to one before it."""
    frames: tuple[Frame, ...] = ()
    replies: tuple[Reply, ...] = ()
    meter: Meter = NEW
    lock_known: bool = False
    """It is on disk that the meter is locked, and its time is not over."""
    after_lock: bool = False
    """Its time is over, and nothing was sent since."""


class Row(NamedTuple):
    """A token in the ledger."""

    order: str
    attempts: int = 0
    """As many as a rule tells apart: see `timeless`."""
    offered: bool = False
    late: bool = False
    held: bool = False
    told: TopUpCase | None = None
    fate_known: bool = False
    progress: int = 0


class World(NamedTuple):
    lanes: tuple[Lane, ...]
    come: int = 0
    """So many tokens are on disk."""
    started: bool = True
    """The last that came is in its queue, too."""
    disk: tuple[Row, ...] = ()
    finals: tuple[tuple[str, Outcome], ...] = ()
    offers: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    """Orders whose rejection this process has heard."""


def is_patient(queue: vq.MeterQueue) -> bool:
    return queue.held_for is not None or queue.settling


def on_air(lane: Lane) -> bool:
    return bool(lane.frames or lane.replies)


def marked(disk: tuple[Row, ...], order: str, **marks: object) -> tuple[Row, ...]:
    return tuple(row._replace(**marks) if row.order == order else row for row in disk)


def without(things: tuple, one: tuple) -> tuple:  # type: ignore[type-arg]
    at = things.index(one)
    return things[:at] + things[at + 1 :]


def duty(effect: ev.Effect) -> Duty:
    match effect:
        case ev.Send(order, token, attempt, progress):
            return Duty(Left.SEND, order, code=token.reveal(), progress=int(progress), attempts=attempt)
        case ev.Finish(order=order, outcome=outcome):
            return Duty(Left.FINISH, order, outcome)
        case ev.Offer(order=order):
            return Duty(Left.OFFER, order)
        case ev.Hold(order, _, fate_known):
            return Duty(Left.HOLD, order, fate_known=fate_known)
        case ev.Defer(ev.Hold(order, _, fate_known), case):
            return Duty(Left.HOLD, order, told=case, fate_known=fate_known)


def answers(lane: Lane) -> TopUpAnswers:
    """The hub's rules, as they stand after what was sent."""
    sent = tuple(Sending(tsn, code.encode(), 0.0) for tsn, code in lane.sent)
    waiting = next((one for one in sent if lane.waiting and one.tsn == lane.waiting[0]), None)
    return TopUpAnswers(LATE_S, 0.0 if lane.fresh else float("-inf"), Account(sent, waiting))


@lru_cache(maxsize=65_536)
def renumbered(lane: Lane) -> Lane:
    """Sequence numbers in the order of their standing; a sending of which nothing is under way any more, and that is
    not waited for, keeps only its token.
    """
    used = sorted({n for n, _ in lane.sent} | {n for n, *_ in lane.frames} | {n for n, *_ in lane.replies if n > 0})
    live = (
        {n for n, _ in lane.frames} | {n for n, *_ in lane.replies} | ({lane.waiting[0]} if lane.waiting else set())
    )
    kept = [one for one in lane.sent if one[0] in live]
    dead = sorted({order for n, order in lane.sent if n not in live} - {order for _, order in kept})
    new = {n: place + 1 for place, n in enumerate(n for n in used if n in live)}
    sent = (*((-1 - place, order) for place, order in enumerate(dead)), *((new[n], order) for n, order in kept))
    return lane._replace(
        sent=sent,
        waiting=(new[lane.waiting[0]], lane.waiting[1]) if lane.waiting else None,
        frames=tuple(sorted((new[n], order) for n, order in lane.frames)),
        replies=tuple(sorted((new.get(n, n), order, result) for n, order, result in lane.replies)),
    )


def timeless(queue: vq.MeterQueue) -> vq.MeterQueue:
    """A wait lies ahead or it does not. How many tries there were changes no decision but through `fate_unknown`, and
    where a section is refused, whether there was more than one.
    """
    waiting = tuple(
        replace(top_up, attempts=min(top_up.attempts, 2 if top_up.before else 1)) for top_up in queue.waiting
    )
    ahead = OVER_S if queue.not_before_s > 0 and not queue.sending else 0.0
    return replace(queue, waiting=waiting, failures=0, not_before_s=ahead)
