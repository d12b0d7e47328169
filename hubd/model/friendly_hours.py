"""Friendly hours: when a prepayment meter leaves the supply on though its credit is used up. The same each week.

A period is (from, to) in minutes from 00:00 UTC, a day its periods in order, a week its seven days, Monday first.
What runs past midnight is two periods: until 24:00, and from 00:00 of the next day.
"""

from collections.abc import Iterable
from itertools import pairwise

Period = tuple[int, int]
Day = tuple[Period, ...]
Week = tuple[Day, ...]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 1_440
MOST_PERIODS = 5
"""Of one day: so that its profile fits into one frame."""
NEVER: Week = ((),) * len(WEEKDAYS)


def fault_of_week(week: Week) -> str | None:
    """Why no meter could be set so, in words; None: it can be."""
    if len(week) != len(WEEKDAYS):
        return f"a week of friendly hours has seven days, Monday first; this one has {len(week)}"
    faults = ((name, _fault_of_day(day)) for name, day in zip(WEEKDAYS, week, strict=True))
    return next((f"friendly hours of {name}: {fault}" for name, fault in faults if fault is not None), None)


def _fault_of_day(day: Day) -> str | None:
    if len(day) > MOST_PERIODS:
        return f"a day has {MOST_PERIODS} periods at most; this one has {len(day)}"
    if not all(0 <= begin < end <= MINUTES_A_DAY for begin, end in day):
        return f"a period is two minutes of the day, the first before the second, 0 to {MINUTES_A_DAY} (UTC)"
    if any(one[1] >= next_one[0] for one, next_one in pairwise(day)):
        return "periods stand in order with time in between: join those that touch"
    return None


def united(periods: Iterable[Period]) -> Day:
    """The same time as one day: in order, and those that touch or overlap joined."""
    day: list[Period] = []
    for begin, end in sorted(periods):
        if day and begin <= day[-1][1]:
            day[-1] = (day[-1][0], max(end, day[-1][1]))
        else:
            day.append((begin, end))
    return tuple(day)


def words_of_week(week: Week) -> dict[str, str]:
    """By day, for people: `{"mon": "00:00-08:00 18:00-24:00", ..., "sun": "none"}`. UTC."""
    return {name: _words_of_day(day) for name, day in zip(WEEKDAYS, week, strict=True)}


def _words_of_day(day: Day) -> str:
    return " ".join(f"{_clock(begin)}-{_clock(end)}" for begin, end in day) or "none"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
