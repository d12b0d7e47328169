"""With --json an error is one object on stdout, with `error` and `cure`, and the exit code that it has for people."""

import json
from pathlib import Path

import pytest

from hubd.cli import hubctl_main, hubd_main

from .every_verb import parsers, runs

MAINS = {"hubctl": hubctl_main.main, "hubd": hubd_main.main}
OPERATORS_OF_HUBD = {"hubd check-config", "hubd doctor", "hubd bench ask"}
VERBS = [prog for prog, parser in parsers().items() if runs(parser) and prog.split()[0] == "hubctl"]

ADDRESS = "00:0d:6f:00:0a:90:69:e7"
PAN = "000001000000000082"
KEY = f"--pan {PAN} --vending-key-file FOLDER/none --sgc 123457 --krn 4 --kt 2 --ti 01 --base 2014"
NO_DAEMON = "--socket FOLDER/none.sock"
NO_HOUSE = "--house FOLDER"
NO_HOME = "--home FOLDER"

WRONG: dict[str, tuple[str, int]] = {
    "hubctl status": (NO_DAEMON, 4),
    "hubctl devices": (NO_DAEMON, 4),
    "hubctl read": (f"electricity-1 {NO_DAEMON}", 4),
    "hubctl vend": (NO_DAEMON, 4),
    "hubctl top-up": (f"electricity-1 59386323472137426967 {NO_DAEMON}", 4),
    "hubctl pair": (NO_DAEMON, 4),
    "hubctl pair retry": (f"electricity-1 {NO_DAEMON}", 4),
    "hubctl pair note": ("--file FOLDER/none.toml", 3),
    "hubctl pair close": (NO_DAEMON, 4),
    "hubctl pair statement": (NO_DAEMON, 4),
    "hubctl ping": (f"electricity-1 {NO_DAEMON}", 4),
    "hubctl rekey": (f"electricity-1 {NO_DAEMON}", 4),
    "hubctl radio show": (NO_DAEMON, 4),
    "hubctl radio migrate": (NO_DAEMON, 4),
    "hubctl radio form": (NO_DAEMON, 4),
    "hubctl head init": ("/dev/null/head --hub hub-0001", 3),
    "hubctl head listen": (NO_HOME, 3),
    "hubctl head vend": (f"--meter {PAN} --amount 1 {NO_HOME}", 3),
    "hubctl head reprint": (f"--request r-1 {NO_HOME}", 3),
    "hubctl head reverse-advice": (f"--request r-1 {NO_HOME}", 3),
    "hubctl head key-change": (f"--meter {PAN} --krn 5 {NO_HOME}", 3),
    "hubctl head trial": (f"--meter {PAN} {NO_HOME}", 3),
    "hubctl head debt": (f"--meter {PAN} {NO_HOME}", 3),
    "hubctl head ledger": (NO_HOME, 3),
    "hubctl head statement": (f"--meter {PAN} --from 2026-02-01 --to 2026-01-01", 2),
    "hubctl head statements": (NO_HOME, 3),
    "hubctl head audit": (NO_HOME, 3),
    "hubctl head backup": (f"FOLDER/copy {NO_HOME}", 3),
    "hubctl head restored": (NO_HOME, 3),
    "hubctl head orders": (NO_HOME, 3),
    "hubctl head meter-add": (
        f"--pan {PAN} --address {ADDRESS} --hub hub-0001 --vending-key-file FOLDER/none {NO_HOME}",
        3,
    ),
    "hubctl head meters": (NO_HOME, 3),
    "hubctl head admit": ("--hub hub-0001 --devices FOLDER/none.toml", 3),
    "hubctl head remove": (f"--hub hub-0001 --device {ADDRESS} {NO_HOME}", 3),
    "hubctl head read": (f"--meter {PAN} {NO_HOME}", 3),
    "hubctl head prepayment": (f"--meter {PAN} --low-credit 2.00 {NO_HOME}", 3),
    "hubctl head status": (NO_HOME, 3),
    "hubctl head topology": ("import FOLDER/none.csv", 3),
    "hubctl head outages": (NO_HOME, 3),
    "hubctl sts issue": (f"{KEY} --class 0 --subclass 4 --amount 8.00", 3),
    "hubctl sts decode": (f"{KEY} --token 59386323472137426967", 3),
    "hubctl sts key-change": (f"{KEY} --new-ti 02", 3),
    "hubctl ca init": ("/dev/null/ca", 3),
    "hubctl ca issue": (f"FOLDER/none {ADDRESS}", 3),
    "hubctl ca show": ("FOLDER/none.txt", 3),
    "hubctl outage replay": ("FOLDER/none.toml", 3),
    "hubctl supply size": ("--load 3 --full 1 --cut-off 2", 3),
    "hubctl bench measure": ("--seconds -5", 2),
    "hubctl bench beside": ("--zigbee2mqtt FOLDER", 3),
    "hubctl bench joins": ("--loss 1.5", 2),
    "hubctl bench fault": (f"reset {NO_HOUSE}", 4),
    "hubctl bench keys": (NO_HOUSE, 4),
    "hubctl bench grid trip": (f"lock-out {NO_HOUSE}", 4),
    "hubctl bench grid supply": (f"on {NO_HOUSE}", 4),
    "hubctl bench grid state": (NO_HOUSE, 4),
    "hubd bench ask": ("FOLDER/none.sock devices", 4),
}


def said(prog: str, words: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """How it ends, and what is on stdout and on stderr."""
    program, *verb = prog.split()
    try:
        code = MAINS[program]([*verb, *words.replace("FOLDER", str(folder)).split()])
    except SystemExit as ended:
        code = int(str(ended.code))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_table_below_holds_every_verb_and_every_verb_takes_json() -> None:
    assert set(VERBS) <= set(WRONG)
    takes_json = {prog for prog, parser in parsers().items() if "--json" in parser._option_string_actions}
    assert set(VERBS) | OPERATORS_OF_HUBD <= takes_json


@pytest.mark.parametrize("prog", WRONG)
def test_a_wrong_input_is_one_object_with_the_exit_code_it_has_for_people(
    prog: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, code = WRONG[prog]
    for_people = said(prog, words, tmp_path, capsys)
    assert for_people[:2] == (code, "")
    ended, out, err = said(prog, f"{words} --json", tmp_path, capsys)
    fault = json.loads(out)
    assert (ended, err, set(fault)) == (code, "", {"error", "cure"})
    assert fault["error"] in for_people[2]
    assert fault["cure"], fault["error"]
    assert fault["cure"] in for_people[2]


@pytest.mark.parametrize("prog", [*VERBS, *OPERATORS_OF_HUBD])
def test_an_option_that_is_not_there_is_one_object_too(
    prog: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(prog, f"{WRONG.get(prog, ('', 2))[0]} --no-such-option --json", tmp_path, capsys)
    fault = json.loads(out)
    assert (code, err) == (2, "")
    assert "no-such-option" in fault["error"] or "argument" in fault["error"]
    assert "--help" in fault["cure"]


def test_check_config_and_doctor_tell_each_finding_with_its_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said("hubd check-config", "--utility FOLDER/none --json", tmp_path, capsys)
    (finding,) = json.loads(out)
    assert (code, finding["file"]) == (3, str(tmp_path / "none"))
    assert finding["error"]
    assert finding["cure"]
    code, out, _ = said("hubd doctor", "--utility FOLDER/none --consumer FOLDER/none --json", tmp_path, capsys)
    assert code == 1
    assert all(finding["cure"] for finding in json.loads(out) if not finding["good"])
