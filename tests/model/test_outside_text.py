"""Text from outside moves no cursor and is no formula, wherever it is shown."""

import pytest

from hubd.model.outside_text import in_a_spreadsheet, on_a_terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("till-7-0001", "till-7-0001"),
        ("Zoë's till, 10 £", "Zoë's till, 10 £"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\rb\x07\x9b\u202e", "a\\rb\\x07\\x9b\\u202e"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_what_is_not_printable_is_written_out(text: str, shown: str) -> None:
    assert on_a_terminal(text) == shown


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "=1\x1b[2J"])
def test_no_spreadsheet_takes_a_label_for_a_formula(text: str) -> None:
    assert in_a_spreadsheet(text).startswith("'")
    assert "\x1b" not in in_a_spreadsheet(text)


@pytest.mark.parametrize("cell", ["till-7", "", "2026-11-22", "0=0", -5, 0, 100])
def test_other_labels_and_all_numbers_stay_as_they_are(cell: str | int) -> None:
    assert in_a_spreadsheet(cell) == cell
