"""Working days, weekends counted out (pure). Public holidays are the office's business."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

FOLLOW_UP_WORKING_DAYS: Final = 5
"""A visit that began with gas is followed up within so many (R14)."""

_SATURDAY: Final = 5


def due_after(day: date, working_days: int = FOLLOW_UP_WORKING_DAYS, holidays: Collection[date] = ()) -> date:
    """The last of so many working days after `day`, which itself does not count."""
    while working_days:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY and day not in holidays:
            working_days -= 1
    return day
