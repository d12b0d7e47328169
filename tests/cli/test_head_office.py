"""`hubctl head reprint|reverse-advice|statement|audit`: what the office and its customer get to see (R35)."""

import contextlib
import csv
import io
import json
import time
from pathlib import Path

import msgspec
import pytest

from hubd.headend import book, key_change_end, orders
from hubd.headend.home import Home
from hubd.model.stamp import TimeTrust
from hubd.wan.messages import ReceiptBody, When
from hubd.wan.statement import StatementBody

from .test_head_verbs import PAN, Head, run

__all__ = ["run"]

AT = When(1.0, TimeTrust.NETWORK)
DAYS = ("--from", "2020-01-01", "--to", "2099-12-31")


def sell(run: Head, request: str, amount: str = "10", *words: str) -> dict[str, object]:
    found: dict[str, object] = run.json(
        "vend", "--meter", PAN, "--amount", amount, "--request", request, "--wait", "0", *words
    )
    return found


def hub_says(run: Head, body: ReceiptBody) -> None:
    """A receipt arrives."""
    with contextlib.closing(book.open_book(Home(run.path))) as connection, book.transaction(connection):
        order = orders.mark_receipt(connection, "hub-0001", body, time.time())
        assert order is not None
        key_change_end.settle(connection, order, time.time())


def in_the_book(run: Head, *statements: str) -> None:
    """What has come about otherwise: by time, or by an older version."""
    with contextlib.closing(book.open_book(Home(run.path))) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(statement)


def test_a_reprint_prints_the_same_code_again_and_the_audit_says_who(run: Head) -> None:
    token = str(sell(run, "r-1")["token"])
    code, out, _ = run("reprint", "--request", "r-1", "--by", "mary")
    assert code == 0
    assert " ".join(token[i : i + 4] for i in range(0, 20, 4)) in out
    assert run("reprint", "--request", "r-9")[0] == 1
    (row,) = run.json("audit", "--meter", PAN)
    assert (row["what"], row["by_whom"], row["request"]) == ("reprinted", "mary", "r-1")
    assert "mary" in run("audit")[1]


def test_a_held_sale_shows_no_code_and_is_turned_back_or_released(run: Head) -> None:
    held = sell(run, "r-1", "10", "--hold")
    assert (held["held"], held["token"]) == (True, None)
    code, out, _ = run("reverse-advice", "--request", "r-1", "--by", "mary")
    assert (code, "10.00 GBP to give back" in out) == (0, True)
    assert run.json("reverse-advice", "--request", "r-1")["repeated"] is True
    sell(run, "r-2", "5", "--hold")
    assert sell(run, "r-2", "5")["token"] is not None
    code, _, err = run("reverse-advice", "--request", "r-2")
    assert (code, "may still take it" in err) == (1, True)
    assert run.json("ledger")["balances_pence"] == {"sold": -500, "till": 500}
    deeds = [row["what"] for row in run.json("audit")]
    assert deeds == ["held", "reversed", "held", "released", "reversal_refused"]


def test_held_and_reversed_sales_are_not_listed_as_if_they_were_still_to_be_sent(run: Head) -> None:
    sell(run, "r-1", "10", "--hold")
    assert "held: neither shown nor sent" in run("orders")[1]
    assert run.json("orders")[0]["status"] == "held"
    run("reverse-advice", "--request", "r-1")
    listed = run("orders")[1]
    assert ("reversed: never sent" in listed, "queued" in listed) == (True, False)
    assert run.json("orders")[0]["status"] == "reversed"


def test_what_got_no_receipt_in_its_time_has_an_end_in_words_and_the_code_can_be_had_r30(run: Head) -> None:
    token = str(sell(run, "r-1")["token"])
    run("read", "--meter", PAN, "--request", "m-1", "--wait", "0")
    run("key-change", "--meter", PAN, "--krn", "5", "--request", "k-1", "--wait", "0")
    in_the_book(run, "UPDATE orders SET expires_unix_s = 1")
    of_key, of_read, of_sale = run("orders")[1].splitlines()
    assert "no receipt in time" in of_key
    assert "--probe" in of_key
    assert "whether it was done is not known" in of_read
    assert "hubctl head reprint" in of_sale
    assert {one["status"] for one in run.json("orders")} == {"overdue"}
    began_s = time.monotonic()
    code, out, _ = run("vend", "--meter", PAN, "--amount", "10", "--request", "r-1", "--wait", "60")
    assert (code, time.monotonic() - began_s < 30) == (5, True), "nobody waits for what is sent no more"
    assert token[:4] in out
    assert "Not delivered in time" in run("statement", "--meter", PAN, *DAYS)[1]
    code, _, err = run("vend", "--meter", PAN, "--amount", "10", "--wait", "0")
    assert (code, "--probe" in err) == (1, True)


