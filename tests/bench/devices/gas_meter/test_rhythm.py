"""R24: when a sleeping meter can be reached, and when it cannot."""

import math

from hubd.bench.devices.gas_meter.rhythm import (
    ANSWER_WITHIN_S,
    FAST_POLL_S,
    FIRST_REPORT_S,
    JOINING_REPORT_S,
    JOINING_S,
    STAYS_AWAKE_S,
    TRIES,
    Rhythm,
)

WAKE_S = 1_800.0


def joined() -> Rhythm:
    rhythm = Rhythm(WAKE_S)
    rhythm.joined(0.0)
    return rhythm


def asleep() -> Rhythm:
    rhythm = joined()
    assert rhythm.wakes_now(FIRST_REPORT_S)
    rhythm.answered(10.0, stay_awake=False)
    return rhythm


def test_it_sleeps_until_its_wake_and_is_reached_right_after_it_r24() -> None:
    rhythm = asleep()
    assert rhythm.next_wake_s == 10.0 + WAKE_S
    assert not rhythm.awake(11.0)
    assert rhythm.listens_in_s(1_810.0 - 5.0) == 5.0 + FAST_POLL_S
    assert not rhythm.wakes_now(1_809.9)
    assert rhythm.wakes_now(1_810.0)
    assert rhythm.listens_in_s(1_810.0) <= FAST_POLL_S


def test_a_report_without_an_answer_is_said_again_and_then_it_sleeps_on() -> None:
    rhythm, now, said = asleep(), 1_810.0, []
    while rhythm.next_wake_s < 1_810.0 + WAKE_S / 2:
        now = rhythm.next_wake_s
        assert rhythm.wakes_now(now)
        said.append(now)
    assert said == [1_810.0 + n * ANSWER_WITHIN_S for n in range(TRIES)]
    assert not rhythm.awake(now + ANSWER_WITHIN_S)
    assert rhythm.next_wake_s == now + WAKE_S


def test_kept_awake_it_polls_until_it_is_let_go_or_hears_nothing_more() -> None:
    rhythm = asleep()
    rhythm.wakes_now(1_810.0)
    rhythm.answered(1_811.0, stay_awake=True)
    assert rhythm.awake(1_811.0 + STAYS_AWAKE_S - 1)
    rhythm.heard(1_850.0)
    assert rhythm.awake(1_850.0 + STAYS_AWAKE_S - 1)
    assert not rhythm.awake(1_850.0 + STAYS_AWAKE_S)
    rhythm.answered(1_860.0, stay_awake=False)
    assert not rhythm.awake(1_860.0)


def test_a_newcomer_polls_fast_until_it_is_let_go_and_no_longer_than_ten_minutes_r12() -> None:
    rhythm = joined()
    assert rhythm.awake(JOINING_S - 1)
    assert rhythm.wakes_now(FIRST_REPORT_S)
    rhythm.answered(3.0, stay_awake=True)
    assert rhythm.next_wake_s == 3.0 + JOINING_REPORT_S
    never_answered = joined()
    for _ in range(1_000):
        never_answered.wakes_now(never_answered.next_wake_s)
    assert not never_answered.joining


def test_on_no_network_there_is_no_wake() -> None:
    rhythm = Rhythm(WAKE_S)
    assert math.isinf(rhythm.next_wake_s)
    assert not rhythm.wakes_now(1e12)


def test_a_meter_that_polls_in_between_reports_once_and_needs_no_answer_r12() -> None:
    rhythm = Rhythm(WAKE_S, naps=True)
    rhythm.joined(0.0)
    assert not rhythm.joining
    assert rhythm.wakes_now(FIRST_REPORT_S)
    assert rhythm.next_wake_s == FIRST_REPORT_S + WAKE_S
