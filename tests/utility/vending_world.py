"""Everything that can happen to tokens on their way, one step at a time: for `explore_vending.py`.

The world: the two pure machines of the hub as they are (`vending_machine` and `top_up_answers`), the journal's
rows, an air that loses, delays and repeats frames both ways, and meters that take each token once. The shell is taken
apart into its steps, and the power may go between any two of them, any number of times.

What is left out, and why nothing is lost by it:
- An event that waits in the hub's memory is handled at once. Were the power to go first, the event would be gone: the
  same as an answer lost on the air, which is in the world.
- Times are left out but for their order: a wait is over or it is not. So histories meet again, and the number of
  crashes, losses and repetitions is not bounded at all.
- Sequence numbers are renamed in the order of their standing (the rules compare them, and do no more).
- A frame that the radio repeats is judged once: the meter's stack drops repeats, as Zigbee asks. A token that the hub
  sends again is another frame, and answers are repeated without end.
- Where the meter asked for time, nothing of the earlier try is on the air any more when it is tried again: the
  shortest such wait is ten times `late_answer_s` (a test holds that).
- `most_on_air` bounds how many frames of one meter are under way at the same time.
- An answer later than `late_answer_s`, and a number that meets its like from before a restart by chance (1 in 256),
  are outside: docs/limits.md says so. `quiet` is the step at which that time has passed with nothing on the air.
- Meters beyond the second and tokens beyond the third: no rule counts them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import NamedTuple

from hubd.model.secret import Secret
from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import Outcome, TopUpAnswer, TopUpResult
from hubd.utility import vending_events as ev
from hubd.utility import vending_machine as vm
from hubd.utility import vending_queue as vq
from hubd.utility.top_up_verdicts import LATER_RETRY_S
from hubd.utility.vending_recovery import recovered
from hubd.zigbee.top_up_answers import Account, Sending, TopUpAnswers

NOTHING = vq.MeterQueue()
NOT_READY = -1
FOREVER_S, OVER_S, PAST_S = 1e9, 1.0, -1.0
LATE_S = 1e6
OWN_NUMBER = -7
"""What a meter that numbers by itself puts on its answers: no number of ours."""

Frame = tuple[int, str]
"""A Consumer Top Up under way: its number, and the order."""
Reply = tuple[int, str, int]
"""An answer under way: its number, the order it is about (only the world knows), and the result."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What may happen in this world."""

    meter_of: tuple[int, ...] = (0, 0, 0)
    """The meter of each token, in the order of coming."""
    bad: frozenset[str] = frozenset()
    """Tokens that the meter does not open."""
    echoes: bool = True
    full: bool = False
    """The meter may be full, locked or not ready at any moment."""
    by_hand: bool = False
    """Any code may be entered at the meter at any moment."""
    time_runs_out: bool = False
    """Each token's time may run out, and before that the time to offer it, at any moment."""
    sleeps: bool = False
    """The meter may fall asleep and wake at any moment; after a crash, the hub takes it to be asleep."""
    most_on_air: int = 2

    @property
    def orders(self) -> tuple[str, ...]:
        return tuple("abc"[: len(self.meter_of)])


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


