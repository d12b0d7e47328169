"""Numbers on the command line are bounded: a wrong one is a sentence, never a traceback."""

import argparse

import pytest

from hubd.cli.argument_types import checked, number, seconds, whole


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "-1", "-0.001", "604801", "1e300", "", "ten", "9" * 400])
def test_a_wait_is_from_nothing_to_a_week(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="0 to 604800"):
        seconds(text)
    assert [seconds(good) for good in ("0", "0.5", "30", "604800")] == [0.0, 0.5, 30.0, 604_800.0]


@pytest.mark.parametrize("text", ["0", "-1", "21", "1.5", "nan", "", "x", "9" * 30, "9" * 5000, "1_0", "٣"])
def test_a_count_is_whole_and_within_its_bounds(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="1 to 20"):
        whole(1, 20)(text)
    assert [whole(1, 20)(good) for good in ("1", "20", "007")] == [1, 20, 7]


def test_what_a_parser_of_ours_refuses_is_said_in_its_own_words() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="invalid literal"):
        checked(int)("x")
    assert number(0, 1)("0.25") == 0.25