def test_a_statement_says_where_each_penny_went_r35(run: Head) -> None:
    run("debt", "--meter", PAN, "--set", "50", "--percent", "20")
    token = str(sell(run, "r-1")["token"])
    sell(run, "r-2", "3", "--hold")
    run("reverse-advice", "--request", "r-2")
    made = run.json("statement", "--meter", PAN, *DAYS)
    assert [line["what"] for line in made["lines"]] == ["debt set", "sale", "sale", "reversal"]
    assert (made["opening_pence"], made["closing_pence"]) == (0, 4800)
    assert (made["tendered_pence"], made["to_debts_pence"], made["credit_pence"]) == (1000, 200, 800)
    assert made["lines"][1]["encoded_e5"] == 800_024
    assert made["debts"][0]["owed_pence"] == 4800
    assert token not in json.dumps(made)
    assert "debt at the end 48.00" in run("statement", "--meter", PAN, *DAYS)[1]
    later = run.json("statement", "--meter", PAN, "--from", "2098-01-01", "--to", "2099-01-01")
    assert (later["opening_pence"], later["lines"], later["closing_pence"]) == (4800, [], 4800)


def test_a_code_that_was_keyed_in_by_hand_reads_as_the_good_sale_it_was(run: Head) -> None:
    order = str(sell(run, "r-1")["order"])
    hub_says(run, ReceiptBody(order, "vend", "duplicate", True, None, "The meter has had it.", 2, case="used"))
    line = run.json("statement", "--meter", PAN, *DAYS)["lines"][0]
    assert line["at_the_meter"] == "Credited (keyed in by hand, or earlier)."
    assert "Credited (keyed in by hand" in run("statement", "--meter", PAN, *DAYS)[1]


@pytest.mark.parametrize(
    "of_the_hub",
    [{"reason": "unknown_device: The meter is not here. (00:0d)"}, {"reason": "words", "case": "unknown_meter"}],
    ids=["reason", "case"],
)
def test_a_code_for_a_wrong_address_names_the_way_on(run: Head, of_the_hub: dict[str, str]) -> None:
    order = str(sell(run, "r-1")["order"])
    hub_says(run, ReceiptBody(order, "vend", "refused", True, **of_the_hub))
    for said in (run("orders")[1], run("reprint", "--request", "r-1")[1]):
        assert "hubctl head meter-add" in said
        assert "hubctl head vend --token" in said
    words = run.json("statement", "--meter", PAN, *DAYS)["lines"][0]["at_the_meter"]
    assert words == "Not sent, because the meter's address was wrong: the code may be keyed in at the meter."


def test_a_debt_reads_as_added_or_taken_off_and_not_as_a_payment(run: Head) -> None:
    run("debt", "--meter", PAN, "--set", "50")
    run("debt", "--meter", PAN, "--set", "45.50")
    sell(run, "r-1", "3", "--hold")
    run("reverse-advice", "--request", "r-1")
    text = run("statement", "--meter", PAN, *DAYS)[1]
    assert "50.00 added to debt 'debt'." in text
    assert "4.50 taken off debt 'debt'." in text
    assert "--" not in text.replace(" ", "")
    page = run("statement", "--meter", PAN, *DAYS, "--html")[1]
    assert "+50.00" in page
    assert "-4.50" in page
    words = [line["at_the_meter"] for line in run.json("statement", "--meter", PAN, *DAYS)["lines"]]
    assert words == ["50.00 added to debt 'debt'.", "4.50 taken off debt 'debt'.", "Reversed.", "Given back."]


def test_the_text_says_of_each_sale_where_its_pennies_went_and_what_its_code_carries(run: Head) -> None:
    run("debt", "--meter", PAN, "--set", "50", "--percent", "20")
    token = str(sell(run, "r-1")["token"])
    line = run("statement", "--meter", PAN, *DAYS)[1].splitlines()[2]
    assert f"paid    10.00, to debts    2.00, credit     8.00, code {token[-4:]} carries 8.00024" in line
    assert line.endswith("On its way to the meter.")


