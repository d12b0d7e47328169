"""Half-hours: what the meter says and what a message can say (R19, R20)."""

from hubd.model.metering import ProfileBlock
from hubd.store.profiles import HALF_HOUR_S
from hubd.utility.half_hours import SLOTS_A_MESSAGE, runs_of, slots_of


def test_the_newest_interval_comes_first_on_the_wire_and_ends_when_the_block_ends_r19() -> None:
    block = ProfileBlock(channel=0, end_unix_s=10 * HALF_HOUR_S, interval_s=HALF_HOUR_S, wh=(3, None, 1))
    assert slots_of(block) == {9 * HALF_HOUR_S: 3, 8 * HALF_HOUR_S: None, 7 * HALF_HOUR_S: 1}


def test_a_message_holds_an_unbroken_run_of_at_most_a_day_r20() -> None:
    slots: dict[int, int | None] = {n * HALF_HOUR_S: n for n in range(60) if n != 5}
    runs = runs_of(slots)
    assert [(start // HALF_HOUR_S, len(run)) for start, run in runs] == [(0, 5), (6, SLOTS_A_MESSAGE), (54, 6)]
    assert [wh for _, run in runs for wh in run] == [n for n in range(60) if n != 5]
