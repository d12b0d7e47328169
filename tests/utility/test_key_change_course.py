"""A key change in the queue, explored: every loss, delay and crash, and a meter with no memory for sections (R30).

Under the old key sections may come in any order, as often as one likes; the last of a set makes the new key valid;
from then on none of them opens. Half a set may be forgotten at any pause.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hubd.model.secret import Secret
from hubd.model.topup import Outcome, TopUpAnswer, TopUpResult
from hubd.utility import key_change_course as course
from hubd.utility import vending_events as ev
from hubd.utility import vending_machine as vm
from hubd.utility import vending_queue as vq
from hubd.utility.vending_recovery import recovered

SECTIONS = tuple(Secret(str(n) * 20) for n in range(1, 5))
PROOF = Secret("9" * 20)
MOST_FAULTS = 4


@dataclass(frozen=True)
class Meter:
    new_key: bool = False
    had: frozenset[str] = frozenset()
    proof_taken: int = 0
    wrong: int = 0

    def judge(self, digits: str) -> tuple["Meter", TopUpResult]:
        if digits == PROOF.reveal():
            if not self.new_key:
                return self._refused()
            if self.proof_taken:
                return self, TopUpResult.REJECTED_DUPLICATE_TOP_UP
            return replace(self, proof_taken=1), TopUpResult.ACCEPTED
        if self.new_key:
            return self._refused()
        had = self.had | {digits}
        whole = len(had) == len(SECTIONS)
        return replace(self, had=frozenset() if whole else had, new_key=whole), TopUpResult.ACCEPTED

    def _refused(self) -> tuple["Meter", TopUpResult]:
        return replace(self, wrong=self.wrong + 1), TopUpResult.REJECTED_INVALID_TOP_UP


@dataclass(frozen=True)
class World:
    meter: Meter
    queue: vq.MeterQueue
    sending: ev.Send | None
    on_disk: int
    attempts: int
    faults: int
    end: Outcome | None = None


def order() -> vq.TopUp:
    return vq.TopUp("kc", PROOF, give_up_at_s=1e9, before=SECTIONS)


def begun() -> World:
    return _stepped(World(Meter(), vq.MeterQueue(), None, 0, 0, 0), ev.Ordered(order()))


def _stepped(world: World, event: ev.Event) -> World:
    """One event, and time enough for whatever delay it asks for."""
    queue, effects = vm.step(world.queue, event, 0.0)
    world = _performed(replace(world, sending=None), effects)
    while queue.waiting and not queue.sending:
        queue, effects = vm.step(queue, ev.Clock(), max(queue.not_before_s, 0.0))
        world = _performed(world, effects)
    return replace(world, queue=replace(queue, not_before_s=0.0, failures=0))


def _performed(world: World, effects: tuple[ev.Effect, ...]) -> World:
    for effect in effects:
        match effect:
            case ev.Send():
                world = replace(world, sending=effect, on_disk=int(effect.progress), attempts=1)
            case ev.Finish():
                assert world.end is None, "one final result"
                world = replace(world, end=effect.outcome)
            case ev.Defer() | ev.Hold():
                pass
            case _:
                raise AssertionError(effect)
    return world


def _crashed(world: World) -> World:
    progress = course.Progress(world.on_disk)
    row = replace(
        order(),
        attempts=world.attempts,
        course=course.recovered(progress, len(SECTIONS)) if world.attempts else course.Course(),
        fate_unknown=bool(world.attempts) and progress is course.Progress.TOKEN,
    )
    return _stepped(replace(world, queue=recovered((row,)), sending=None), ev.Clock())


def futures(world: World) -> Iterator[World]:
    """All that can happen next."""
    sending = world.sending
    if world.end is not None or sending is None:
        return
    meter, result = world.meter.judge(sending.token.reveal())
    answered = ev.Answered(sending.order, TopUpAnswer(result, None, None))
    yield _stepped(replace(world, meter=meter), answered)
    if world.faults >= MOST_FAULTS:
        return
    worse = replace(world, faults=world.faults + 1)
    lost = replace(worse, meter=replace(world.meter, had=frozenset()))
    yield _stepped(replace(worse, meter=meter), ev.Unanswered(sending.order))
    yield _stepped(worse, ev.Unanswered(sending.order))
    yield _stepped(lost, ev.Unanswered(sending.order))
    yield _stepped(worse, ev.Unsent(sending.order))
    yield _stepped(lost, ev.NotReady(sending.order, "starting"))
    locked = ev.Answered(sending.order, TopUpAnswer(TopUpResult.REJECTED_KEYPAD_LOCK, None, None))
    yield _stepped(lost, locked)
    yield _crashed(worse)
    yield _crashed(replace(worse, meter=meter))
    yield _crashed(lost)


def test_every_history_of_a_key_change_ends_on_the_new_key_with_the_proof_taken_once_r30() -> None:
    start = begun()
    seen, todo, ends = {start}, deque([start]), 0
    most_wrong = 0
    while todo:
        world = todo.popleft()
        most_wrong = max(most_wrong, world.meter.wrong)
        assert world.meter.wrong <= world.faults, "no wrong code at the meter but for a loss, a delay or a crash"
        if world.end is not None:
            ends += 1
            assert world.end is Outcome.ACCEPTED, world
            assert world.meter.new_key
            assert world.meter.proof_taken == 1
        for after in futures(world):
            if after not in seen:
                seen.add(after)
                todo.append(after)
    print(f"key change: {len(seen)} worlds, {ends} ends, at most {most_wrong} wrong codes in {MOST_FAULTS} faults")
    assert ends > 10
    assert len(seen) > 200


def test_a_meter_whose_key_the_office_does_not_know_refuses_once_and_is_left_alone_r30() -> None:
    world = replace(begun(), meter=Meter(new_key=True))
    while world.end is None:
        world = next(futures(world))
    assert (world.end, world.meter.wrong) == (Outcome.REJECTED, 1)


def test_what_waits_behind_a_key_change_goes_when_it_is_over_r30() -> None:
    queue, _ = vm.step(vq.MeterQueue(), ev.Ordered(order()), 0.0)
    credit = vq.TopUp("credit", Secret("8" * 20), 1e9)
    queue, effects = vm.step(queue, ev.Ordered(credit), 0.0)
    assert effects == ()
    sent = []
    taken = TopUpAnswer(TopUpResult.ACCEPTED, None, None)
    for _ in range(5):
        queue, effects = vm.step(queue, ev.Answered("kc", taken), 0.0)
        sent += [effect.token.reveal()[0] for effect in effects if isinstance(effect, ev.Send)]
    assert sent == ["2", "3", "4", "9", "8"]


def test_a_section_refused_after_an_earlier_try_is_settled_by_the_token_behind_it_r30() -> None:
    """The last section of the round before came late, and made the new key valid."""
    queue, _ = vm.step(vq.MeterQueue(), ev.Ordered(order()), 0.0)
    now_s, taken = 0.0, TopUpAnswer(TopUpResult.ACCEPTED, None, None)
    refused = TopUpAnswer(TopUpResult.REJECTED_INVALID_TOP_UP, None, None)
    for _ in range(len(SECTIONS) - 1):
        queue, _ = vm.step(queue, ev.Answered("kc", taken), now_s)
    queue, _ = vm.step(queue, ev.Unanswered("kc"), now_s)
    queue, _ = vm.step(queue, ev.Clock(), now_s := queue.not_before_s)
    queue, effects = vm.step(queue, ev.Answered("kc", refused), now_s)
    assert effects == ()
    queue, effects = vm.step(queue, ev.Reachable(), now_s + 1.0)
    assert effects == (), "what is under way of this round has to pass first"
    queue, effects = vm.step(queue, ev.Clock(), now_s := now_s + vm.NEW_ROUND_S)
    assert [effect.token for effect in effects if isinstance(effect, ev.Send)] == [SECTIONS[0]]
    queue, effects = vm.step(queue, ev.Answered("kc", refused), now_s)
    assert [effect.token for effect in effects if isinstance(effect, ev.Send)] == [PROOF]
    queue, effects = vm.step(queue, ev.Answered("kc", taken), now_s)
    assert [effect.outcome for effect in effects if isinstance(effect, ev.Finish)] == [Outcome.ACCEPTED]
