"""The vending machine: R30 (exactly once in effect), R31, and every history of tokens with crashes explored."""

import itertools
from dataclasses import replace

import pytest

from hubd.model.secret import Secret
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome, Stage, TopUpAnswer, TopUpResult
from hubd.utility import top_up_verdicts as verdicts
from hubd.utility import vending_events as ev
from hubd.utility import vending_machine as vm
from hubd.utility import vending_queue as vq
from hubd.utility.vending_recovery import LEAST_LEFT_S, recovered
from hubd.zigbee.radio_config import RadioConfig
from tests.utility.explore_vending import QUICK, explore
from tests.utility.vending_meter import Rules

FOREVER = 1e9


def top_up(order: str) -> vq.TopUp:
    return vq.TopUp(order, Secret(f"token of {order}"), FOREVER)


def answer(result: TopUpResult | int) -> TopUpAnswer:
    return TopUpAnswer(result, 800_024, 1_300_024)


def sent(*orders: str) -> vq.MeterQueue:
    state = vq.MeterQueue()
    for order in orders:
        state, _ = vm.step(state, ev.Ordered(top_up(order)), 0.0)
    return state


def test_a_token_is_sent_at_once_to_a_free_meter_and_the_next_waits_its_turn_r30() -> None:
    state, effects = vm.step(vq.MeterQueue(), ev.Ordered(top_up("a")), 0.0)
    assert effects == (ev.Send("a", Secret("token of a"), 1),)
    state, effects = vm.step(state, ev.Ordered(top_up("b")), 0.0)
    assert effects == ()
    state, effects = vm.step(state, ev.Answered("a", answer(TopUpResult.ACCEPTED)), 1.0)
    assert [type(e).__name__ for e in effects] == ["Finish", "Send"]
    assert effects[1] == ev.Send("b", Secret("token of b"), 1)


def test_duplicate_to_a_first_try_is_a_duplicate_r30() -> None:
    _, effects = vm.step(sent("a"), ev.Answered("a", answer(TopUpResult.REJECTED_DUPLICATE_TOP_UP)), 1.0)
    assert isinstance(effects[0], ev.Finish)
    assert effects[0].outcome is Outcome.DUPLICATE


def test_duplicate_after_a_lost_answer_means_success_r30() -> None:
    state, effects = vm.step(sent("a"), ev.Unanswered("a"), 10.0)
    assert effects == ()
    state, effects = vm.step(state, ev.Clock(), vm.next_deadline_s(state) or 0.0)
    assert effects == (ev.Send("a", Secret("token of a"), 2),)
    _, effects = vm.step(state, ev.Answered("a", answer(TopUpResult.REJECTED_DUPLICATE_TOP_UP)), 20.0)
    assert isinstance(effects[0], ev.Finish)
    assert effects[0].outcome is Outcome.ACCEPTED


def test_a_token_that_did_not_leave_keeps_its_fate_known_r30() -> None:
    state, _ = vm.step(sent("a"), ev.Unsent("a"), 10.0)
    assert not state.waiting[0].fate_unknown
    state, effects = vm.step(state, ev.Reachable(), 10.5)
    assert effects == (ev.Send("a", Secret("token of a"), 2),)


def test_a_meter_that_reports_and_never_answers_gets_the_token_ever_more_seldom_r30() -> None:
    """A report a second for an hour: the air is not filled with a token that nobody answers."""
    state = sent("a")
    sent_at_s = [0.0]
    for now_s in range(1, 3_600):
        if state.sending:
            state, _ = vm.step(state, vm.Unanswered("a"), float(now_s))
        state, effects = vm.step(state, vm.Reachable(), float(now_s))
        sent_at_s += [float(now_s) for effect in effects if isinstance(effect, vm.Send)]
    assert len(sent_at_s) < 70
    waits = [after - before for before, after in itertools.pairwise(sent_at_s)]
    assert waits[:6] == sorted(waits[:6])
    assert max(waits) <= vm.LONGEST_RETRY_S + 2.0


def test_a_token_that_did_not_leave_goes_out_as_soon_as_the_meter_is_heard_r30() -> None:
    state = sent("a")
    for now_s in (1.0, 2.0, 3.0):
        state, _ = vm.step(state, vm.Unsent("a"), now_s)
        assert not state.sending
        state, effects = vm.step(state, vm.Reachable(), now_s)
        assert [type(effect) for effect in effects] == [vm.Send]


def test_a_rejected_token_is_never_tried_again_r30() -> None:
    for code in (0x01, 0x03, 0x06, 0x77):
        result = TopUpResult(code) if code in TopUpResult.__members__.values() else code
        state, effects = vm.step(sent("a"), ev.Answered("a", answer(result)), 1.0)
        assert isinstance(effects[0], ev.Finish)
        assert effects[0].outcome is Outcome.REJECTED
        assert state.waiting == ()
        assert vm.next_deadline_s(state) is None


