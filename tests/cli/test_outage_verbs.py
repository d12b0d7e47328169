"""`hubctl outage replay` and `hubctl supply size`, as a user calls them."""

import json
from pathlib import Path

import pytest

from hubd.cli.hubctl_main import main

LOCKOUT = 'supply = [[5, 0.1], [5, 0.1], [5, 2], ["off"]]\n'


@pytest.fixture
def lockout(tmp_path: Path) -> str:
    path = tmp_path / "lockout.toml"
    path.write_text(LOCKOUT)
    return str(path)


@pytest.mark.parametrize(("policy", "at_s"), [("confirmed", 77.2), ("earliest", 75.2), ("sustained", 197.2)])
def test_replay_prints_a_json_list_of_events(
    lockout: str, policy: str, at_s: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["outage", "replay", lockout, "--policy", policy, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"t": at_s, "event": "alert", "operations": 4}]


def test_replay_says_in_words_what_is_told(lockout: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outage", "replay", lockout]) == 0
    assert capsys.readouterr().out == "    77.200 s  alert: the supply is gone (4 losses of supply)\n"


def test_replay_with_a_capacitor_that_is_too_small_is_provisional_or_silent(
    lockout: str, capsys: pytest.CaptureFixture[str]
) -> None:
    energy = ["--load", "3/1.5/3.5/2", "--aged", "--charge", "0"]
    assert main(["outage", "replay", lockout, "--capacitor", "25F", *energy, "--json"]) == 0
    [told] = json.loads(capsys.readouterr().out)
    assert told["event"] == "provisional"
    assert 32.2 <= told["t"] < 77.2
    assert main(["outage", "replay", lockout, "--capacitor", "10", *energy, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["outage", "replay", lockout, "--capacitor", "10", *energy]) == 0
    assert "goes down without an alert" in capsys.readouterr().out


def test_a_capacitor_without_a_load_is_a_usage_error(lockout: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outage", "replay", lockout, "--capacitor", "25"]) == 2
    assert "go together" in capsys.readouterr().err


def test_a_wrong_file_is_a_configuration_error_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text("supply = [[5, 1]]")
    assert main(["outage", "replay", str(path), "--json"]) == 3
    said = capsys.readouterr()
    assert said.err == ""
    assert f"{path}: supply, entry 1 of 1 [5, 1]: the last entry must be" in json.loads(said.out)["error"]


def test_supply_size_names_the_capacitance_and_the_bank(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["supply", "size", "--load", "3/1.5/3.5/2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["time_s"] == 165.0
    assert told["needed_f"] == pytest.approx(53.9, abs=0.1)
    assert told["chosen"]["cell_f"] == 150


def test_supply_size_draws_the_voltage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["supply", "size", "--load", "3/1.5/3.5/2"]) == 0
    said = capsys.readouterr().out
    assert "needed: 53.9 F" in said
    assert "5.00 V |***" in said


@pytest.mark.parametrize("load", ["0", "-1", "3/1", "x", "nan", "inf"])
def test_a_load_that_is_none_is_a_usage_error(load: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["supply", "size", f"--load={load}"])
    assert caught.value.code == 2


def test_a_load_that_no_capacitor_carries_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["supply", "size", "--load", "50", "--esr", "0.5"]) == 1
    assert "no capacitance carries this" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--temperature", "inf", "from -40 to 85"),
        ("--temperature", "-400", "from -40 to 85"),
        ("--temperature", "nan", "from -40 to 85"),
        ("--esr", "-0.1", "from 0 to"),
        ("--esr", "x", "from 0 to"),
        ("--full", "0", "above 0"),
        ("--spread", "nan", "from 0 to"),
    ],
)
def test_a_figure_out_of_bounds_is_a_usage_error_that_names_them(
    option: str, value: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["supply", "size", "--load", "3/1.5/3.5/2", f"{option}={value}"])
    assert caught.value.code == 2
    assert says in capsys.readouterr().err


def test_nothing_may_be_said_as_0_in_any_spelling(lockout: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["supply", "size", "--load", "3", "--esr", "0.00", "--json"]) == 0
    energy = ["--capacitor", "25", "--load", "3", "--charge"]
    assert main(["outage", "replay", lockout, *energy, "0e0"]) == 0
    with pytest.raises(SystemExit):
        main(["outage", "replay", lockout, *energy, "-1"])
    assert "is not a number from 0 to" in capsys.readouterr().err


def test_brackets_without_end_are_a_configuration_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep.toml"
    path.write_text("supply = " + "[" * 5_000)
    assert main(["outage", "replay", str(path)]) == 3
    assert "brackets stand too deep" in capsys.readouterr().err
