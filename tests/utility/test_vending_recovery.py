"""The queues after a restart, from the ledger's rows (R30)."""

from dataclasses import replace

import pytest

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp, TimeTrust
from hubd.model.top_up_case import TopUpCase
from hubd.store.top_ups import TopUpRow
from hubd.utility import vending_events as ev
from hubd.utility import vending_machine as machine
from hubd.utility.key_change_course import BEGUN, Progress
from hubd.utility.top_up_verdicts import KEYPAD_LOCK_RETRY_S, MAX_CREDIT_RETRY_S
from hubd.utility.vending_queue import NEVER_S, MeterQueue
from hubd.utility.vending_recovery import Allowed, recovered_queues

METER, OTHER = Eui64("00:0d:6f:00:00:00:00:01"), Eui64("00:0d:6f:00:00:00:00:02")
WALL_S, NOW_S, DAY_S = 1_800_000_000.0, 50.0, 86_400.0
ROW = TopUpRow(
    order="a", device=METER, token=Secret("1" * 20), last4="1111", source="wan",
    received_at=Stamp(WALL_S - 600.0, TimeTrust.NETWORK), give_up_at=Stamp(WALL_S + DAY_S, TimeTrust.NETWORK),
    attempts=1, outcome=None, reason=None, result_code=None, top_up_value_e5=None, credit_remaining_e5=None,
)  # fmt: skip
LOCKED = replace(ROW, told_case=TopUpCase.LOCKED, held_until_unix_s=WALL_S + 900.0, fate_known=True)


def queue_of(*rows: TopUpRow, offer_after_s: float = 900.0) -> MeterQueue:
    allowed = Allowed(7 * DAY_S, offer_after_s)
    return recovered_queues(rows, NOW_S, WALL_S, lambda device: allowed, lambda device: False)[METER]


def test_a_token_that_was_sent_is_of_unknown_fate_unless_the_meter_said_that_it_has_not_taken_it_r30() -> None:
    (sent,), (unsent,), (held,) = (queue_of(row).waiting for row in (ROW, replace(ROW, attempts=0), LOCKED))
    assert (sent.fate_unknown, unsent.fate_unknown, held.fate_unknown) == (True, False, False)


def test_a_meter_that_was_locked_is_left_alone_for_the_rest_of_its_time_r30() -> None:
    queue = queue_of(LOCKED, replace(LOCKED, order="b", told_case=TopUpCase.BEHIND))
    assert (queue.held_for, queue.not_before_s) == (TopUpCase.LOCKED, NOW_S + 900.0)


def test_a_code_keyed_in_stands_behind_what_came_signed_at_a_locked_meter_r30() -> None:
    queue = queue_of(replace(LOCKED, source="local"), replace(LOCKED, order="b", told_case=TopUpCase.BEHIND))
    assert [one.order for one in queue.waiting] == ["b", "a"]


@pytest.mark.parametrize(
    ("case", "longest_s"), [(TopUpCase.LOCKED, KEYPAD_LOCK_RETRY_S), (TopUpCase.TOO_MUCH_CREDIT, MAX_CREDIT_RETRY_S)]
)
def test_a_clock_that_went_back_a_year_holds_a_meter_no_longer_than_it_asked_for_r30(
    case: TopUpCase, longest_s: float
) -> None:
    queue = queue_of(replace(LOCKED, told_case=case, held_until_unix_s=WALL_S + 365 * DAY_S))
    assert queue.not_before_s == NOW_S + longest_s


def test_one_meters_lock_holds_no_other_r31() -> None:
    rows = (LOCKED, replace(ROW, order="x", device=OTHER))
    queues = recovered_queues(rows, NOW_S, WALL_S, lambda device: Allowed(DAY_S, 900.0), lambda device: False)
    assert (queues[OTHER].held_for, queues[OTHER].not_before_s) == (None, 0.0)


def test_a_code_for_a_sleeping_meter_is_offered_no_sooner_for_a_restart_r24() -> None:
    two_wakes_s = 3_600.0
    (waiting,) = queue_of(ROW, offer_after_s=two_wakes_s).waiting
    assert waiting.offer_at_s == NOW_S + two_wakes_s - 600.0


@pytest.mark.parametrize("give_up_unix_s", [WALL_S - 365 * DAY_S, WALL_S - 1.0, WALL_S + 60.0])
def test_a_token_for_a_sleeping_meter_does_not_run_out_before_its_wake_whatever_the_clock_says_r24_r30(
    give_up_unix_s: float,
) -> None:
    wakes_every_s = 1_800.0
    row = replace(ROW, attempts=0, give_up_at=Stamp(give_up_unix_s, TimeTrust.UNSYNCED))
    allowed = Allowed(7 * DAY_S, 2_700.0, least_left_s=2 * wakes_every_s)
    queue = recovered_queues((row,), NOW_S, WALL_S, lambda device: allowed, lambda device: True)[METER]
    for at_s in (NOW_S, NOW_S + 60.0, NOW_S + wakes_every_s):
        queue, effects = machine.step(queue, ev.Clock(), at_s)
        assert not [effect for effect in effects if isinstance(effect, ev.Finish)]
    queue, effects = machine.step(queue, ev.Awake(), NOW_S + wakes_every_s)
    assert [type(effect) for effect in effects] == [ev.Send]


def test_a_last_section_that_the_meter_put_off_is_sent_again_and_one_of_unknown_fate_is_not_r30() -> None:
    sections = (Secret("2" * 20), Secret("3" * 20))
    row = replace(ROW, before=sections, progress=int(Progress.LAST_SECTION))
    (unknown,), (put_off,) = queue_of(row).waiting, queue_of(replace(row, fate_known=True)).waiting
    assert not unknown.at_sections, "it may have made the new key valid: the token behind it proves that"
    assert (put_off.course, put_off.offer_at_s) == (BEGUN, NEVER_S)