def test_a_locked_or_full_meter_gets_the_token_later_and_not_sooner_for_being_heard_r30() -> None:
    for result in (TopUpResult.REJECTED_KEYPAD_LOCK, TopUpResult.REJECTED_MAX_CREDIT_REACHED):
        state, effects = vm.step(sent("a", "b"), ev.Answered("a", answer(result)), 1.0)
        assert [type(effect) for effect in effects] == [ev.Defer, ev.Defer], "the one behind it hears of it, too"
        state, effects = vm.step(state, ev.Reachable(), 2.0)
        assert effects == ()
        due = vm.next_deadline_s(state)
        assert due is not None
        state, effects = vm.step(state, ev.Clock(), due)
        assert effects == (ev.Send("a", Secret("token of a"), 2),)


def test_time_run_out_tells_an_unknown_fate_from_a_token_never_sent_r30() -> None:
    short = replace(top_up("a"), give_up_at_s=5.0)
    state, _ = vm.step(vq.MeterQueue(), ev.Ordered(short), 0.0)
    unknown, _ = vm.step(state, ev.Unanswered("a"), 4.0)
    _, effects = vm.step(unknown, ev.Clock(), 5.0)
    assert isinstance(effects[0], ev.Finish)
    assert effects[0].outcome is Outcome.NO_ANSWER
    never, _ = vm.step(state, ev.Unsent("a"), 4.0)
    _, effects = vm.step(never, ev.Clock(), 5.0)
    assert isinstance(effects[0], ev.Finish)
    assert effects[0].outcome is Outcome.UNREACHABLE


def test_an_answer_to_another_order_changes_nothing_r31() -> None:
    state = sent("a")
    for stray in (ev.Answered("b", answer(TopUpResult.ACCEPTED)), ev.Unanswered("b"), ev.Unsent("b")):
        assert vm.step(state, stray, 1.0) == (state, ())


def test_a_code_long_under_way_is_offered_once_and_delivery_goes_on_r30() -> None:
    state, _ = vm.step(vq.MeterQueue(), ev.Ordered(replace(top_up("a"), offer_at_s=5.0)), 0.0)
    state, _ = vm.step(state, ev.Unsent("a"), 4.0)
    assert vm.next_deadline_s(state) == 5.0
    state, effects = vm.step(state, ev.Clock(), 5.0)
    assert effects == (ev.Offer("a", 1),)
    state, effects = vm.step(state, ev.Clock(), vm.next_deadline_s(state) or 0.0)
    assert effects == (ev.Send("a", Secret("token of a"), 2),), "not offered again, and sent again"
    _, effects = vm.step(state, ev.Answered("a", answer(TopUpResult.REJECTED_DUPLICATE_TOP_UP)), 9.0)
    assert isinstance(effects[0], ev.Finish)
    assert effects[0].outcome is Outcome.DUPLICATE, "it was entered by hand meanwhile: harmless"


def test_a_meter_that_is_not_ready_gets_the_token_later_and_its_issuer_hears_of_it_once_r30() -> None:
    state, effects = vm.step(sent("a"), ev.NotReady("a", "BUSY"), 0.0)
    assert isinstance(effects[0], ev.Defer)
    assert "BUSY" in effects[0].reason
    now_s = vm.next_deadline_s(state) or 0.0
    state, effects = vm.step(state, ev.Clock(), now_s)
    assert effects == (ev.Send("a", Secret("token of a"), 2),)
    state, effects = vm.step(state, ev.NotReady("a", "BUSY"), now_s)
    (hold,) = effects
    assert isinstance(hold, ev.Hold), "the issuer knows; that it waits anew is put down"
    _, effects = vm.step(state, ev.Answered("a", answer(TopUpResult.REJECTED_KEYPAD_LOCK)), now_s)
    assert effects == (), "an answer to nothing on the air"


def test_time_that_runs_out_while_the_meter_is_locked_is_expired_and_the_code_unused_r30() -> None:
    state, _ = vm.step(vq.MeterQueue(), ev.Ordered(replace(top_up("a"), give_up_at_s=5.0)), 0.0)
    state, _ = vm.step(state, ev.Answered("a", answer(TopUpResult.REJECTED_KEYPAD_LOCK)), 1.0)
    _, effects = vm.step(state, ev.Clock(), 5.0)
    assert isinstance(effects[0], ev.Finish)
    assert effects[0].outcome is Outcome.EXPIRED
    assert "locked" in effects[0].reason


