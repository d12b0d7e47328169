"""The day by which a visit that began with gas is followed up (R14)."""

from datetime import date

import pytest

from hubd.utility.commissioning.working_days import due_after


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 11, 23), date(2026, 11, 30)),  # Monday to Monday
        (date(2026, 11, 27), date(2026, 12, 4)),  # Friday to Friday
        (date(2026, 11, 28), date(2026, 12, 4)),  # Saturday: the count begins on Monday
        (date(2026, 11, 29), date(2026, 12, 4)),
    ],
)
def test_five_working_days_with_the_weekends_counted_out_r14(day: date, due: date) -> None:
    assert due_after(day) == due


def test_holidays_are_counted_out_where_they_are_named_r14() -> None:
    assert due_after(date(2026, 12, 23), holidays={date(2026, 12, 25), date(2026, 12, 28)}) == date(2027, 1, 1)
