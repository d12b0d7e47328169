"""A sleeping meter's mailbox: R24, every history of three letters explored, and a day without a false failure."""

import math
from dataclasses import replace

from hubd.utility import mailbox as mb
from hubd.utility.mailbox import Letter, LetterKind, Mailbox

HALF_HOUR_S = 1_800.0
TOKENS = Letter("tokens", LetterKind.TOKENS)
COMMAND = Letter("command", LetterKind.COMMAND, expires_at_s=mb.LETTER_LIFETIME_S)
READ = Letter("read", LetterKind.READ, expires_at_s=mb.LETTER_LIFETIME_S)
ROUTINE = Letter("routine", LetterKind.ROUTINE)


def box(*letters: Letter) -> Mailbox:
    state = Mailbox(seen_at_s=0.0)
    for letter in letters:
        state, effects = mb.step(state, mb.Posted(letter), 0.0)
        assert effects == ()
    return state


def carry_out(state: Mailbox, now_s: float, fails: frozenset[str] = frozenset()) -> tuple[Mailbox, list[str]]:
    """A wake, and the meter answers (or not) whatever it is brought; names in the order of delivery."""
    brought: list[str] = []
    state, effects = mb.step(state, mb.Woke(), now_s)
    while deliver := next((each for each in effects if isinstance(each, mb.Deliver)), None):
        brought.append(deliver.name)
        now_s += 0.1
        word = mb.Undelivered(deliver.name) if deliver.name in fails else mb.Delivered(deliver.name)
        state, effects = mb.step(state, word, now_s)
    return state, brought


def test_everything_waits_for_the_wake_and_tokens_go_first_r24() -> None:
    state, brought = carry_out(box(ROUTINE, READ, COMMAND, TOKENS), 100.0)
    assert brought == ["tokens", "command", "read", "routine"]
    assert state.letters == ()
    due = mb.next_deadline_s(state)
    assert due <= 100.4 + mb.LINGER_S
    state, effects = mb.step(state, mb.Clock(), due)
    assert effects == (mb.LetSleep(),)
    assert not mb.is_awake(state, due)


def test_with_nothing_to_bring_the_meter_is_let_go_at_once_r24() -> None:
    state, effects = mb.step(box(), mb.Woke(), 100.0)
    assert effects == (mb.LetSleep(),)
    assert not mb.is_awake(state, 100.0)


def test_the_meter_is_told_to_stay_awake_before_anything_is_sent_r24() -> None:
    _, effects = mb.step(box(TOKENS), mb.Woke(), 100.0)
    assert effects == (mb.KeepAwake(), mb.Deliver("tokens"))


def test_what_is_posted_while_the_meter_is_awake_does_not_wait_for_the_next_wake() -> None:
    state, _ = carry_out(box(TOKENS), 100.0)
    state, effects = mb.step(state, mb.Posted(READ), 100.5)
    assert effects == (mb.Deliver("read"),)
    state, effects = mb.step(state, mb.Woke(), 100.6)
    assert effects == (mb.KeepAwake(),)


def test_a_letter_that_is_not_taken_waits_for_the_next_wake_and_lets_the_others_by_r24() -> None:
    stubborn = replace(READ, name="stubborn")
    state, brought = carry_out(box(stubborn, READ, ROUTINE), 100.0, fails=frozenset({"stubborn"}))
    assert brought == ["stubborn", "read", "routine"]
    state, _ = mb.step(state, mb.Clock(), mb.next_deadline_s(state))
    state, _ = mb.step(state, mb.Posted(READ), 200.0)
    state, brought = carry_out(state, HALF_HOUR_S)
    assert brought == ["read", "stubborn"]


def test_a_command_that_is_not_taken_keeps_its_place_before_the_next_so_that_the_newest_is_the_last_word() -> None:
    first, second = replace(COMMAND, name="first", expires_at_s=50_000.0), replace(COMMAND, name="second")
    state, brought = carry_out(box(first, second, READ), 100.0, fails=frozenset({"first"}))
    assert brought == ["first", "read"]
    state, _ = mb.step(state, mb.Clock(), mb.next_deadline_s(state))
    assert carry_out(state, HALF_HOUR_S)[1] == ["first", "second"]
    state, effects = mb.step(state, mb.Clock(), 50_000.0)
    assert effects == (mb.Expire("first"),)
    assert carry_out(state, 50_001.0)[1] == ["second"]


def test_a_command_that_a_meter_fell_asleep_over_goes_before_the_next_at_its_next_wake() -> None:
    first, second = replace(COMMAND, name="first"), replace(COMMAND, name="second")
    state, _ = mb.step(box(first, second), mb.Woke(), 100.0)
    state, effects = mb.step(state, mb.Clock(), mb.next_deadline_s(state))
    assert effects == (mb.Recall("first"),)
    assert carry_out(state, HALF_HOUR_S)[1] == ["first", "second"]


