"""The vending machine: R30 (exactly once in effect), R31, and every history of two tokens with crashes explored."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hubd.model.secret import Secret
from hubd.model.topup import Outcome, TopUpAnswer, TopUpResult
from hubd.utility import vending_machine as vm

FOREVER = 1e9


def top_up(order: str) -> vm.TopUp:
    return vm.TopUp(order, Secret(f"token of {order}"), FOREVER)


def answer(result: TopUpResult | int) -> TopUpAnswer:
    return TopUpAnswer(result, 800_024, 1_300_024)


def sent(*orders: str) -> vm.MeterQueue:
    state = vm.MeterQueue()
    for order in orders:
        state, _ = vm.step(state, vm.Ordered(top_up(order)), 0.0)
    return state


def test_a_token_is_sent_at_once_to_a_free_meter_and_the_next_waits_its_turn_r30() -> None:
    state, effects = vm.step(vm.MeterQueue(), vm.Ordered(top_up("a")), 0.0)
    assert effects == (vm.Send("a", Secret("token of a"), 1),)
    state, effects = vm.step(state, vm.Ordered(top_up("b")), 0.0)
    assert effects == ()
    state, effects = vm.step(state, vm.Answered("a", answer(TopUpResult.ACCEPTED)), 1.0)
    assert [type(e).__name__ for e in effects] == ["Finish", "Send"]
    assert effects[1] == vm.Send("b", Secret("token of b"), 1)


def test_duplicate_to_a_first_try_is_a_duplicate_r30() -> None:
    _, effects = vm.step(sent("a"), vm.Answered("a", answer(TopUpResult.REJECTED_DUPLICATE_TOP_UP)), 1.0)
    assert isinstance(effects[0], vm.Finish)
    assert effects[0].outcome is Outcome.DUPLICATE


def test_duplicate_after_a_lost_answer_means_success_r30() -> None:
    state, effects = vm.step(sent("a"), vm.Unanswered("a"), 10.0)
    assert effects == ()
    state, effects = vm.step(state, vm.Clock(), vm.next_deadline_s(state) or 0.0)
    assert effects == (vm.Send("a", Secret("token of a"), 2),)
    _, effects = vm.step(state, vm.Answered("a", answer(TopUpResult.REJECTED_DUPLICATE_TOP_UP)), 20.0)
    assert isinstance(effects[0], vm.Finish)
    assert effects[0].outcome is Outcome.ACCEPTED


def test_a_token_that_did_not_leave_keeps_its_fate_known_r30() -> None:
    state, _ = vm.step(sent("a"), vm.Unsent("a"), 10.0)
    assert not state.waiting[0].fate_unknown
    state, effects = vm.step(state, vm.Reachable(), 10.5)
    assert effects == (vm.Send("a", Secret("token of a"), 2),)


def test_a_rejected_token_is_never_tried_again_r30() -> None:
    for code in (0x01, 0x03, 0x06, 0x77):
        result = TopUpResult(code) if code in TopUpResult.__members__.values() else code
        state, effects = vm.step(sent("a"), vm.Answered("a", answer(result)), 1.0)
        assert isinstance(effects[0], vm.Finish)
        assert effects[0].outcome is Outcome.REJECTED
        assert state.waiting == ()
        assert vm.next_deadline_s(state) is None


def test_a_locked_or_full_meter_gets_the_token_later_and_not_sooner_for_being_heard_r30() -> None:
    for result in (TopUpResult.REJECTED_KEYPAD_LOCK, TopUpResult.REJECTED_MAX_CREDIT_REACHED):
        state, effects = vm.step(sent("a", "b"), vm.Answered("a", answer(result)), 1.0)
        assert isinstance(effects[0], vm.Defer)
        assert len(effects) == 1
        state, effects = vm.step(state, vm.Reachable(), 2.0)
        assert effects == ()
        due = vm.next_deadline_s(state)
        assert due is not None
        state, effects = vm.step(state, vm.Clock(), due)
        assert effects == (vm.Send("a", Secret("token of a"), 2),)


def test_time_run_out_tells_an_unknown_fate_from_a_token_never_sent_r30() -> None:
    short = replace(top_up("a"), give_up_at_s=5.0)
    state, _ = vm.step(vm.MeterQueue(), vm.Ordered(short), 0.0)
    unknown, _ = vm.step(state, vm.Unanswered("a"), 4.0)
    _, effects = vm.step(unknown, vm.Clock(), 5.0)
    assert isinstance(effects[0], vm.Finish)
    assert effects[0].outcome is Outcome.NO_ANSWER
    never, _ = vm.step(state, vm.Unsent("a"), 4.0)
    _, effects = vm.step(never, vm.Clock(), 5.0)
    assert isinstance(effects[0], vm.Finish)
    assert effects[0].outcome is Outcome.UNREACHABLE


def test_an_answer_to_another_order_changes_nothing_r31() -> None:
    state = sent("a")
    for stray in (vm.Answered("b", answer(TopUpResult.ACCEPTED)), vm.Unanswered("b"), vm.Unsent("b")):
        assert vm.step(state, stray, 1.0) == (state, ())


@dataclass(frozen=True)
class World:
    """The machine, what is on disk, and a meter that takes each token once."""

    queue: vm.MeterQueue
    disk: tuple[vm.TopUp, ...]
    meter: frozenset[str] = frozenset()
    credited: tuple[str, ...] = ()
    finals: tuple[tuple[str, Outcome], ...] = ()
    on_air: str | None = None
    crashes: int = 0
    losses: int = 0
    now: float = 0.0


def explore(orders: tuple[str, ...], crashes: int, losses: int) -> tuple[int, set[World]]:
    """Every history: each token sent may be lost before or after the meter, refused to leave, answered, and the power
    may go between any two steps. Returns the number of states and the ends."""
    start = World(vm.MeterQueue(), tuple(top_up(o) for o in orders))
    start = recover(start)
    seen, todo, ends = {key(start)}, [start], set()
    while todo:
        world = todo.pop()
        follow = list(successors(world, crashes, losses))
        if not follow:
            ends.add(world)
        for after in follow:
            if key(after) not in seen:
                seen.add(key(after))
                todo.append(after)
    return len(seen), ends


def key(world: World) -> World:
    """Absolute time is left out, or the histories would never meet again."""
    return replace(world, now=0.0, queue=replace(world.queue, not_before_s=0.0))


def recover(world: World) -> World:
    queue = vm.recovered(world.disk)
    return apply(replace(world, queue=queue, on_air=None), vm.Clock())


def apply(world: World, event: vm.Event) -> World:
    queue, effects = vm.step(world.queue, event, world.now)
    world = replace(world, queue=queue)
    for effect in effects:
        match effect:
            case vm.Send(order, _, attempt):
                disk = tuple(replace(t, attempts=attempt) if t.order == order else t for t in world.disk)
                world = replace(world, disk=disk, on_air=order)
            case vm.Finish(order=order, outcome=outcome):
                world = replace(
                    world,
                    disk=tuple(t for t in world.disk if t.order != order),
                    finals=(*world.finals, (order, outcome)),
                )
    return world


def successors(world: World, crashes: int, losses: int) -> Iterator[World]:
    if world.crashes < crashes and world.disk:
        yield recover(replace(world, crashes=world.crashes + 1))
    if world.on_air is None:
        due = vm.next_deadline_s(world.queue)
        if due is not None:
            yield apply(replace(world, now=due), vm.Clock())
        return
    order = world.on_air
    idle = replace(world, on_air=None, now=world.now + 1)
    taken = at_the_meter(idle, order)
    result = TopUpResult.REJECTED_DUPLICATE_TOP_UP if order in idle.meter else TopUpResult.ACCEPTED
    yield apply(taken, vm.Answered(order, answer(result)))
    if world.crashes < crashes:
        yield recover(replace(taken, crashes=world.crashes + 1))
    if world.losses < losses:
        lossy = replace(idle, losses=world.losses + 1)
        yield apply(lossy, vm.Unsent(order))
        yield apply(lossy, vm.Unanswered(order))
        yield apply(at_the_meter(lossy, order), vm.Unanswered(order))


def at_the_meter(world: World, order: str) -> World:
    if order in world.meter:
        return world
    return replace(world, meter=world.meter | {order}, credited=(*world.credited, order))


def test_every_history_of_three_tokens_ends_with_each_credited_once_and_one_final_receipt_r30() -> None:
    states, ends = explore(("a", "b", "c"), crashes=3, losses=3)
    assert states > 500
    assert ends
    for world, order in itertools.product(ends, "abc"):
        assert world.credited.count(order) == 1
        assert [o for o, _ in world.finals].count(order) == 1
        assert world.credited == ("a", "b", "c"), "first in, first out"
    assert all(outcome is Outcome.ACCEPTED for world in ends for _, outcome in world.finals)
    print(f"\nvending machine: {states} states explored, {len(ends)} ends")
