"""A request's id is the caller's own word, of a form that a script cannot leave out by mistake (R30)."""

import sqlite3

import pytest

from hubd.headend import book, key_change, ledger, orders, trials, vending
from hubd.headend.home import HeadEndConfig
from hubd.headend.key_change import Wanted
from hubd.headend.refused import Refused
from hubd.headend.vending import Vend

from .conftest import NOW, PAN

CONFIG = HeadEndConfig()
BAD = [
    "",
    " ",
    "-a",
    ".a",
    "=cmd()",
    "+1",
    "@x",
    "\x1b[2J",
    "a b",
    "a\n",
    "a\t",
    "ä",
    "٣",
    "<b>",
    "x" * 65,
    "debt set",
]


@pytest.mark.parametrize("request_id", ["a", "0", "till-7:0001", "A.b_c-d", "x" * 64])
def test_letters_digits_and_a_few_marks_name_a_request(connection: sqlite3.Connection, request_id: str) -> None:
    assert isinstance(vending.vend(connection, request_id, PAN, 100, CONFIG, NOW), Vend)


@pytest.mark.parametrize("request_id", BAD)
def test_what_cannot_name_a_request_is_refused_by_every_duty_of_the_office_and_nothing_is_booked(
    connection: sqlite3.Connection, request_id: str
) -> None:
    done = [
        vending.vend(connection, request_id, PAN, 100, CONFIG, NOW),
        vending.send_token(connection, request_id, PAN, "1" * 20, CONFIG, NOW),
        trials.trial(connection, request_id, PAN, CONFIG, NOW),
        trials.trial_with(connection, request_id, PAN, "1" * 20, CONFIG, NOW),
        key_change.change(connection, request_id, PAN, Wanted(krn=5), "mary", CONFIG, NOW),
    ]
    assert {type(one) for one in done} == {Refused}
    assert {"cannot name a request" in str(one) for one in done} == {True}
    assert (orders.recent(connection, 9), ledger.entries(connection)) == ([], [])


def test_a_request_of_an_older_book_is_found_again_whatever_its_name(connection: sqlite3.Connection) -> None:
    with book.transaction(connection):
        vending.vend(connection, "r-1", PAN, 100, CONFIG, NOW)
    connection.execute("PRAGMA foreign_keys=OFF")
    for table in ("orders", "vends"):
        connection.execute(f"UPDATE {table} SET request = '<b>r-1</b>'")
    again = vending.vend(connection, "<b>r-1</b>", PAN, 100, CONFIG, NOW)
    assert isinstance(again, Vend)
    assert again.repeated