def test_a_meter_that_falls_asleep_over_a_letter_gets_it_at_its_next_wake_r24() -> None:
    state, _ = mb.step(box(TOKENS), mb.Woke(), 100.0)
    state, effects = mb.step(state, mb.Clock(), mb.next_deadline_s(state))
    assert effects == (mb.Recall("tokens"),)
    assert not mb.is_awake(state, 100.0 + mb.IN_HAND_AT_MOST_S)
    _, brought = carry_out(state, HALF_HOUR_S)
    assert brought == ["tokens"]


def test_nothing_fails_and_nobody_is_alarmed_in_a_day_of_half_hourly_wakes_r24() -> None:
    state = Mailbox(seen_at_s=0.0)
    told: list[mb.Effect] = []
    for wake in range(1, 49):
        now_s = wake * HALF_HOUR_S
        while mb.next_deadline_s(state) < now_s:
            state, effects = mb.step(state, mb.Clock(), mb.next_deadline_s(state))
            told += [each for each in effects if not isinstance(each, mb.LetSleep)]
        letter = Letter(f"read {wake}", LetterKind.READ, now_s - 60 + mb.LETTER_LIFETIME_S)
        state, _ = mb.step(state, mb.Posted(letter), now_s - 60)
        state, brought = carry_out(state, now_s)
        assert brought == [letter.name]
    assert told == []


def test_a_silent_meter_is_told_of_once_after_a_day_and_so_is_its_return_r24() -> None:
    state, effects = mb.step(box(READ, TOKENS), mb.Clock(), mb.SILENT_AFTER_S)
    assert effects == (mb.Expire("read"), mb.TellSilent(mb.SILENT_AFTER_S))
    assert [letter.name for letter in state.letters] == ["tokens"]
    assert mb.next_deadline_s(state) == math.inf
    state, effects = mb.step(state, mb.Woke(), 100_000.0)
    assert effects[0] == mb.TellBack(100_000.0)
    assert not state.silent


def test_a_newcomer_is_kept_awake_until_it_is_in_service_r12() -> None:
    state, _ = mb.step(box(), mb.Joined(), 10.0)
    state, effects = mb.step(state, mb.Woke(), 20.0)
    assert effects == (mb.KeepAwake(),)
    state, effects = mb.step(state, mb.Posted(READ), 21.0)
    assert effects == (mb.Deliver("read"),)
    state, _ = mb.step(state, mb.Delivered("read"), 22.0)
    state, effects = mb.step(state, mb.Woke(), 50.0)
    assert effects == (mb.KeepAwake(),)
    state, _ = mb.step(state, mb.InService(), 60.0)
    state, effects = mb.step(state, mb.Clock(), mb.next_deadline_s(state))
    assert effects == (mb.LetSleep(),)


def test_a_letter_posted_twice_waits_once_and_one_withdrawn_is_not_brought() -> None:
    state, _ = mb.step(box(READ, COMMAND), mb.Posted(READ), 1.0)
    state, _ = mb.step(state, mb.Withdrawn("command"), 2.0)
    _, brought = carry_out(state, 100.0)
    assert brought == ["read"]


def test_every_history_of_three_letters_brings_one_at_a_time_only_to_an_awake_meter_and_loses_none_r24() -> None:
    letters = (TOKENS, COMMAND, READ)
    start = (Mailbox(seen_at_s=0.0), 0, frozenset[str]())
    seen, frontier = {start}, [start]
    while frontier:
        state, clock, done = frontier.pop()
        now_s = clock * 10.0
        events: list[mb.Event] = [mb.Woke(), mb.Clock()]
        events += [mb.Posted(each) for each in letters if each.name not in done]
        if state.in_hand is not None:
            events += [mb.Delivered(state.in_hand), mb.Undelivered(state.in_hand)]
        for event in events:
            after, effects = mb.step(state, event, now_s)
            finished = done | {event.name} if isinstance(event, mb.Delivered) else done
            _hold(state, event, after, effects, now_s)
            if any(each.attempts > 3 for each in after.letters):
                continue
            for ticks in (0, 5):
                following = (after, clock + ticks, finished)
                if clock + ticks <= 15 and following not in seen:
                    seen.add(following)
                    frontier.append(following)
    print(f"\nmailbox: {len(seen)} states explored")
    assert len(seen) > 10_000


def _hold(state: Mailbox, event: mb.Event, after: Mailbox, effects: tuple[mb.Effect, ...], now_s: float) -> None:
    brought = [each.name for each in effects if isinstance(each, mb.Deliver)]
    assert len(brought) <= 1
    if brought:
        assert mb.is_awake(after, now_s)
        assert state.in_hand is None or not isinstance(event, mb.Posted | mb.Woke)
        mine = next(each for each in after.letters if each.name == brought[0])
        others = [each for each in after.letters if each.name not in after.tried]
        assert mine.kind == min(each.kind for each in others)
    before = {each.name for each in state.letters}
    gone = before - {each.name for each in after.letters}
    assert gone == ({event.name} & before if isinstance(event, mb.Delivered) else set())
    if isinstance(event, mb.Woke):
        assert sum(isinstance(each, mb.KeepAwake | mb.LetSleep) for each in effects) == 1
    if after.in_hand is not None:
        assert after.let_sleep_at_s == math.inf