def test_the_statement_as_csv_adds_up_to_the_same_r35(run: Head) -> None:
    run("debt", "--meter", PAN, "--set", "50", "--percent", "20")
    sell(run, "r-1")
    rows = list(csv.DictReader(io.StringIO(run("statement", "--meter", PAN, *DAYS, "--csv")[1])))
    assert [row["what"] for row in rows] == ["debt set", "sale"]
    assert sum(int(row["debt_change_pence"]) for row in rows) == 4800
    assert rows[1]["deductions"] == "debt=200"
    assert int(rows[1]["tendered_pence"]) == int(rows[1]["to_debts_pence"]) + int(rows[1]["credit_pence"])


def test_the_page_stands_alone_and_escapes_what_comes_from_outside(run: Head, tmp_path: Path) -> None:
    sell(run, "r-1")
    in_the_book(run, "UPDATE orders SET request = '<b>r-1</b>'", "UPDATE vends SET request = '<b>r-1</b>'")
    page = tmp_path / "statement.html"
    assert run("statement", "--meter", PAN, *DAYS, "--html", "--out", str(page))[0] == 0
    text = page.read_text()
    assert text.startswith("<!DOCTYPE html>")
    assert "&lt;b&gt;r-1&lt;/b&gt;" in text
    assert not [word for word in ("http", "src=", "href=", "<script", "@import", "url(") if word in text]
    assert "@media print" in text
    assert page.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("verb", [("statement", "--meter", PAN, "--out"), ("statements", "--html")])
