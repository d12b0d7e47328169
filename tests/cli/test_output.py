"""How verbs speak: whole lines into a pipe, folded ones on a terminal, and the cure apart from the error."""

import io
import sys

import pytest

from hubd.cli import output
from hubd.cli.hubctl import devices

ID = "8d5114ed98a34f3e8464ecfbac795fa6"
LINE = f"2026-11-28 11:20:37  vend   hub-0001  00:0d:6f:00:0a:90:69:e7  {ID}  accepted (Credited. Nothing to do.)"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> Terminal:
    """Stdout is a terminal of this width from here on."""
    made = Terminal()
    monkeypatch.setattr(sys, "stdout", made)
    monkeypatch.setenv("COLUMNS", str(width))
    return made


@pytest.mark.parametrize("width", [80, 100])
def test_on_a_narrow_terminal_a_line_goes_on_below_and_no_id_is_broken(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = terminal(monkeypatch, width)
    output.say(LINE)
    first, second = shown.getvalue().splitlines()
    assert len(first) <= width
    assert second.startswith("    ")
    assert " ".join((first, second)).split() == LINE.split()


def test_a_terminal_that_is_wide_enough_a_pipe_and_a_file_get_the_line_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    output.say(LINE)
    assert capsys.readouterr().out == LINE + "\n"
    wide = terminal(monkeypatch, 200)
    output.say(LINE)
    assert wide.getvalue() == LINE + "\n"


def test_an_error_and_its_cure_are_told_apart() -> None:
    assert output.error_fields("/etc/x: no such file. Cure: make it") == {
        "error": "/etc/x: no such file",
        "cure": "make it",
    }
    assert output.error_fields("no order 'x'") == {"error": "no order 'x'", "cure": None}


def test_devices_stand_in_blocks_where_the_table_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    device = {
        "alias": "electricity-1", "address": "00:0d:6f:00:0a:90:69:e7", "joined": True, "heard_s_ago": 3.2,
        "import_wh": 22_003, "supply": "on", "balance_e5": 500_000, "credit_status": "ok",
    }  # fmt: skip
    narrow = terminal(monkeypatch, 80)
    devices._print([device])
    assert narrow.getvalue().splitlines() == [
        "electricity-1  00:0d:6f:00:0a:90:69:e7  joined, heard 3 s ago",
        "    import kWh 22.003, supply on, balance 5.00, credit ok",
    ]
    wide = terminal(monkeypatch, 200)
    devices._print([device])
    assert wide.getvalue().startswith("alias           address")
