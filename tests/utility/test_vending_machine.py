"""The vending machine: R30 (exactly once in effect), R31, and every history of tokens with crashes explored."""

from dataclasses import replace

import pytest

from hubd.model.secret import Secret
from hubd.model.topup import Outcome, Stage, TopUpAnswer, TopUpResult
from hubd.utility import top_up_verdicts as verdicts
from hubd.utility import vending_machine as vm
from hubd.zigbee.radio_config import RadioConfig
from tests.utility.explore_vending import QUICK, explore
from tests.utility.vending_world import Rules

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


def test_a_code_long_under_way_is_offered_once_and_delivery_goes_on_r30() -> None:
    state, _ = vm.step(vm.MeterQueue(), vm.Ordered(replace(top_up("a"), offer_at_s=5.0)), 0.0)
    state, _ = vm.step(state, vm.Unsent("a"), 4.0)
    assert vm.next_deadline_s(state) == 5.0
    state, effects = vm.step(state, vm.Clock(), 5.0)
    assert effects == (vm.Offer("a", 1),)
    state, effects = vm.step(state, vm.Clock(), vm.next_deadline_s(state) or 0.0)
    assert effects == (vm.Send("a", Secret("token of a"), 2),), "not offered again, and sent again"
    _, effects = vm.step(state, vm.Answered("a", answer(TopUpResult.REJECTED_DUPLICATE_TOP_UP)), 9.0)
    assert isinstance(effects[0], vm.Finish)
    assert effects[0].outcome is Outcome.DUPLICATE, "it was entered by hand meanwhile: harmless"


def test_a_meter_that_is_not_ready_gets_the_token_later_and_its_issuer_hears_of_it_once_r30() -> None:
    state, effects = vm.step(sent("a"), vm.NotReady("a", "BUSY"), 0.0)
    assert isinstance(effects[0], vm.Defer)
    assert "BUSY" in effects[0].reason
    now_s = vm.next_deadline_s(state) or 0.0
    state, effects = vm.step(state, vm.Clock(), now_s)
    assert effects == (vm.Send("a", Secret("token of a"), 2),)
    state, effects = vm.step(state, vm.NotReady("a", "BUSY"), now_s)
    assert effects == (), "the issuer knows"
    _, effects = vm.step(state, vm.Answered("a", answer(TopUpResult.REJECTED_KEYPAD_LOCK)), now_s)
    assert effects == (), "an answer to nothing on the air"


def test_time_that_runs_out_while_the_meter_is_locked_is_expired_and_the_code_unused_r30() -> None:
    state, _ = vm.step(vm.MeterQueue(), vm.Ordered(replace(top_up("a"), give_up_at_s=5.0)), 0.0)
    state, _ = vm.step(state, vm.Answered("a", answer(TopUpResult.REJECTED_KEYPAD_LOCK)), 1.0)
    _, effects = vm.step(state, vm.Clock(), 5.0)
    assert isinstance(effects[0], vm.Finish)
    assert effects[0].outcome is Outcome.EXPIRED
    assert "locked" in effects[0].reason


def test_an_order_is_received_then_queued_then_sent_r30() -> None:
    state = sent("a", "b")
    assert (vm.stage(state, "a"), vm.stage(state, "b")) == (Stage.SENT, Stage.QUEUED)
    assert vm.stage(state, "c") is None, "received, and not in a queue yet"
    unknown, _ = vm.step(state, vm.Unanswered("a"), 1.0)
    assert vm.stage(unknown, "a") is Stage.SENT, "nobody knows what the meter made of it"
    known, _ = vm.step(state, vm.Unsent("a"), 1.0)
    assert vm.stage(known, "a") is Stage.QUEUED


@pytest.mark.parametrize("rules", QUICK.values(), ids=QUICK.keys())
def test_every_history_of_tokens_ends_with_each_counted_once_and_one_final_result_r30(rules: Rules) -> None:
    found = explore(rules)
    assert found.states > 1_000
    assert found.ends > 0
    print(f"\nvending machine: {found.states:,} states, {found.steps:,} steps, {found.ends:,} ends")


def test_when_a_token_is_tried_again_for_a_meter_nothing_of_the_last_try_is_under_way() -> None:
    waits_s = (verdicts.KEYPAD_LOCK_RETRY_S, verdicts.MAX_CREDIT_RETRY_S, verdicts.NOT_READY_RETRY_S)
    assert min(waits_s) >= 10 * RadioConfig("/dev/null").late_answer_s


def test_a_sleeping_meters_token_waits_for_its_wake_and_silence_is_no_failure_r24_r30() -> None:
    state = vm.MeterQueue(listening=False)
    state, effects = vm.step(state, vm.Ordered(top_up("a")), 0.0)
    assert effects == ()
    assert vm.next_deadline_s(state) == FOREVER
    for heard in (vm.Reachable(), vm.Clock()):
        state, effects = vm.step(state, heard, 1_000.0)
        assert effects == ()
    state, effects = vm.step(state, vm.Awake(), 1_800.0)
    assert effects == (vm.Send("a", Secret("token of a"), 1),)
    state, _ = vm.step(state, vm.Asleep(), 1_805.0)
    state, effects = vm.step(state, vm.Unanswered("a"), 1_810.0)
    assert effects == ()
    assert vm.next_deadline_s(state) == FOREVER
    assert vm.stage(state, "a") is Stage.SENT
    state, effects = vm.step(state, vm.Awake(), 3_600.0)
    assert effects == (vm.Send("a", Secret("token of a"), 2),)
    _, effects = vm.step(state, vm.Answered("a", answer(TopUpResult.REJECTED_DUPLICATE_TOP_UP)), 3_601.0)
    assert isinstance(effects[0], vm.Finish)
    assert effects[0].outcome is Outcome.ACCEPTED


def test_a_sleeping_meter_that_wants_a_token_later_gets_it_at_the_first_wake_after_that_r24() -> None:
    state, _ = vm.step(sent("a"), vm.Answered("a", answer(TopUpResult.REJECTED_KEYPAD_LOCK)), 1.0)
    state, _ = vm.step(state, vm.Asleep(), 1.0)
    state, effects = vm.step(state, vm.Awake(), 100.0)
    assert effects == ()
    state, _ = vm.step(state, vm.Asleep(), 101.0)
    state, effects = vm.step(state, vm.Clock(), 1_500.0)
    assert effects == ()
    _, effects = vm.step(state, vm.Awake(), 1_900.0)
    assert effects == (vm.Send("a", Secret("token of a"), 2),)