def test_an_order_is_received_then_queued_then_sent_r30() -> None:
    state = sent("a", "b")
    assert (vq.stage(state, "a"), vq.stage(state, "b")) == (Stage.SENT, Stage.QUEUED)
    assert vq.stage(state, "c") is None, "received, and not in a queue yet"
    unknown, _ = vm.step(state, ev.Unanswered("a"), 1.0)
    assert vq.stage(unknown, "a") is Stage.SENT, "nobody knows what the meter made of it"
    known, _ = vm.step(state, ev.Unsent("a"), 1.0)
    assert vq.stage(known, "a") is Stage.QUEUED


@pytest.mark.parametrize("rules", QUICK.values(), ids=QUICK.keys())
def test_every_history_of_tokens_ends_with_each_counted_once_and_one_final_result_r30(rules: Rules) -> None:
    found = explore(rules)
    assert found.states > 1_000
    assert found.ends > 0
    print(f"\nvending machine: {found.states:,} states, {found.steps:,} steps, {found.ends:,} ends")


def test_when_a_token_is_tried_again_for_a_meter_nothing_of_the_last_try_is_under_way() -> None:
    waits_s = (verdicts.KEYPAD_LOCK_RETRY_S, verdicts.MAX_CREDIT_RETRY_S, verdicts.NOT_READY_RETRY_S)
    assert min(waits_s) >= 10 * RadioConfig("/dev/null").late_answer_s
    assert 2 * RadioConfig("/dev/null").late_answer_s <= vm.NEW_ROUND_S
    assert RadioConfig("/dev/null").late_answer_s < LEAST_LEFT_S, "after a restart, too"


def test_a_sleeping_meters_token_waits_for_its_wake_and_silence_is_no_failure_r24_r30() -> None:
    state = vq.MeterQueue(listening=False)
    state, effects = vm.step(state, ev.Ordered(top_up("a")), 0.0)
    assert effects == ()
    assert vm.next_deadline_s(state) == FOREVER
    for heard in (ev.Reachable(), ev.Clock()):
        state, effects = vm.step(state, heard, 1_000.0)
        assert effects == ()
    state, effects = vm.step(state, ev.Awake(), 1_800.0)
    assert effects == (ev.Send("a", Secret("token of a"), 1),)
    state, _ = vm.step(state, ev.Asleep(), 1_805.0)
    state, effects = vm.step(state, ev.Unanswered("a"), 1_810.0)
    assert effects == ()
    assert vm.next_deadline_s(state) == FOREVER
    assert vq.stage(state, "a") is Stage.SENT
    state, effects = vm.step(state, ev.Awake(), 3_600.0)
    assert effects == (ev.Send("a", Secret("token of a"), 2),)
    _, effects = vm.step(state, ev.Answered("a", answer(TopUpResult.REJECTED_DUPLICATE_TOP_UP)), 3_601.0)
    assert isinstance(effects[0], ev.Finish)
    assert effects[0].outcome is Outcome.ACCEPTED


def test_a_sleeping_meter_that_wants_a_token_later_gets_it_at_the_first_wake_after_that_r24() -> None:
    state, _ = vm.step(sent("a"), ev.Answered("a", answer(TopUpResult.REJECTED_KEYPAD_LOCK)), 1.0)
    state, _ = vm.step(state, ev.Asleep(), 1.0)
    state, effects = vm.step(state, ev.Awake(), 100.0)
    assert effects == ()
    state, _ = vm.step(state, ev.Asleep(), 101.0)
    state, effects = vm.step(state, ev.Clock(), 1_500.0)
    assert effects == ()
    _, effects = vm.step(state, ev.Awake(), 1_900.0)
    assert effects == (ev.Send("a", Secret("token of a"), 2),)


def held(*top_ups: vq.TopUp) -> tuple[vq.MeterQueue, tuple[ev.Effect, ...]]:
    """A meter that answered its first code with a lock, at 1.0 s."""
    state = vq.MeterQueue()
    for one in top_ups:
        state, _ = vm.step(state, ev.Ordered(one), 0.0)
    return vm.step(state, ev.Answered(top_ups[0].order, answer(TopUpResult.REJECTED_KEYPAD_LOCK)), 1.0)


def by_hand(order: str) -> vq.TopUp:
    return replace(top_up(order), by_hand=True)


def told(effects: tuple[ev.Effect, ...]) -> dict[str, TopUpCase]:
    return {effect.order: effect.case for effect in effects if isinstance(effect, ev.Defer)}


