"""One meter's queue of top-ups as it stands: what `vending_machine.py` steps from one value to the next. Pure.

The order in the queue is that of coming, with one exception. While the meter is locked after wrong codes, tokens that
came signed go before codes that were keyed in on the hub: each wrong one among those would lock the meter anew, with
paid tokens behind it. Signed tokens keep their order among themselves, always.
"""

from dataclasses import dataclass, replace

from hubd.model.secret import Secret
from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import Stage
from hubd.utility import key_change_course as course
from hubd.utility.key_change_course import Course

NEVER_S = float("inf")


@dataclass(frozen=True, slots=True)
class TopUp:
    """One token on its way to the meter. `fate_unknown`: it went out once and no answer came back. `told`: why it has
    to wait, as its issuer heard last.
    """

    order: str
    token: Secret[str]
    give_up_at_s: float
    attempts: int = 0
    fate_unknown: bool = False
    offer_at_s: float = NEVER_S
    """When the code is offered for entry by hand, if it is still under way."""
    told: TopUpCase | None = None
    before: tuple[Secret[str], ...] = ()
    """Sections of a key change that come before it, in this order (`key_change_course.py`)."""
    course: Course = course.BEGUN
    by_hand: bool = False
    """Keyed in on the hub: nobody has vouched for its digits."""

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
    held_for: TopUpCase | None = None
    """Why the meter asked for time (locked, credit full, not ready): being reachable does not shorten that."""
    settling: bool = False
    """Between two rounds of a key change: what is still under way of the last has to pass, reachable or not."""
    failures: int = 0
    in_silence: bool = False
    """The last try got no answer: being reachable does not shorten that wait, or a meter that reports and never
    answers would be sent the token at each report."""
    listening: bool = True
    """False: the meter sleeps; nothing is sent until it is `Awake`."""


def in_turn(queue: MeterQueue) -> MeterQueue:
    """What came signed first, while the meter is locked."""
    if queue.held_for is not TopUpCase.LOCKED:
        return queue
    return replace(queue, waiting=tuple(sorted(queue.waiting, key=lambda top_up: top_up.by_hand)))


def stage(queue: MeterQueue, order: str) -> Stage | None:
    """How far an order is that has not ended; None where this queue does not hold it."""
    for place, top_up in enumerate(queue.waiting):
        if top_up.order == order:
            return Stage.SENT if top_up.fate_unknown or (queue.sending and place == 0) else Stage.QUEUED
    return None


def held_case(queue: MeterQueue, order: str) -> TopUpCase | None:
    """Why an order has to wait; None: it does not, or not because its meter asked for time."""
    if queue.held_for is None:
        return None
    return next((top_up.told for top_up in queue.waiting if top_up.order == order), None)


def is_locked(queue: MeterQueue, now_s: float) -> bool:
    """Whether its meter said that it is locked, and the time for that is not over."""
    return queue.held_for is TopUpCase.LOCKED and now_s < queue.not_before_s
