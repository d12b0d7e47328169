"""The ledger: postings that each balance to nothing. A positive entry is a debit.

Accounts, kept for each meter: `till` (money taken), `debt` (what the customer owes, by the name of the debt), `sold`
(credit sent to the meter), `arrears` (where a debt came from).
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from hubd.errors import StoreError


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a posting."""

    number: int
    posting: str
    """The request that caused it, `<debt> set`, or `reversal of <request>`."""
    at_unix_s: float
    pan: str
    account: str
    pence: int
    debt: str
    """Which debt; empty in the other accounts."""


_COLUMNS = "id, posting, at_unix_s, pan, account, pence, debt"


def post(
    connection: sqlite3.Connection, posting: str, at_unix_s: float, pan: str, entries: Mapping[str, int]
) -> None:
    """Write a posting: account (`sold`, or `debt:<name>`) to pence; zero entries are left out. Raises StoreError
    where it does not balance.
    """
    if sum(entries.values()):
        raise StoreError(f"the posting {posting!r} does not balance; nothing was written")
    parted = [(*key.partition(":")[::2], pence) for key, pence in entries.items() if pence]
    connection.executemany(
        "INSERT INTO ledger (posting, at_unix_s, pan, account, debt, pence) VALUES (?, ?, ?, ?, ?, ?)",
        [(posting, at_unix_s, pan, account, debt, pence) for account, debt, pence in parted],
    )


def turn_back(connection: sqlite3.Connection, posting: str, at_unix_s: float) -> str:
    """Post the exact opposite of a posting, as `reversal of <posting>`; the original stays. Returns that name."""
    name = f"reversal of {posting}"
    connection.execute(
        "INSERT INTO ledger (posting, at_unix_s, pan, account, debt, pence) "
        "SELECT ?, ?, pan, account, debt, -pence FROM ledger WHERE posting = ? ORDER BY id",
        (name, at_unix_s, posting),
    )
    return name


def balance_pence(connection: sqlite3.Connection, pan: str, account: str, debt: str | None = None) -> int:
    """The balance of one account of a meter; of one debt where it is named."""
    row = connection.execute(
        "SELECT coalesce(sum(pence), 0) FROM ledger WHERE pan = ?1 AND account = ?2 AND (?3 IS NULL OR debt = ?3)",
        (pan, account, debt),
    ).fetchone()
    return int(row[0])


def debts_pence(connection: sqlite3.Connection, pan: str) -> dict[str, int]:
    """The balance of each debt of a meter that was ever posted to."""
    rows = connection.execute(
        "SELECT debt, sum(pence) FROM ledger WHERE pan = ? AND account = 'debt' GROUP BY debt", (pan,)
    )
    return {str(debt): int(pence) for debt, pence in rows}


def balances_pence(connection: sqlite3.Connection, pan: str | None = None) -> dict[str, int]:
    """The balance of each account, of one meter or of all; together they are nothing."""
    rows = connection.execute(
        "SELECT account, sum(pence) FROM ledger WHERE ?1 IS NULL OR pan = ?1 GROUP BY account ORDER BY account",
        (pan,),
    )
    return {str(account): int(pence) for account, pence in rows}


def unbalanced(connection: sqlite3.Connection) -> list[str]:
    """Postings of one moment and meter that do not add up to nothing: there must never be one."""
    rows = connection.execute("SELECT posting FROM ledger GROUP BY posting, at_unix_s, pan HAVING sum(pence) <> 0")
    return [str(row[0]) for row in rows]


def entries(connection: sqlite3.Connection, pan: str | None = None) -> list[Entry]:
    """Every entry, oldest first, of one meter or of all."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM ledger WHERE ?1 IS NULL OR pan = ?1 ORDER BY id",  # noqa: S608 - ours
        (pan,),
    )
    return [Entry(*row) for row in rows]