def test_while_the_meter_is_locked_signed_tokens_go_before_codes_keyed_in_on_the_hub_r30() -> None:
    state, _ = held(by_hand("typed-1"), by_hand("typed-2"), top_up("paid-1"))
    state, _ = vm.step(state, ev.Ordered(top_up("paid-2")), 2.0)
    assert [one.order for one in state.waiting] == ["paid-1", "paid-2", "typed-1", "typed-2"]
    due = vm.next_deadline_s(state)
    assert due == 1.0 + verdicts.KEYPAD_LOCK_RETRY_S, "and none of them shortens the lock"
    _, effects = vm.step(state, ev.Clock(), due)
    assert effects == (ev.Send("paid-1", Secret("token of paid-1"), 1),)


def test_signed_tokens_keep_their_order_and_a_free_meter_takes_all_as_they_come_r30() -> None:
    change = replace(top_up("key-change"), before=(Secret("1" * 20), Secret("2" * 20)))
    state, _ = held(by_hand("typed"), change, top_up("credit"))
    assert [one.order for one in state.waiting] == ["key-change", "credit", "typed"]
    state, _ = vm.step(vq.MeterQueue(listening=False), ev.Ordered(by_hand("section")), 0.0)
    state, _ = vm.step(state, ev.Ordered(top_up("credit")), 0.0)
    assert [one.order for one in state.waiting] == ["section", "credit"], "a section keyed in may have to come first"


def test_whatever_waits_behind_a_held_token_is_told_once_that_it_does_r30() -> None:
    state, effects = held(top_up("a"), top_up("b"))
    assert told(effects) == {"a": TopUpCase.LOCKED, "b": TopUpCase.BEHIND}
    state, effects = vm.step(state, ev.Ordered(top_up("c")), 11.0)
    (deferred,) = effects
    assert isinstance(deferred, ev.Defer)
    assert (deferred.order, deferred.case) == ("c", TopUpCase.BEHIND)
    assert WORDS[TopUpCase.BEHIND].both in deferred.reason
    assert WORDS[TopUpCase.LOCKED].happened in deferred.reason
    assert deferred.hold.retry_in_s == verdicts.KEYPAD_LOCK_RETRY_S - 10.0
    assert [vq.held_case(state, order) for order in "abc"] == [TopUpCase.LOCKED, TopUpCase.BEHIND, TopUpCase.BEHIND]
    state, _ = vm.step(state, ev.Clock(), 2_000.0)
    assert vq.held_case(state, "b") is None, "nobody waits for a lock any more"
    _, effects = vm.step(state, ev.Answered("a", answer(TopUpResult.REJECTED_KEYPAD_LOCK)), 2_001.0)
    assert effects == (ev.Hold("a", verdicts.KEYPAD_LOCK_RETRY_S, fate_known=True),), "told before, put down anew"


def test_who_comes_first_when_the_time_of_the_one_before_is_over_hears_the_meters_reason_r30() -> None:
    state, _ = held(replace(top_up("a"), give_up_at_s=60.0), top_up("b"))
    _, effects = vm.step(state, ev.Clock(), 60.0)
    assert isinstance(effects[0], ev.Finish)
    assert told(effects) == {"b": TopUpCase.LOCKED}


@pytest.mark.parametrize(
    ("left_s", "waits_s"),
    [(700.0, 700.0), (-86_400.0, LEAST_LEFT_S), (86_400.0 * 365, verdicts.KEYPAD_LOCK_RETRY_S)],
    ids=["no step of the clock", "the clock went forward", "the clock went back"],
)
def test_a_restart_neither_frees_a_locked_meter_at_once_nor_holds_it_for_ever_r30(
    left_s: float, waits_s: float
) -> None:
    rows = (by_hand("typed"), top_up("paid"))
    state = recovered(rows, held=(TopUpCase.LOCKED, left_s), now_s=10.0)
    for event in (ev.Clock(), ev.Reachable(), ev.Awake()):
        state, effects = vm.step(state, event, 10.0)
        assert not [effect for effect in effects if isinstance(effect, ev.Send)]
    assert vm.next_deadline_s(state) == 10.0 + waits_s
    _, effects = vm.step(state, ev.Clock(), 10.0 + waits_s)
    assert effects == (ev.Send("paid", Secret("token of paid"), 1),), "and then what was paid for"


def test_time_that_runs_out_after_a_restart_is_expired_where_the_meter_had_not_taken_it_r30() -> None:
    row = replace(top_up("a"), attempts=1, told=TopUpCase.LOCKED, give_up_at_s=5.0)
    state = recovered((row,), held=(TopUpCase.LOCKED, 1_000.0))
    _, effects = vm.step(state, ev.Clock(), 5.0)
    assert isinstance(effects[0], ev.Finish)
    assert effects[0].outcome is Outcome.EXPIRED
