"""Everything that can happen to tokens on their way, one step at a time: for `explore_vending.py`.

The world: the two pure machines of the hub as they are (`vending_machine` and `top_up_answers`), the journal's
rows, an air that loses, delays and repeats frames both ways, and meters (`vending_meter.py`) that take each token
once. The shell is taken apart into its steps, and the power may go between any two of them, any number of times.

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
- A meter's lock is over at any moment, and at the latest when the hub's wait for it is: that wait is the longest lock
  there is. Half a set of sections is forgotten whenever the hub sends nothing and nothing is on the air: it lasts for
  minutes, and the sections of a set follow each other at once.
- Meters beyond the second and tokens beyond the third: no rule counts them.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp, TimeTrust
from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import Outcome, TopUpAnswer, TopUpResult
from hubd.store.top_ups import TopUpRow
from hubd.utility import vending_events as ev
from hubd.utility import vending_machine as vm
from hubd.utility import vending_queue as vq
from hubd.utility.vending_recovery import Allowed, recovered_queues
from tests.utility.vending_meter import NOT_READY, SECTIONS, Rules
from tests.utility.vending_state import (
    FOREVER_S,
    OVER_S,
    OWN_NUMBER,
    PAST_S,
    Duty,
    Lane,
    Left,
    Reply,
    Row,
    World,
    answers,
    duty,
    is_patient,
    marked,
    on_air,
    renumbered,
    timeless,
    without,
)  # fmt: skip


class Explorer:
    """The steps of one set of rules. A step that breaks a promise raises AssertionError with the world."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._recovered = cache(self._recover)

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
            elif not lane.queue.sending and lane.queue.waiting and not (is_patient(lane.queue) and on_air(lane)):
                yield "time", self._event(self._over(world, number, lane), number, ev.Clock(), OVER_S)
                if lane.queue.not_before_s > 0:
                    yield "heard of", self._event(world, number, ev.Reachable())
            if self.rules.sleeps and not lane.duties:
                event = ev.Asleep() if lane.queue.listening else ev.Awake()
                yield type(event).__name__.lower(), self._event(world, number, event)
            yield from self._air(world, number, lane)
            yield from self._within_the_meter(world, number, lane)
            if lane.waiting is not None and not lane.duties:
                yield "silence", self._silence(world, number, lane)
            if (lane.fresh or (lane.sent and lane.waiting is None)) and not on_air(lane):
                sent = lane.sent if lane.waiting is not None else ()
                yield "quiet", self._put(world, number, lane._replace(fresh=False, sent=sent))
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
                yield "queued", self._event(world._replace(started=True), number, ev.Ordered(self._ordered(order)))
        elif world.come < len(orders):
            row = Row(orders[world.come])
            yield "received", world._replace(come=world.come + 1, started=False, disk=(*world.disk, row))

    def _crash(self, world: World) -> World:
        lanes = []
        for number, lane in enumerate(world.lanes):
            rows = tuple(row for row in world.disk if self.meter(row.order) == number)
            lanes.append(lane._replace(queue=self._recovered(rows), duties=(), sent=(), waiting=None, fresh=True))
        after = world._replace(lanes=tuple(lanes), started=True, told=())
        for number in range(len(lanes)):
            after = self._event(after, number, ev.Clock())
        return after

    def _duty(self, world: World, number: int, lane: Lane) -> Iterator[tuple[str, World]]:
        left, order, outcome, told, fate_known, code, progress, attempts = lane.duties[0]
        duties = lane.duties[1:]
        done = self._put(world, number, lane._replace(duties=duties))
        match left:
            case Left.SEND:
                assert order not in world.told, ("sent again after it was rejected", world)
                disk = self._held_rows(world.disk, number, held=False)
                disk = marked(disk, order, attempts=attempts, fate_known=False, progress=progress)
                self._check_lock(world, number, lane, order)
                lane = lane._replace(duties=(*duties, Duty(Left.RADIO, order, code=code)), after_lock=False)
                yield "attempt committed", self._put(world, number, lane)._replace(disk=disk)
            case Left.RADIO:
                yield "not sent", self._event(done, number, ev.Unsent(order))
                if len(lane.frames) + len(lane.replies) < self.rules.most_on_air:
                    tsn = max([0, *(n for n, _ in lane.sent), *(n for n, *_ in (*lane.frames, *lane.replies))]) + 1
                    frame = (tsn, code)
                    frames = tuple(sorted((*lane.frames, frame)))
                    lane = lane._replace(duties=duties, sent=(*lane.sent, frame), waiting=frame, frames=frames)
                    yield "sent", self._put(world, number, lane)
            case Left.FINISH:
                assert outcome is not None
                assert order not in dict(world.finals), ("two final results", world)
                disk = tuple(row for row in world.disk if row.order != order)
                after = done._replace(disk=disk, finals=tuple(sorted((*world.finals, (order, outcome)))))
                self._check_final(after, number, order, outcome)
                yield "end committed", after
            case Left.OFFER:
                assert order not in world.offers, ("offered twice", world)
                disk = marked(world.disk, order, offered=True)
                yield "offer committed", done._replace(disk=disk, offers=tuple(sorted((*world.offers, order))))
            case Left.HOLD:
                disk = marked(self._held_rows(world.disk, number, held=True), order, fate_known=fate_known)
                after = lane._replace(duties=duties, lock_known=lane.queue.held_for is TopUpCase.LOCKED)
                disk = marked(disk, order, told=told) if told else disk
                yield "hold committed", self._put(world, number, after)._replace(disk=disk)

    def _held_rows(self, disk: tuple[Row, ...], number: int, *, held: bool) -> tuple[Row, ...]:
        return tuple(row._replace(held=held) if self.meter(row.order) == number else row for row in disk)

    def _air(self, world: World, number: int, lane: Lane) -> Iterator[tuple[str, World]]:
        for frame in set(lane.frames):
            rest = without(lane.frames, frame)
            yield "frame lost", self._put(world, number, lane._replace(frames=rest))
            for result, meter in lane.meter.says(frame[1], self.rules):
                tsn = frame[0] if self.rules.echoes or result == NOT_READY else OWN_NUMBER
                replies = tuple(sorted((*lane.replies, (tsn, frame[1], result))))
                yield (
                    "at the meter",
                    self._put(world, number, lane._replace(frames=rest, replies=replies, meter=meter)),
                )
        for reply in set(lane.replies):
            rest = without(lane.replies, reply)
            yield "answer lost", self._put(world, number, lane._replace(replies=rest))
            if not lane.duties:
                for kept_replies in (rest, lane.replies):
                    yield "answer", self._heard(world, number, lane._replace(replies=kept_replies), reply)

    def _within_the_meter(self, world: World, number: int, lane: Lane) -> Iterator[tuple[str, World]]:
        if lane.meter.locked:
            yield "lock over", self._put(world, number, lane._replace(meter=lane.meter.unlocked(self.rules)))
        if lane.meter.had and not on_air(lane) and not lane.queue.sending:
            yield "half a set forgotten", self._put(world, number, lane._replace(meter=lane.meter.forgets()))

    def _over(self, world: World, number: int, lane: Lane) -> World:
        """The wait is over: and with it, where it was for a lock, the lock."""
        if lane.queue.held_for is not TopUpCase.LOCKED:
            return world
        meter = lane.meter.unlocked(self.rules) if lane.meter.locked else lane.meter
        return self._put(world, number, lane._replace(meter=meter, lock_known=False, after_lock=True))

    def _heard(self, world: World, number: int, lane: Lane, reply: Reply) -> World:
        tsn, about, result = reply
        world = self._put(world, number, lane)
        if lane.waiting is None:
            return world
        code = lane.waiting[1]
        order = code[0]
        if result == NOT_READY:  # a Default Response is known by its number alone
            if tsn != lane.waiting[0]:
                return world
            return self._event(self._put(world, number, lane._replace(waiting=None)), number, ev.NotReady(order, ""))
        if not answers(lane).takes(tsn, 0.0):
            return world
        assert about == code, ("an answer to another token was taken", world)
        world = self._put(world, number, lane._replace(waiting=None))
        if result == TopUpResult.REJECTED_INVALID_TOP_UP and order != self.rules.change:
            world = world._replace(told=tuple(sorted({*world.told, order})))
        return self._event(world, number, ev.Answered(order, TopUpAnswer(TopUpResult(result), None, None)))

    def _silence(self, world: World, number: int, lane: Lane) -> World:
        assert lane.waiting is not None
        return self._event(
            self._put(world, number, lane._replace(waiting=None)), number, ev.Unanswered(lane.waiting[1][0])
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
                after = world._replace(disk=marked(world.disk, row.order, late=True))
                yield "time runs out", self._moved(after, number, replace(top_up, give_up_at_s=PAST_S))
            if top_up.offer_at_s == FOREVER_S:
                yield "time to offer", self._moved(world, number, replace(top_up, offer_at_s=PAST_S))

    def _moved(self, world: World, number: int, top_up: vq.TopUp) -> World:
        lane = world.lanes[number]
        waiting = tuple(top_up if one.order == top_up.order else one for one in lane.queue.waiting)
        world = self._put(world, number, lane._replace(queue=replace(lane.queue, waiting=waiting)))
        return self._event(world, number, ev.Clock())

    def _keypad(self, world: World) -> Iterator[tuple[str, World]]:
        for order in self.rules.orders[: world.come]:
            number = self.meter(order)
            lane = world.lanes[number]
            if order not in lane.meter.taken and order not in self.rules.bad:
                meter = lane.meter._replace(taken=(*lane.meter.taken, order))
                after = self._put(world, number, lane._replace(meter=meter))
                yield "by hand", after._replace(by_hand=tuple(sorted((*world.by_hand, order))))

    def _event(self, world: World, number: int, event: ev.Event, now_s: float = 0.0) -> World:
        lane = world.lanes[number]
        queue, effects = _step(lane.queue, event, now_s)
        assert queue.listening or not any(isinstance(each, ev.Send) for each in effects), ("sent to a sleeper", world)
        duties = (*lane.duties, *(self._told_apart(duty(effect)) for effect in effects))
        return self._put(world, number, lane._replace(queue=queue, duties=duties))

    def _told_apart(self, duty: Duty) -> Duty:
        return duty._replace(attempts=min(duty.attempts, 2 if duty.order == self.rules.change else 1))

    def _put(self, world: World, number: int, lane: Lane) -> World:
        lanes = tuple(renumbered(lane) if n == number else other for n, other in enumerate(world.lanes))
        return world._replace(lanes=lanes)

    def _ordered(self, order: str) -> vq.TopUp:
        sections = tuple(Secret(f"{order}{place}") for place in range(SECTIONS)) if order == self.rules.change else ()
        by_hand = order in self.rules.typed
        return vq.TopUp(order, Secret(order), FOREVER_S, offer_at_s=FOREVER_S, before=sections, by_hand=by_hand)

    def _recover(self, rows: tuple[Row, ...]) -> vq.MeterQueue:
        """The hub's own recovery, with this world's times."""
        table = [self._in_the_ledger(row) for row in rows]
        queues = recovered_queues(
            table, 0.0, 0.0, lambda _: Allowed(FOREVER_S, FOREVER_S), lambda _: self.rules.sleeps
        )
        queue = queues.get(_ANY_METER, vq.MeterQueue(listening=not self.rules.sleeps))
        late = {row.order for row in rows if row.late}
        waiting = tuple(
            replace(
                top_up,
                give_up_at_s=PAST_S if top_up.order in late else FOREVER_S,
                offer_at_s=min(top_up.offer_at_s, FOREVER_S) if top_up.offer_at_s < vq.NEVER_S else vq.NEVER_S,
            )
            for top_up in queue.waiting
        )
        return timeless(replace(queue, waiting=waiting))

    def _in_the_ledger(self, row: Row) -> TopUpRow:
        new = self._ordered(row.order)
        return TopUpRow(
            order=row.order, device=_ANY_METER, token=new.token, last4="", source="local" if new.by_hand else "wan",
            received_at=_AT, give_up_at=_AT, attempts=row.attempts, outcome=None, reason=None, result_code=None,
            top_up_value_e5=None, credit_remaining_e5=None, offered=row.offered, before=new.before,
            progress=row.progress, told_case=row.told, held_until_unix_s=0.0 if row.held else None,
            fate_known=row.fate_known,
        )  # fmt: skip

    def _check_lock(self, world: World, number: int, lane: Lane, order: str) -> None:
        """What is sent, and when, at a meter that is known to be locked."""
        assert not lane.lock_known, ("sent to a meter that is known to be locked", world)
        signed = [one.order for one in lane.queue.waiting if not one.by_hand]
        assert not (lane.after_lock and order in self.rules.typed and signed), ("typed codes before paid ones", world)

    def _check_final(self, world: World, number: int, order: str, outcome: Outcome) -> None:
        """What the final result says must be so."""
        meter, hand = world.lanes[number].meter, order in world.by_hand
        taken = order in meter.taken
        match outcome:
            case Outcome.ACCEPTED | Outcome.DUPLICATE:
                assert taken, (f"{outcome}, but not credited: a token is lost", world)
            case Outcome.REJECTED:
                assert not taken, ("rejected, and yet taken", world)
                assert order != self.rules.change or not meter.new_key, ("refused, and yet on the new key", world)
                assert order in self.rules.bad or self._may_be_refused(world, order), ("a good token rejected", world)
            case Outcome.UNREACHABLE | Outcome.EXPIRED:
                under_way = any(order == one for _, one in world.lanes[number].frames)
                assert hand or under_way or not taken, (f"{outcome}, and yet credited", world)
            case Outcome.NO_ANSWER:
                assert self.rules.time_runs_out
            case _:
                raise AssertionError((f"{outcome} is not an end", world))
        if not self.rules.by_hand and not self.rules.time_runs_out:
            credited = [one for one in self.rules.orders if one in meter.taken]
            assert list(meter.taken) == credited, ("not first in, first out", world)

    def _may_be_refused(self, world: World, order: str) -> bool:
        """A change of key is given up after some rounds, and what is behind it is no use to the meter then."""
        if not self.rules.change:
            return False
        return order == self.rules.change or dict(world.finals).get(self.rules.change) is Outcome.REJECTED


_ANY_METER = Eui64("00:00:00:00:00:00:00:01")
_AT = Stamp(0.0, TimeTrust.NETWORK)


@cache
def _step(queue: vq.MeterQueue, event: ev.Event, now_s: float) -> tuple[vq.MeterQueue, tuple[ev.Effect, ...]]:
    queue, effects = vm.step(queue, event, now_s)
    return timeless(queue), effects