@dataclass(frozen=True, slots=True)
class Lane:
    """One meter, and the hub's memory of it."""

    queue: vq.MeterQueue = NOTHING
    duties: tuple[Duty, ...] = ()
    sent: tuple[Frame, ...] = ()
    waiting: Frame | None = None
    fresh: bool = False
    """The process is so young that an answer may be to one before it."""
    frames: tuple[Frame, ...] = ()
    replies: tuple[Reply, ...] = ()
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A token in the ledger."""

    order: str
    attempted: bool = False
    offered: bool = False
    late: bool = False
    held: bool = False
    told: TopUpCase | None = None
    fate_known: bool = False


@dataclass(frozen=True, slots=True)
class World:
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


class Explorer:
    """The steps of one set of rules. A step that breaks a promise raises AssertionError with the world."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def start(self) -> World:
        queue = vq.MeterQueue(listening=not self.rules.sleeps)
        return World(tuple(Lane(queue) for _ in range(max(self.rules.meter_of) + 1)))

    def is_end(self, world: World) -> bool:
        return len(world.finals) == len(self.rules.orders)

    def meter(self, order: str) -> int:
        return self.rules.meter_of[self.rules.orders.index(order)]

    def steps(self, world: World) -> Iterator[tuple[str, World]]:
        """Every next world, with the name of the step that leads there."""
        yield from self._coming(world)
        yield "crash", self._crash(world)
        for number, lane in enumerate(world.lanes):
            if lane.duties:
                yield from self._duty(world, number, lane)
            elif not lane.queue.sending and lane.queue.waiting and not (lane.queue.held_for and _on_air(lane)):
                yield "time", self._event(world, number, ev.Clock(), OVER_S)
                if lane.queue.not_before_s > 0:
                    yield "heard of", self._event(world, number, ev.Reachable())
            if self.rules.sleeps and not lane.duties:
                event = ev.Asleep() if lane.queue.listening else ev.Awake()
                yield type(event).__name__.lower(), self._event(world, number, event)
            yield from self._air(world, number, lane)
            if lane.waiting is not None and not lane.duties:
                yield "silence", self._silence(world, number, lane)
            if (lane.fresh or (lane.sent and lane.waiting is None)) and not _on_air(lane):
                sent = lane.sent if lane.waiting is not None else ()
                yield "quiet", self._put(world, number, replace(lane, fresh=False, sent=sent))
        yield from self._clock(world)
        if self.rules.by_hand:
            yield from self._keypad(world)

    def _coming(self, world: World) -> Iterator[tuple[str, World]]:
        """Committed first (RECEIVED), then put into its queue. A crash in between leaves it to the recovery."""
        orders = self.rules.orders
        if not world.started:
            order = orders[world.come - 1]
            number = self.meter(order)
            if not world.lanes[number].duties:
                yield "queued", self._event(replace(world, started=True), number, ev.Ordered(_top_up(Row(order))))
        elif world.come < len(orders):
            row = Row(orders[world.come])
            yield "received", replace(world, come=world.come + 1, started=False, disk=(*world.disk, row))

    def _crash(self, world: World) -> World:
        lanes = []
        for number, lane in enumerate(world.lanes):
            rows = [row for row in world.disk if self.meter(row.order) == number]
            top_ups = tuple(_top_up(row) for row in rows)
            queue = recovered(top_ups, not self.rules.sleeps, _held(rows))
            lanes.append(replace(lane, queue=_timeless(queue), duties=(), sent=(), waiting=None, fresh=True))
        after = replace(world, lanes=tuple(lanes), started=True, told=())
        for number in range(len(lanes)):
            after = self._event(after, number, ev.Clock())
        return after

    def _duty(self, world: World, number: int, lane: Lane) -> Iterator[tuple[str, World]]:
        (left, order, outcome, told, fate_known), duties = lane.duties[0], lane.duties[1:]
        done = self._put(world, number, replace(lane, duties=duties))
        match left:
            case Left.SEND:
                assert order not in world.told, ("sent again after it was rejected", world)
                disk = self._held_rows(world.disk, number, held=False)
                disk = _marked(disk, order, attempted=True, fate_known=False)
                lane = replace(lane, duties=(*duties, Duty(Left.RADIO, order)))
                yield "attempt committed", replace(self._put(world, number, lane), disk=disk)
            case Left.RADIO:
                yield "not sent", self._event(done, number, ev.Unsent(order))
                if len(lane.frames) + len(lane.replies) < self.rules.most_on_air:
                    tsn = max([0, *(n for n, _ in lane.sent), *(n for n, *_ in (*lane.frames, *lane.replies))]) + 1
                    frame = (tsn, order)
                    frames = tuple(sorted((*lane.frames, frame)))
                    lane = replace(lane, duties=duties, sent=(*lane.sent, frame), waiting=frame, frames=frames)
                    yield "sent", self._put(world, number, lane)
            case Left.FINISH:
                assert outcome is not None
                assert order not in dict(world.finals), ("two final results", world)
                disk = tuple(row for row in world.disk if row.order != order)
                after = replace(done, disk=disk, finals=tuple(sorted((*world.finals, (order, outcome)))))
                self._check_final(after, number, order, outcome)
                yield "end committed", after
            case Left.OFFER:
                assert order not in world.offers, ("offered twice", world)
                disk = _marked(world.disk, order, offered=True)
                yield "offer committed", replace(done, disk=disk, offers=tuple(sorted((*world.offers, order))))
            case Left.HOLD:
                disk = _marked(self._held_rows(world.disk, number, held=True), order, fate_known=fate_known)
                yield "hold committed", replace(done, disk=_marked(disk, order, told=told) if told else disk)

    def _held_rows(self, disk: tuple[Row, ...], number: int, *, held: bool) -> tuple[Row, ...]:
        return tuple(replace(row, held=held) if self.meter(row.order) == number else row for row in disk)

    def _air(self, world: World, number: int, lane: Lane) -> Iterator[tuple[str, World]]:
        for frame in set(lane.frames):
            rest = _without(lane.frames, frame)
            yield "frame lost", self._put(world, number, replace(lane, frames=rest))
            for result, taken in self._meter_says(lane, frame[1]):
                tsn = frame[0] if self.rules.echoes or result == NOT_READY else OWN_NUMBER
                replies = tuple(sorted((*lane.replies, (tsn, frame[1], result))))
                yield (
                    "at the meter",
                    self._put(world, number, replace(lane, frames=rest, replies=replies, taken=taken)),
                )
        for reply in set(lane.replies):
            rest = _without(lane.replies, reply)
            yield "answer lost", self._put(world, number, replace(lane, replies=rest))
            if not lane.duties:
                for kept_replies in (rest, lane.replies):
                    yield "answer", self._heard(world, number, replace(lane, replies=kept_replies), reply)

    def _meter_says(self, lane: Lane, order: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        if self.rules.full:
            yield TopUpResult.REJECTED_MAX_CREDIT_REACHED, lane.taken
            yield NOT_READY, lane.taken
        if order in lane.taken:
            yield TopUpResult.REJECTED_DUPLICATE_TOP_UP, lane.taken
        elif order in self.rules.bad:
            yield TopUpResult.REJECTED_INVALID_TOP_UP, lane.taken
        else:
            yield TopUpResult.ACCEPTED, (*lane.taken, order)

    def _heard(self, world: World, number: int, lane: Lane, reply: Reply) -> World:
        tsn, about, result = reply
        world = self._put(world, number, lane)
        if lane.waiting is None:
            return world
        order = lane.waiting[1]
        if result == NOT_READY:  # a Default Response is known by its number alone
            if tsn != lane.waiting[0]:
                return world
            return self._event(self._put(world, number, replace(lane, waiting=None)), number, ev.NotReady(order, ""))
        answers = _answers(lane)
        if not answers.takes(tsn, 0.0):
            return world
        assert about == order, ("an answer to another token was taken", world)
        world = self._put(world, number, replace(lane, waiting=None))
        if result == TopUpResult.REJECTED_INVALID_TOP_UP:
            world = replace(world, told=tuple(sorted({*world.told, order})))
        return self._event(world, number, ev.Answered(order, TopUpAnswer(TopUpResult(result), None, None)))

    def _silence(self, world: World, number: int, lane: Lane) -> World:
        assert lane.waiting is not None
        return self._event(
            self._put(world, number, replace(lane, waiting=None)), number, ev.Unanswered(lane.waiting[1])
        )

    def _clock(self, world: World) -> Iterator[tuple[str, World]]:
        if not self.rules.time_runs_out:
            return
        for row in world.disk:
            number = self.meter(row.order)
            lane = world.lanes[number]
            queued = [top_up for top_up in lane.queue.waiting if top_up.order == row.order]
            if not queued or lane.duties:
                continue
            (top_up,) = queued
            if not row.late:
                after = replace(world, disk=_marked(world.disk, row.order, late=True))
                yield "time runs out", self._moved(after, number, replace(top_up, give_up_at_s=PAST_S))
            if top_up.offer_at_s == FOREVER_S:
                yield "time to offer", self._moved(world, number, replace(top_up, offer_at_s=PAST_S))

    def _moved(self, world: World, number: int, top_up: vq.TopUp) -> World:
        lane = world.lanes[number]
        waiting = tuple(top_up if one.order == top_up.order else one for one in lane.queue.waiting)
        world = self._put(world, number, replace(lane, queue=replace(lane.queue, waiting=waiting)))
        return self._event(world, number, ev.Clock())

    def _keypad(self, world: World) -> Iterator[tuple[str, World]]:
        for order in self.rules.orders[: world.come]:
            number = self.meter(order)
            lane = world.lanes[number]
            if order not in lane.taken and order not in self.rules.bad:
                after = self._put(world, number, replace(lane, taken=(*lane.taken, order)))
                yield "by hand", replace(after, by_hand=tuple(sorted((*world.by_hand, order))))

    def _event(self, world: World, number: int, event: ev.Event, now_s: float = 0.0) -> World:
        lane = world.lanes[number]
        queue, effects = _step(lane.queue, event, now_s)
        assert queue.listening or not any(isinstance(each, ev.Send) for each in effects), ("sent to a sleeper", world)
        return self._put(world, number, replace(lane, queue=queue, duties=(*lane.duties, *map(_duty, effects))))

    def _put(self, world: World, number: int, lane: Lane) -> World:
        lanes = tuple(_renumbered(lane) if n == number else other for n, other in enumerate(world.lanes))
        return replace(world, lanes=lanes)

    def _check_final(self, world: World, number: int, order: str, outcome: Outcome) -> None:
        """What the final result says must be so."""
        taken, hand = order in world.lanes[number].taken, order in world.by_hand
        match outcome:
            case Outcome.ACCEPTED | Outcome.DUPLICATE:
                assert taken, (f"{outcome}, but not credited: a token is lost", world)
            case Outcome.REJECTED:
                assert order in self.rules.bad, ("a good token was rejected", world)
            case Outcome.UNREACHABLE | Outcome.EXPIRED:
                under_way = any(order == one for _, one in world.lanes[number].frames)
                assert hand or under_way or not taken, (f"{outcome}, and yet credited", world)
            case Outcome.NO_ANSWER:
                assert self.rules.time_runs_out
            case _:
                raise AssertionError((f"{outcome} is not an end", world))
        if not self.rules.by_hand and not self.rules.time_runs_out:
            credited = [one for one in self.rules.orders if one in world.lanes[number].taken]
            assert list(world.lanes[number].taken) == credited, ("not first in, first out", world)


def _on_air(lane: Lane) -> bool:
    return bool(lane.frames or lane.replies)


def _top_up(row: Row) -> vq.TopUp:
    give_up = PAST_S if row.late else FOREVER_S
    offer = vq.NEVER_S if row.offered else FOREVER_S
    unknown = row.attempted and not row.fate_known
    return vq.TopUp(row.order, Secret(row.order), give_up, int(row.attempted), unknown, offer, row.told)


def _held(rows: list[Row]) -> tuple[TopUpCase, float] | None:
    told = [row.told for row in rows if row.held]
    return (next((case for case in told if case in LATER_RETRY_S), TopUpCase.NOT_READY), 0.0) if told else None


def _marked(disk: tuple[Row, ...], order: str, **marks: object) -> tuple[Row, ...]:
    return tuple(replace(row, **marks) if row.order == order else row for row in disk)


def _without(things: tuple, one: tuple) -> tuple:  # type: ignore[type-arg]
    at = things.index(one)
    return things[:at] + things[at + 1 :]


@cache
def _step(queue: vq.MeterQueue, event: ev.Event, now_s: float) -> tuple[vq.MeterQueue, tuple[ev.Effect, ...]]:
    queue, effects = vm.step(queue, event, now_s)
    return _timeless(queue), effects


def _timeless(queue: vq.MeterQueue) -> vq.MeterQueue:
    """A wait lies ahead or it does not; how many tries there were changes no decision but through `fate_unknown`."""
    waiting = tuple(replace(top_up, attempts=min(top_up.attempts, 1)) for top_up in queue.waiting)
    ahead = OVER_S if queue.not_before_s > 0 and not queue.sending else 0.0
    return replace(queue, waiting=waiting, failures=0, not_before_s=ahead)


def _duty(effect: ev.Effect) -> Duty:
    match effect:
        case ev.Send(order=order):
            return Duty(Left.SEND, order)
        case ev.Finish(order=order, outcome=outcome):
            return Duty(Left.FINISH, order, outcome)
        case ev.Offer(order=order):
            return Duty(Left.OFFER, order)
        case ev.Hold(order, _, fate_known):
            return Duty(Left.HOLD, order, fate_known=fate_known)
        case ev.Defer(ev.Hold(order, _, fate_known), case):
            return Duty(Left.HOLD, order, told=case, fate_known=fate_known)


def _answers(lane: Lane) -> TopUpAnswers:
    """The hub's rules, as they stand after what was sent."""
    sent = tuple(Sending(tsn, order.encode(), 0.0) for tsn, order in lane.sent)
    waiting = next((one for one in sent if lane.waiting and one.tsn == lane.waiting[0]), None)
    return TopUpAnswers(LATE_S, 0.0 if lane.fresh else float("-inf"), Account(sent, waiting))


def _renumbered(lane: Lane) -> Lane:
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
    return replace(
        lane,
        sent=sent,
        waiting=(new[lane.waiting[0]], lane.waiting[1]) if lane.waiting else None,
        frames=tuple(sorted((new[n], order) for n, order in lane.frames)),
        replies=tuple(sorted((new.get(n, n), order, result) for n, order, result in lane.replies)),
    )
