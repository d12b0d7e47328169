"""Weeks of friendly hours: what is one, what is none, and how it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.model.friendly_hours import MINUTES_A_DAY, NEVER, fault_of_week, united, words_of_week

REST = ((),) * 6
PERIODS = st.tuples(st.integers(0, MINUTES_A_DAY), st.integers(0, MINUTES_A_DAY)).filter(lambda p: p[0] < p[1])


@given(st.lists(PERIODS, max_size=8))
def test_united_periods_are_the_same_minutes_in_order_with_time_in_between(periods: list[tuple[int, int]]) -> None:
    day = united(periods)
    minutes = {minute for begin, end in periods for minute in range(begin, end)}
    assert {minute for begin, end in day for minute in range(begin, end)} == minutes
    assert len(day) > 5 or fault_of_week((day, *REST)) is None
    assert united(day) == day


@pytest.mark.parametrize(
    "day",
    [(), ((0, 1_440),), ((0, 480), (1_080, 1_440)), ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))],
)
def test_a_day_that_a_meter_can_keep_has_no_fault(day: tuple[tuple[int, int], ...]) -> None:
    assert fault_of_week((day, *REST)) is None


@pytest.mark.parametrize(
    ("week", "said"),
    [
        (REST, "seven days"),
        ((*NEVER, ()), "seven days"),
        ((((480, 480),), *REST), "mon: a period"),
        ((((480, 479),), *REST), "mon: a period"),
        ((((-1, 480),), *REST), "mon: a period"),
        ((*REST, ((0, 1_441),)), "sun: a period"),
        ((((600, 700), (0, 500)), *REST), "in order"),
        ((((0, 500), (500, 700)), *REST), "join those that touch"),
        ((((0, 500), (400, 700)), *REST), "in order"),
        ((((0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11)), *REST), "5 periods at most"),
    ],
)
def test_a_week_that_no_meter_could_keep_is_said_in_words_with_its_day(week, said: str) -> None:
    fault = fault_of_week(week)
    assert fault is not None
    assert said in fault


def test_a_week_is_told_day_by_day() -> None:
    week = (((0, 480), (1_080, 1_440)), *((),) * 5, ((1, 61),))
    assert words_of_week(week) == {
        "mon": "00:00-08:00 18:00-24:00",
        **dict.fromkeys(("tue", "wed", "thu", "fri", "sat"), "none"),
        "sun": "00:01-01:01",
    }
