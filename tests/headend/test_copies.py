"""Copies of the book: made while others write, and gone on with without a number coming twice (R30, R35)."""

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest

from hubd.errors import ConfigurationError
from hubd.headend import audit, book, copies, ledger, meters, vending
from hubd.headend.audit import Deed
from hubd.headend.home import HeadEndConfig, Home
from hubd.headend.meters import Meter
from hubd.headend.vending import Vend
from hubd.sts.tid import is_reserved

from .conftest import NOW, PAN
from .test_utrn import MPAN, enter, fresh, utrn_meter

CONFIG = HeadEndConfig()


def sold(connection: sqlite3.Connection, request: str, pan: str = PAN, now: float = NOW) -> Vend:
    with book.transaction(connection):
        done = vending.vend(connection, request, pan, 100, CONFIG, now)
    assert isinstance(done, Vend)
    return done


def test_a_copy_made_while_the_till_sells_is_whole_and_balanced(home: Home, tmp_path: Path) -> None:
    stop = threading.Event()

    def till() -> None:
        with contextlib.closing(book.open_book(home)) as mine:
            number = 0
            while not stop.is_set():
                sold(mine, f"r-{number}")
                number += 1

    selling = threading.Thread(target=till)
    selling.start()
    try:
        with contextlib.closing(book.open_book(home)) as mine:
            while len(vending.of_meter(mine, PAN)) < 3:
                pass
            for number in range(5):
                copies.copy(mine, tmp_path / f"copy-{number}")
    finally:
        stop.set()
        selling.join()
    counts = []
    for number in range(5):
        assert (tmp_path / f"copy-{number}").stat().st_mode & 0o777 == 0o600
        with contextlib.closing(sqlite3.connect(tmp_path / f"copy-{number}", isolation_level=None)) as kept:
            book.prepare(kept)
            sales = vending.of_meter(kept, PAN)
            assert ledger.balance_pence(kept, PAN, "till") == 100 * len(sales)
            assert ledger.unbalanced(kept) == []
            counts.append(len(sales))
    assert counts == sorted(counts)
    assert counts[0] >= 3
    assert len(list(tmp_path.glob("*copy*"))) == 5, "nothing is left beside them"


def test_a_copy_replaces_no_file_and_makes_no_folder(connection: sqlite3.Connection, tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    for path in (there, tmp_path / "no" / "folder", tmp_path):
        with pytest.raises(ConfigurationError, match=str(path)):
            copies.copy(connection, path)
    assert there.read_text() == "mine"


@pytest.mark.parametrize("lost", [0, 1, 100])
def test_after_a_restored_copy_no_identifier_of_the_lost_days_comes_again_r30(
    connection: sqlite3.Connection, lost: int
) -> None:
    """The lost codes are on the meters; what is sold then must be none of them to any meter."""
    meters.add(connection, utrn_meter())
    state = fresh(size=50)
    for number in range(3):
        state, _, _ = enter(state, sold(connection, f"u-{number}", MPAN).token)
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as restored:
        connection.backup(restored)
        book.prepare(restored)
        taken = {sold(connection, f"lost-{number}").tid for number in range(lost)}
        for number in range(lost):
            state, verdict, _ = enter(state, sold(connection, f"lost-u-{number}", MPAN).token)
            assert verdict == "accepted"
        with book.transaction(restored):
            copies.skip_identifiers(restored, 100, "mary", NOW)
        new = sold(restored, "new-1")
        assert new.tid not in taken
        assert not is_reserved(new.tid)
        assert enter(state, sold(restored, "new-u-1", MPAN).token)[1] == "accepted"
        assert audit.rows(restored)[-1].what is Deed.BOOK_RESTORED


def test_identifiers_never_go_back_by_it(connection: sqlite3.Connection) -> None:
    with book.transaction(connection):
        copies.skip_identifiers(connection, 1, "mary", NOW)
        first = meters.find(connection, PAN)
        copies.skip_identifiers(connection, 1, "mary", NOW - 86_400.0)
    second = meters.find(connection, PAN)
    assert isinstance(first, Meter)
    assert isinstance(second, Meter)
    assert second.last_tid > first.last_tid
