"""`hubctl head`: what it prints, how it ends, and what it says to wrong input (R30, R35)."""

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hubd.cli.hubctl import head, head_listen
from hubd.cli.hubctl_main import main
from hubd.headend import book

PAN = "000001000000000082"
ADDRESS = "00:0d:6f:00:0a:90:69:e7"
VENDING_KEY = "ABABABABABABABAB949494949494949401234567"


class Head:
    """`hubctl head` on one folder; the broker's port is closed."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys

    def __call__(self, verb: str, *words: str) -> tuple[int, str, str]:
        try:
            code = main(["head", verb, *words, *(() if verb == "init" else ("--home", str(self.path)))])
        except SystemExit as ended:
            code = int(str(ended.code))
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, verb: str, *words: str) -> Any:
        return json.loads(self(verb, *words, "--json")[1])


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Head:
    made = Head(tmp_path / "head", capsys)
    assert made("init", str(made.path), "--hub", "hub-0001", "--broker", "127.0.0.1:9")[0] == 0
    key_file = tmp_path / "vk.hex"
    key_file.write_text(VENDING_KEY + "\n")
    words = ["--pan", PAN, "--address", ADDRESS, "--hub", "hub-0001", "--vending-key-file", str(key_file)]
    assert made("meter-add", *words, "--sgc", "123457", "--krn", "4")[0] == 0
    return made


def test_a_sale_prints_what_the_customer_must_know_r35(run: Head) -> None:
    run("debt", "--meter", PAN, "--set", "50.00", "--percent", "20")
    code, out, _ = run("vend", "--meter", PAN, "--amount", "10.00", "--request", "r-1", "--wait", "0")
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["tendered", "10.00", "GBP"]
    assert lines[1:3] == [["to", "debt", "2.00"], ["debt", "left", "48.00"]]
    assert "credit           8.00   (the token carries 8.00024)" in out
    assert len("".join(lines[4][1:])) == 20
    assert "queued" in lines[-1][1]


def test_json_holds_the_same_and_a_second_asking_the_same_token_r30(run: Head) -> None:
    words = ("--meter", ADDRESS, "--amount", "10", "--request", "r-1", "--wait", "0")
    first, again = run.json("vend", *words), run.json("vend", *words)
    assert (first["tendered_pence"], first["credit_pence"], first["encoded_e5"]) == (1000, 1000, 1_000_024)
    assert (first["status"], first["final"], first["receipt"]) == ("queued", False, None)
    assert again == {**first, "repeated": True}


@pytest.mark.parametrize(
    ("amount", "code", "words"),
    [
        ("0", 1, "buys nothing"),
        ("500.01", 1, "more than one payment may be"),
        ("-5", 2, "not an amount"),
        ("1.005", 2, "not an amount"),
        ("ten", 2, "not an amount"),
        ("1e3", 2, "not an amount"),
    ],
)
def test_an_amount_that_cannot_be_sold_is_refused_in_words(run: Head, amount: str, code: int, words: str) -> None:
    ended, out, err = run("vend", "--meter", PAN, "--amount", amount)
    assert (ended, out) == (code, "")
    assert words in err
    assert run.json("ledger")["entries"] == []


HUGE = "9" * 23


@pytest.mark.parametrize(
    "words",
    [
        ("debt", "--meter", PAN, "--set", HUGE),
        ("debt", "--meter", PAN, "--min", HUGE),
        ("debt", "--meter", PAN, "--cap", HUGE),
        ("debt", "--meter", PAN, "--priority", HUGE),
        ("debt", "--meter", PAN, "--priority", "-1"),
        ("debt", "--meter", PAN, "--percent", HUGE),
        ("vend", "--meter", PAN, "--amount", HUGE),
        ("vend", "--meter", PAN, "--amount", "1", "--wait", "nan"),
        ("vend", "--meter", PAN, "--amount", "1", "--wait", "-1"),
        ("trial", "--meter", PAN, "--wait", "inf"),
        ("orders", "--most", HUGE),
        ("orders", "--most", "-1"),
        ("outages", "--ended", "nan"),
        ("admit", "--hub", "hub-0001", "--device", ADDRESS, "--window", HUGE),
        ("prepayment", "--meter", PAN, "--low-credit", HUGE),
    ],
    ids=lambda words: " ".join((words[0], words[-2])),
)
def test_a_number_out_of_all_bounds_is_a_wrong_command_line(run: Head, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.strip().splitlines()[-1].startswith("hubctl head")
    assert run.json("orders") == []


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_book_that_another_process_holds_is_a_sentence_and_nothing_is_sold(
    run: Head, monkeypatch: pytest.MonkeyPatch, lock: str
) -> None:
    monkeypatch.setattr(book, "BUSY_S", 0.05)
    with contextlib.closing(sqlite3.connect(run.path / "headend.sqlite", isolation_level=None)) as other:
        other.execute(f"BEGIN {lock}")
        sold = ("vend", "--meter", PAN, "--amount", "1", "--wait", "0")
        for words in (sold, ("statement", "--meter", PAN), ("debt", "--meter", PAN, "--set", "5")):
            code, out, err = run(*words)
            assert (code, out, "book" in err, "locked" in err) == (1, "", True, True)
        other.execute("ROLLBACK")
    assert run.json("ledger")["entries"] == []


def test_what_was_agreed_and_entered_by_hand_stands_in_the_audit_with_its_hand(run: Head, tmp_path: Path) -> None:
    run("debt", "--meter", PAN, "--set", "50", "--by", "mary")
    run("debt", "--meter", PAN, "--set", "50", "--by", "mary")
    run("debt", "--meter", PAN, "--set", "20.50", "--by", "tom")
    words = ["--pan", PAN, "--address", ADDRESS, "--hub", "hub-0001", "--vending-key", VENDING_KEY, "--sgc", "123457"]
    for krn in ("4", "5"):
        run("meter-add", *words, "--krn", krn, "--by", "ann")
    rows = [(row["what"], row["by_whom"], row["detail"]) for row in run.json("audit", "--meter", PAN)]
    assert rows == [
        ("debt_set", "mary", "debt: 50.00 owed, 0.00 before"),
        ("debt_set", "tom", "debt: 20.50 owed, 50.00 before"),
        (
            "meter_changed",
            "ann",
            f"{ADDRESS} behind hub-0001, sgc 123457 krn 5 kt 2 ti 01 base 2014; "
            f"before {ADDRESS} behind hub-0001, sgc 123457 krn 4 kt 2 ti 01 base 2014",
        ),
    ]


def test_a_copy_of_the_book_is_made_and_gone_on_with(run: Head, tmp_path: Path) -> None:
    kept = tmp_path / "copy.sqlite"
    assert run("backup", str(kept))[0] == 0
    code, _, err = run("backup", str(kept))
    assert (code, "is not replaced" in err) == (3, True)
    lost = run.json("vend", "--meter", PAN, "--amount", "1", "--wait", "0")
    kept.replace(run.path / "headend.sqlite")
    assert run("restored", "--codes", "501")[0] == 2
    assert run.json("restored", "--by", "mary") == {"meters": 1, "codes": 100}
    assert run.json("vend", "--meter", PAN, "--amount", "1", "--wait", "0")["tid"] > lost["tid"]
    assert [(row["what"], row["by_whom"]) for row in run.json("audit")] == [("book_restored", "mary")]


def test_an_unknown_meter_and_a_changed_request_are_refused_also_in_json(run: Head) -> None:
    assert "no meter" in run.json("vend", "--meter", "600727000000000009", "--amount", "1")["error"]
    run("vend", "--meter", PAN, "--amount", "1", "--request", "r-1", "--wait", "0")
    assert "another body" in run.json("vend", "--meter", PAN, "--amount", "2", "--request", "r-1")["error"]


def test_a_broker_that_is_not_there_ends_with_4_and_the_sale_is_kept(run: Head) -> None:
    code, out, _ = run("vend", "--meter", PAN, "--amount", "1", "--request", "r-1", "--wait", "0.3")
    assert code == 4
    assert "it is sent by hubctl head listen" in out
    assert [order["request"] for order in run.json("orders")] == ["r-1"]


def test_the_ledger_adds_up_as_text_json_and_csv_r35(run: Head) -> None:
    run("debt", "--meter", PAN, "--set", "50", "--percent", "20")
    run("vend", "--meter", PAN, "--amount", "10", "--request", "r-1", "--wait", "0")
    assert run.json("ledger", "--meter", PAN)["balances_pence"] == {
        "arrears": -5000, "debt": 4800, "sold": -800, "till": 1000,
    }  # fmt: skip
    rows = run("ledger", "--csv")[1].splitlines()
    assert rows[0] == "number,at,pan,posting,account,pence,debt"
    assert sum(int(row.split(",")[5]) for row in rows[1:]) == 0
    assert "balance  debt          48.00" in run("ledger")[1]


def test_debt_is_shown_and_a_wrong_percentage_is_refused(run: Head) -> None:
    assert run("debt", "--meter", PAN)[1] == f"{PAN}: 0.00 owed\n"
    assert run("debt", "--meter", PAN, "--percent", "100")[0] == 2
    said = run("debt", "--meter", PAN, "--percent", "12.5")[1]
    assert said.split() == f"{PAN}: 0.00 owed 0.00 debt: priority 100, 12.5 % of each payment".split()


def test_several_debts_are_deducted_in_their_order_and_printed_so_r35(run: Head) -> None:
    run("debt", "--meter", PAN, "--set", "50", "--percent", "20")
    meter = ("--name", "meter", "--set", "3", "--min", "1.00", "--cap", "2", "--priority", "1")
    shown = run.json("debt", "--meter", PAN, *meter)
    assert [(one["debt"], one["owed_pence"], one["cap_pence"]) for one in shown["debts"]] == [
        ("meter", 300, 200),
        ("debt", 5000, None),
    ]
    sale = run.json("vend", "--meter", PAN, "--amount", "10", "--request", "r-1", "--wait", "0")
    assert [(one["debt"], one["pence"]) for one in sale["deductions"]] == [("meter", 100), ("debt", 200)]
    out = run("reprint", "--request", "r-1")[1]
    assert "to meter         1.00   (2.00 left)" in out
    assert "to debt          2.00   (48.00 left)" in out
    assert run.json("debt", "--meter", PAN, "--name", "meter", "--cap", "none")["debts"][0]["cap_pence"] is None
    assert run("debt", "--meter", PAN, "--name", "No Name")[0] == 2


def test_a_wrong_meter_number_or_key_is_refused_and_no_key_is_shown(run: Head, tmp_path: Path) -> None:
    words = ["--address", "00:0d:6f:00:0a:90:69:e8", "--hub", "hub-0001", "--sgc", "123457", "--krn", "4"]
    code, _, err = run("meter-add", "--pan", "000001000000000083", "--vending-key", VENDING_KEY, *words)
    assert (code, "check" in err) == (1, True)
    code, _, err = run("meter-add", "--pan", "600727000000000009", "--vending-key", "XYZ", *words)
    assert (code, "40 hexadecimal digits" in err, "XYZ" in err) == (3, True, False)
    _, out, _ = run("meters", "--json")
    assert VENDING_KEY not in out.upper()


def test_commands_of_the_other_roles_are_queued_and_their_secrets_not_shown_r5(run: Head) -> None:
    code_digits = "83FED3407A939723A5C639B26916D505C3B5"
    device = ("--hub", "hub-0001", "--device", ADDRESS, "--wait", "0")
    admitted = run("admit", *device, "--kind", "electricity_meter", "--install-code", code_digits)
    removed = run("remove", *device)
    read = run("read", "--meter", PAN, "--wait", "0")
    asked = run("status", "--hub", "hub-0001", "--wait", "0")
    assert [code for code, _, _ in (admitted, removed, read, asked)] == [0, 0, 0, 0]
    listed = run("orders", "--json")[1]
    assert {order["command"] for order in json.loads(listed)} == {"admit", "remove", "read", "status"}
    assert code_digits not in listed


def test_a_folder_without_a_head_end_ends_with_3_and_the_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["head", "orders", "--home", str(tmp_path)]) == 3
    assert "hubctl head init" in capsys.readouterr().err


@pytest.mark.parametrize("verb", head.VERBS)
def test_every_verb_has_help_with_examples(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["head", verb, "--help"])
    assert f"hubctl head {verb}" in capsys.readouterr().out.split("examples:")[1]


@pytest.mark.process
def test_a_listener_is_ended_by_sigterm_and_its_lines_are_json(run: Head) -> None:
    argv = [Path(sys.executable).parent / "hubctl", "head", "listen", "--home", str(run.path), "--json"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as listener:
        assert listener.stdout is not None
        assert json.loads(listener.stdout.readline())["happened"] == "disconnected"
        began_s = time.monotonic()
        listener.send_signal(signal.SIGTERM)
        assert listener.wait(10) == 0
        assert time.monotonic() - began_s < 5


@pytest.mark.process
def test_a_listener_that_finds_no_broker_says_so_at_its_end_as_json_too(
    run: Head, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_listen, "GIVE_UP_S", 0.0)
    code, out, _ = run("listen", "--once", "--json")
    assert code == 4
    fault = json.loads(out.splitlines()[-1])
    assert set(fault) == {"error", "cure"}
    assert "no session with the broker" in fault["error"]
