"""The installer's console: the form, the figures, and how a step is shown (R14, R16)."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from hubd.cli.hubctl import pair_note
from hubd.cli.hubctl.pair_view import drawn, marks, standing
from hubd.cli.hubctl_main import main
from hubd.errors import ConfigurationError

STEPS = ["invite", "join", "interview", "key_establishment", "clock_check", "first_reading", "vend_test", "done"]


def device(step: str, held: str | None = None) -> dict[str, Any]:
    return {
        "alias": "electricity-1", "address": "00:0d:6f:00:0a:90:69:e7", "kind": "electricity_meter",
        "supplier": "[bold]Northern", "step": step, "steps": STEPS, "done": step == "done", "held": held,
        "words": held and "the meter refused the trial token", "cure": held and "order a new one",
        "waits_for": "a trial token", "seconds_left": 61, "vend_test_passed": step == "done",
    }  # fmt: skip


def answer(*devices: dict[str, Any], closed: float | None = None) -> dict[str, Any]:
    visit = {"visit": "v-1", "opened_at": 1.0, "closed_at": closed, "has_statement": True, "notes": {}}
    return {"version": 1, "visits": [{**visit, "devices": list(devices)}], "follow_ups": []}


def test_each_step_has_its_mark_and_what_is_waited_for_or_to_be_done_is_said_r14() -> None:
    assert [mark for _, mark in marks(device("first_reading"))] == ["done"] * 5 + ["now", "ahead", "ahead"]
    assert marks(device("vend_test", "trial_rejected"))[6] == ("vend_test", "held")
    assert {mark for _, mark in marks(device("done"))} == {"done"}
    assert standing(device("vend_test", "x")).endswith("To do: order a new one")
    assert "waits for a trial token" in standing(device("vend_test"))


def test_the_live_view_shows_words_of_others_as_words(capsys: pytest.CaptureFixture[str]) -> None:
    from rich.console import Console

    console = Console(width=110, record=True)
    console.print(drawn(answer(device("vend_test", "trial_rejected"), device("vend_test"))))
    shown = capsys.readouterr().out
    assert "[bold]Northern" in shown
    assert "order a new one" in shown
    assert "(1:01 left)" in shown


def words(*args: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    pair_note.add_arguments(parser)
    return parser.parse_args(args)


def test_an_old_meters_figures_come_from_words_or_from_the_form_r16(tmp_path: Path) -> None:
    said = pair_note._from_words(
        words("--old-meter-serial", "S95", "--old-meter-reading", "day=12345.6", "--old-meter-reading", "4711m3")
    )
    assert [(r.register, r.value, r.unit) for r in said.old_meters[0].readings] == [
        ("day", "12345.6", "kWh"),
        ("total", "4711", "m3"),
    ]
    form = tmp_path / "visit.toml"
    form.write_text(pair_note.FORM.replace("  ", ""))
    meter = pair_note._from_form(form).old_meters[0]
    assert (meter.serial, meter.replaced_by, meter.balance, meter.debt) == (
        "S95A12345",
        "electricity-1",
        "3.20",
        "12.00",
    )
    assert meter.readings[0].value == "12345.6"


@pytest.mark.parametrize("figure", ["day=", "day=12,5", "1e5", "day=twelve", "1.2.3", "=7", "-5", "7 litres"])
def test_a_figure_that_is_none_is_refused_before_it_is_sent_r16(
    figure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No daemon is asked: none is there."""
    note = ["pair", "note", "--socket", str(tmp_path / "none"), "--old-meter-serial", "S"]
    assert main([*note, f"--old-meter-reading={figure}"]) == 3
    assert "Cure: " in capsys.readouterr().err


def test_a_form_that_is_missing_and_notes_of_nothing_are_told_with_their_cure_r16(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pair", "note", "--file", str(tmp_path / "none")]) == 3
    assert "no such file. Cure: see that --file names the form" in capsys.readouterr().err
    with pytest.raises(ConfigurationError, match="nothing to note"):
        pair_note._from_words(words())
