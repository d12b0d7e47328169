"""`hubctl sts`: tokens from the command line (R30, R31), and what it says to wrong input."""

import json
from pathlib import Path

import pytest

from hubd.cli.hubctl_main import main

VENDING_KEY = "abababababababab949494949494949401234567"
KEY = {
    "--pan": "600727000000000009",
    "--vending-key": VENDING_KEY,
    "--sgc": "123457",
    "--krn": "1",
    "--kt": "2",
    "--ti": "01",
    "--base": "1993",
}
UNITS = {"--class": "0", "--subclass": "0", "--units": "25.6", "--at": "2004-04-01T00:30", "--rnd": "5"}


def words(*parts: dict[str, str | None]) -> list[str]:
    merged: dict[str, str | None] = {}
    for part in parts:
        merged |= part
    return [word for name, value in merged.items() if value is not None for word in (name, value)]


def issue(*parts: dict[str, str | None]) -> int:
    return main(["sts", "issue", *words(KEY, UNITS, *parts)])


def decode(token: str, *more: str) -> int:
    return main(["sts", "decode", *words(KEY), "--token", token, *more])


@pytest.mark.parametrize(
    ("options", "token"),
    [
        ({}, "63638916334124550935"),
        ({"--units": "1638.4", "--at": "2004-04-01T00:40"}, "45798100519745983712"),
        ({"--at": "2004-04-01T02:30+02:00"}, "63638916334124550935"),
        (
            {"--class": "2", "--subclass": "1", "--units": None, "--value": "FFFF", "--at": "2004-03-29T00:01"},
            "18070818655140104337",
        ),
        (
            {"--class": "2", "--subclass": "0", "--units": None, "--value": "03e8", "--at": "2004-03-28T09:01"},
            "26521936751055502278",
        ),
        (
            {
                "--subclass": "4",
                "--units": None,
                "--amount": "8.00",
                "--at": "2026-11-22T12:00",
                "--base": "2014",
                "--krn": "4",
            },
            "71077203206291621629",
        ),
        ({"--class": "1", "--units": None, "--control": "FFFFFFFFF"}, "56493153725450313471"),
    ],
)
def test_issue_prints_the_published_20_digits_alone_r30(
    options: dict[str, str | None], token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue(options) == 0
    assert capsys.readouterr().out == f"{token}\n"


def test_issue_defaults_to_now_and_to_a_random_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert issue({"--at": None, "--rnd": None, "--base": "2014"}) == 0
    assert len(capsys.readouterr().out.strip()) == 20


def test_issue_as_json_says_what_is_really_carried(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = words(KEY, UNITS, {"--subclass": "4", "--units": None, "--amount": "20"})
    assert main(["sts", "issue", *wanted, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["carried"] == "20.00624"
    assert told["issued_at"] == "2004-04-01T00:30Z"


def test_the_vending_key_may_come_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "vk.hex"
    file.write_text(VENDING_KEY + "\n")
    assert issue({"--vending-key": None, "--vending-key-file": str(file)}) == 0
    assert capsys.readouterr().out == "63638916334124550935\n"


def test_decode_prints_class_subclass_token_id_time_and_value(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("6363 8916-3341 2455 0935") == 0
    assert capsys.readouterr().out.splitlines() == [
        "class     0 credit",
        "subclass  0 electricity, units",
        "token id  5915550",
        "time      2004-04-01 00:30 UTC",
        "value     25.6 kWh",
    ]


def test_decode_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("59725289138639529749", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "class": 2,
        "class_name": "management",
        "subclass": 1,
        "subclass_name": "clear credit",
        "tid": 5910315,
        "issued_at": "2004-03-28T09:15Z",
        "value": "FFFF",
    }


def test_decode_of_a_test_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("01152921509036054672") == 0
    assert "control 1, manufacturer 0" in capsys.readouterr().out


def test_another_meters_token_is_refused_with_its_reason_r31(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("25453597494250138964", "--json") == 1
    said = capsys.readouterr()
    assert (json.loads(said.out)["refused"], said.err) == ("crc", "")
    assert decode("25453597494250138964") == 1
    assert capsys.readouterr().err.startswith("refused (crc): ")


def test_a_number_above_the_range_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert decode("9" * 20) == 1
    assert "2^66" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("token", "said"), [("1" * 19, "not 19"), ("1" * 21, "not 21"), ("5938632347213742696x", "something else")]
)
def test_what_is_no_token_at_all_is_a_usage_error(token: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert decode(token) == 2
    assert said in capsys.readouterr().err


def test_key_change_prints_the_four_published_tokens(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sts", "key-change", *words(KEY), "--new-ti", "02"]) == 0
    tokens = capsys.readouterr().out.split()
    assert tokens == [
        "34812744915211133004",
        "46903925208523674737",
        "71464563847088610152",
        "67904239402617643990",
    ]
    assert decode(tokens[0]) == 0
    said = capsys.readouterr().out
    assert "key change, first section" in said
    assert "a part of a new key" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"--pan": "600727000000000008"}, "--pan: PAN 600727000000000008: its last (check) digit"),
        ({"--pan": "60072700000000000"}, "18 digits"),
        ({"--vending-key": "abab"}, "--vending-key: a vending key is 40 hexadecimal digits"),
        ({"--vending-key": "x" * 40}, "40 hexadecimal digits"),
        ({"--sgc": "12345"}, "--sgc"),
        ({"--krn": "0"}, "--krn 0"),
        ({"--krn": "one"}, "--krn one: it is a whole number"),
        ({"--kt": "4"}, "--kt 4"),
        ({"--ti": "1"}, "--ti"),
        ({"--base": "2000"}, "--base 2000"),
        ({"--class": "3"}, "--class 3"),
        ({"--class": "2", "--subclass": "3", "--units": None, "--value": "0"}, "key-change"),
        ({"--subclass": "9"}, "--subclass 9"),
        ({"--units": None}, "--units is missing"),
        ({"--units": "25.65"}, "whole tenths"),
        ({"--units": "1820162.5"}, "do not fit"),
        ({"--units": "-1"}, "do not fit"),
        ({"--units": "many"}, "--units many: it is a number"),
        ({"--units": "1e3"}, "--units 1e3"),
        ({"--units": "nan"}, "--units nan"),
        ({"--amount": "8.00"}, "--amount does not go with class 0 subclass 0"),
        ({"--subclass": "4", "--units": None, "--amount": "0.000001"}, "five decimals"),
        ({"--class": "2", "--subclass": "1", "--units": None, "--value": "12345"}, "--value 12345"),
        ({"--at": "yesterday"}, "--at yesterday"),
        ({"--at": "2004-13-01T00:30"}, "--at 2004-13-01T00:30"),
        ({"--at": "2030-01-01T00:30"}, "outside base 1993"),
        ({"--rnd": "16"}, "--rnd 16: it is 0 to 15"),
    ],
    ids=lambda value: " ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_wrong_input_is_one_sentence_on_stderr_and_exit_code_2(
    wrong: dict[str, str | None], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert issue(wrong) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1
    assert VENDING_KEY not in printed.err


@pytest.mark.parametrize("content", [None, "abab", "ä" * 40])
def test_a_key_file_that_cannot_be_used_is_named_and_its_content_is_not_shown(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "vk.hex"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert issue({"--vending-key": None, "--vending-key-file": str(file)}) == 3
    said = capsys.readouterr().err
    assert "vk.hex" in said
    assert "abab" not in said.replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "nothing of the key changes"),
        (["--new-ti", "2"], "--new-ti"),
        (["--new-ti", "02", "--ken", "300"], "300"),
    ],
)
def test_a_key_change_that_cannot_be(options: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sts", "key-change", *words(KEY), *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["issue", "decode", "key-change"])
def test_help_has_examples_and_warns_of_keys_on_the_command_line(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sts", verb, "--help"])
    assert ended.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"hubctl sts {verb} KEY" in said
    assert "other users of this machine can see it" in said
