"""Several commands at once on one book: R30 (one request, one token), and one listener only."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hubd.headend import book, ledger
from hubd.headend.home import Home
from hubd.headend.service import sole_listener

from .conftest import PAN

pytestmark = pytest.mark.process

HUBCTL = Path(sys.executable).parent / "hubctl"


def start(home: Home, request: str, amount: str) -> subprocess.Popen[str]:
    words = ["head", "vend", "--home", str(home.path), "--meter", PAN, "--amount", amount, "--request", request]
    return subprocess.Popen(
        [HUBCTL, *words, "--wait", "0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def end(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    out, _ = process.communicate(timeout=60)
    return process.returncode, json.loads(out)


def test_the_same_request_from_three_processes_at_once_issues_one_token_r30(home: Home) -> None:
    ended = [end(process) for process in [start(home, "r-1", "10.00") for _ in range(3)]]
    assert {code for code, _ in ended} == {0}
    assert len({sale["token"] for _, sale in ended}) == 1
    assert sorted(sale["repeated"] for _, sale in ended) == [False, True, True]
    with contextlib.closing(book.open_book(home)) as connection:
        assert ledger.balances_pence(connection) == {"sold": -1000, "till": 1000}


def test_different_requests_at_once_get_different_identifiers_r30(home: Home) -> None:
    ended = [end(process) for process in [start(home, f"r-{n}", "1.00") for n in range(4)]]
    tids = sorted(sale["tid"] for _, sale in ended)
    assert len(set(tids)) == 4


def test_a_changed_amount_under_the_same_request_ends_with_refused_and_words(home: Home) -> None:
    assert end(start(home, "r-1", "10.00"))[0] == 0
    code, answer = end(start(home, "r-1", "10.01"))
    assert code == 1
    assert "another body" in answer["error"]


def test_only_one_process_listens(home: Home) -> None:
    with sole_listener(home) as first, sole_listener(home) as second:
        assert (first, second) == (True, False)
    with sole_listener(home) as again:
        assert again