def test_a_file_that_cannot_be_written_is_a_sentence_and_no_folder_is_made(
    run: Head, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    body = msgspec.json.encode(
        StatementBody("v-1", AT, AT, False, "0.1", "GBP", None, None, None, *([] for _ in "123456"))
    )
    values = f"'hub-0001', 'j', 'event', 1, 'statement', NULL, 1.0, 'network', 1.0, x'{body.hex()}', NULL"
    in_the_book(run, f"INSERT INTO inbound VALUES ({values})")
    missing = tmp_path / "not" / "there" / "x"
    for path, why in ((missing, "no such folder"), (tmp_path, "this is a folder")):
        code, out, err = run(*verb, str(path))
        assert (code, out, why in err, str(path) in err) == (3, "", True, True)
    assert not missing.parent.exists()


def test_the_days_of_a_statement_are_in_their_order_and_within_the_calendar(run: Head) -> None:
    code, out, err = run("statement", "--meter", PAN, "--from", "2026-02-01", "--to", "2026-01-31")
    assert (code, out, "--from is after --to" in err) == (2, "", True)
    for day in ("9999-12-31", "0001-01-01", "20260101x"):
        code, out, err = run("statement", "--meter", PAN, "--to", day)
        assert (code, out, "is not a day" in err) == (2, "", True)
    assert run("statement", "--meter", PAN, "--from", "2026-01-31", "--to", "2026-01-31")[0] == 0


def test_words_of_an_older_book_move_no_cursor_and_are_no_formula(run: Head) -> None:
    """Request ids of any form stand in books that were begun before; names of people always may."""
    sell(run, "r-1")
    run("reprint", "--request", "r-1", "--by", "=x\x1b[2J")
    evil = "'=cmd()' || char(27) || '[2J'"
    in_the_book(
        run,
        f"UPDATE orders SET request = {evil}, refusal = {evil}",
        f"UPDATE vends SET request = {evil}",
        f"UPDATE ledger SET posting = {evil}",
    )
    said = [run(verb)[1] for verb in ("orders", "ledger", "audit")]
    said += [run("ledger", "--csv")[1], run("statement", "--meter", PAN, *DAYS)[1]]
    said += [run("statement", "--meter", PAN, *DAYS, "--csv")[1], run("reprint", "--request", "=cmd()\x1b[2J")[1]]
    assert ["\x1b" in text for text in said] == [False] * len(said)
    assert ["\\x1b[2J" in text for text in said] == [True] * len(said)
    for verb in (("ledger",), ("statement", "--meter", PAN, *DAYS)):
        rows = list(csv.reader(io.StringIO(run(*verb, "--csv")[1])))[1:]
        assert any("'=cmd()" in cell for row in rows for cell in row)
        assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@", "\t")]


@pytest.mark.parametrize("request_id", ["", "=cmd()", "a b", "\x1b[2J"])
@pytest.mark.parametrize(
    "words",
    [
        ("vend", "--meter", PAN, "--amount", "1"),
        ("vend", "--meter", PAN, "--token", "1" * 20),
        ("trial", "--meter", PAN),
        ("key-change", "--meter", PAN, "--krn", "5"),
        ("read", "--meter", PAN),
        ("status", "--hub", "hub-0001"),
        ("prepayment", "--meter", PAN, "--low-credit", "2"),
    ],
    ids=lambda words: words[0],
)
def test_an_empty_request_id_is_a_wrong_command_line_and_no_fresh_id(
    run: Head, words: tuple[str, ...], request_id: str
) -> None:
    """A script whose variable is empty must not sell twice when it tries again."""
    code, out, err = run(*words, "--request", request_id, "--wait", "0")
    assert (code, out, "cannot name a request" in err) == (2, "", True)
    assert run.json("orders") == []


def test_a_repeated_sale_shows_its_code_again_and_leaves_a_row_as_a_reprint_does(run: Head) -> None:
    sell(run, "r-1")
    assert run.json("audit") == []
    sell(run, "r-1")
    sell(run, "r-2", "5", "--hold")
    sell(run, "r-2", "5", "--hold")
    assert [(row["what"], row["request"]) for row in run.json("audit")] == [("reprinted", "r-1"), ("held", "r-2")]


def test_an_unknown_meter_or_day_is_a_sentence(run: Head) -> None:
    code, _, err = run("statement", "--meter", "1")
    assert (code, "no meter" in err) == (1, True)
    assert run("statement", "--meter", PAN, "--from", "yesterday")[0] == 2


def test_a_key_change_is_queued_once_and_stops_sales_until_it_is_proven_r30(run: Head) -> None:
    words = ("--meter", PAN, "--krn", "5", "--request", "k-1", "--wait", "0")
    first, again = run.json("key-change", *words), run.json("key-change", *words)
    assert first["order"] == again["order"]
    code, _, err = run("vend", "--meter", PAN, "--amount", "10", "--wait", "0")
    assert (code, "key is being changed" in err) == (1, True)
    assert run("key-change", "--meter", PAN, "--probe", "--wait", "0")[0] == 1
    assert run("key-change", "--meter", PAN, "--krn", "6", "--wait", "0")[0] == 1
    (row,) = run.json("audit")
    assert row["what"] == "key_change_issued"


@pytest.mark.parametrize(
    ("result_code", "code", "words", "state"),
    [(3, 0, "on the new key", "proven"), (1, 1, "key-change --probe", "unknown")],
)
def test_a_key_change_says_what_its_end_means_for_the_book_r30(
    run: Head, result_code: int, code: int, words: str, state: str
) -> None:
    asked = ("--meter", PAN, "--krn", "5", "--request", "k-1", "--wait", "0")
    order = run.json("key-change", *asked)
    hub_says(run, ReceiptBody(order["order"], "vend", "rejected", True, None, "words", result_code))
    ended, out, _ = run("key-change", *asked)
    assert (ended, words in out) == (code, True)
    assert run.json("key-change", *asked)["key_change"] == state


def test_a_meter_of_the_other_scheme_is_entered_with_its_issuer_and_sold_exact_codes_r10(run: Head) -> None:
    assert run("init", str(run.path), "--issuer", "other-supplier")[0] == 0
    words = ["--pan", "2000012345678", "--address", "00:0d:6f:00:0a:90:69:e9", "--hub", "hub-0001"]
    words += ["--token-scheme", "gb_utrn", "--vending-key", "00" * 32]
    assert run("meter-add", *words)[0] == 1, "without --originator"
    assert run("meter-add", *words, "--originator", "90b3d51f30010000", "--issuer", "other-supplier")[0] == 0
    sale = run.json("vend", "--meter", "2000012345678", "--amount", "12.50", "--request", "u-1", "--wait", "0")
    assert (sale["encoded_e5"], sale["tid"]) == (1_250_000, 1)
    assert 73 <= int(str(sale["token"])[:2]) <= 96
    assert run("vend", "--meter", "2000012345678", "--amount", "100.50", "--wait", "0")[0] == 1
    assert run("init", str(run.path), "--issuer", "Not A Name")[0] == 3
