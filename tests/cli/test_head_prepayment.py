"""`hubctl head prepayment --friendly`: what is understood, and what is said to what is not (R34)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubd.cli.hubctl.friendly_words import week_of
from hubd.headend import book, orders
from hubd.headend.home import Home
from hubd.model.friendly_hours import MINUTES_A_DAY, NEVER, WEEKDAYS, words_of_week

from .test_head_verbs import PAN, Head, run

__all__ = ["run"]

NIGHT, MORNING, EVENING, ALL_DAY = ((0, 540), (1_080, 1_440)), (0, 540), (1_080, 1_440), ((0, 1_440),)


@pytest.mark.parametrize(
    ("texts", "week"),
    [
        (
            ["mon-fri 18:00-09:00", "sat,sun 00:00-24:00"],
            ((EVENING,), NIGHT, NIGHT, NIGHT, NIGHT, ALL_DAY, ALL_DAY),
        ),
        (["sun 18:00-09:00"], ((MORNING,), *((),) * 5, (EVENING,))),
        (["sun 18:00-00:00"], (*((),) * 6, (EVENING,))),
        (["sun 18:00-24:00"], (*((),) * 6, (EVENING,))),
        (["mon 12:00-12:00"], (((720, 1_440),), ((0, 720),), *((),) * 5)),
        (["tue 00:00-00:00"], ((), ALL_DAY, *((),) * 5)),
        (["SAT-mon 00:00-09:00 18:00-24:00"], (NIGHT, *((),) * 4, NIGHT, NIGHT)),
        (["wed 01:00-02:00", "wed 02:00-03:00 01:30-01:40"], ((), (), ((60, 180),), *((),) * 4)),
        (["none"], NEVER),
    ],
)
def test_days_and_periods_are_put_together_to_a_week(texts: list[str], week: object) -> None:
    assert week_of(texts) == week


@given(st.integers(0, 6), st.integers(0, MINUTES_A_DAY - 1), st.integers(0, MINUTES_A_DAY - 1))
def test_a_period_runs_from_its_begin_to_its_end_wherever_midnight_is(weekday: int, begin: int, end: int) -> None:
    text = f"{WEEKDAYS[weekday]} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    length = (end - begin) % MINUTES_A_DAY or MINUTES_A_DAY
    first = weekday * MINUTES_A_DAY + begin
    wanted = {minute % (7 * MINUTES_A_DAY) for minute in range(first, first + length)}
    week = week_of([text])
    found = {n * MINUTES_A_DAY + m for n, day in enumerate(week) for period in day for m in range(*period)}
    assert found == wanted


def test_what_a_receipt_says_can_be_written_again() -> None:
    week = week_of(["mon-fri 18:00-09:00", "sun 10:00-11:00"])
    said = [f"{day} {words}" for day, words in words_of_week(week).items() if words != "none"]
    assert week_of(said) == week


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["mon"], "write days, a blank, and periods"),
        ([""], "write days, a blank, and periods"),
        (["18:00-09:00"], "write days, a blank, and periods"),
        (["18:00-09:00 mon"], "'18:00-09:00' names no day"),
        (["monday 18:00-09:00"], "'monday' names no day: write mon tue wed"),
        (["mon- 18:00-09:00"], "'mon-' names no day"),
        (["mon,,tue 18:00-09:00"], "'' names no day"),
        (["mon 18:00"], "'18:00' is no period: write HH:MM-HH:MM in UTC"),
        (["mon 18-09"], "is no period"),
        (["mon 18:00-25:00"], "is no period"),
        (["mon 18:60-19:00"], "is no period"),
        (["mon 9:00-10:00"], "is no period"),
        (["mon 24:00-10:00"], "write 00:00 of the next day"),
        (["mon ١٨:00-19:00"], "is no period"),
        (["none", "mon 18:00-19:00"], "stands alone"),
        (["none", "none"], "stands alone"),
    ],
)
def test_what_is_not_understood_is_said_with_its_cure_and_sends_nothing(
    texts: list[str], said: str, run: Head
) -> None:
    words = [word for text in texts for word in ("--friendly", text)]
    code, out, err = run("prepayment", "--meter", PAN, *words, "--wait", "0")
    assert (code, out) == (2, "")
    assert re.search(said, err), err
    assert run.json("orders") == []


def test_more_than_a_meter_can_keep_is_refused(run: Head) -> None:
    periods = " ".join(f"{hour:02}:00-{hour:02}:30" for hour in range(6))
    code, _, err = run("prepayment", "--meter", PAN, "--friendly", f"mon {periods}")
    assert (code, "5 periods at most" in err) == (2, True)


def test_one_setting_at_a_time(run: Head) -> None:
    code, _, err = run("prepayment", "--meter", PAN, "--friendly", "none", "--debt-cap", "1.00")
    assert (code, "not allowed with" in err) == (2, True)
    assert run("prepayment", "--meter", PAN)[0] == 2


def test_the_week_goes_into_the_signed_command_r34(run: Head) -> None:
    assert run("prepayment", "--meter", PAN, "--friendly", "mon 18:00-09:00", "--wait", "0")[0] == 0
    connection = book.open_book(Home(run.path))
    try:
        [order] = orders.recent(connection, 2)
    finally:
        connection.close()
    assert (order.cmd, order.args["setting"]) == ("prepayment", "friendly_hours")
    assert order.args["week"] == [[[1_080, 1_440]], [[0, 540]], [], [], [], [], []]
