"""The ledger: postings that each balance to nothing. A positive entry is a debit.

Accounts, kept for each meter: `till` (money taken), `debt` (what the customer owes), `sold` (credit sent to the
meter), `arrears` (where a debt came from).
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
    """The request that caused it, or `debt set`."""
    at_unix_s: float
    pan: str
    account: str
    pence: int


def post(
    connection: sqlite3.Connection, posting: str, at_unix_s: float, pan: str, entries: Mapping[str, int]
) -> None:
    """Write a posting, account to pence; zero entries are left out. Raises StoreError where it does not balance."""
    if sum(entries.values()):
        raise StoreError(f"the posting {posting!r} does not balance; nothing was written")
    connection.executemany(
        "INSERT INTO ledger (posting, at_unix_s, pan, account, pence) VALUES (?, ?, ?, ?, ?)",
        [(posting, at_unix_s, pan, account, pence) for account, pence in entries.items() if pence],
    )


def balance_pence(connection: sqlite3.Connection, pan: str, account: str) -> int:
    """The balance of one account of a meter."""
    row = connection.execute(
        "SELECT coalesce(sum(pence), 0) FROM ledger WHERE pan = ? AND account = ?", (pan, account)
    ).fetchone()
    return int(row[0])


def balances_pence(connection: sqlite3.Connection, pan: str | None = None) -> dict[str, int]:
    """The balance of each account, of one meter or of all; together they are nothing."""
    rows = connection.execute(
        "SELECT account, sum(pence) FROM ledger WHERE ?1 IS NULL OR pan = ?1 GROUP BY account ORDER BY account",
        (pan,),
    )
    return {str(account): int(pence) for account, pence in rows}


def entries(connection: sqlite3.Connection, pan: str | None = None) -> list[Entry]:
    """Every entry, oldest first, of one meter or of all."""
    rows = connection.execute(
        "SELECT id, posting, at_unix_s, pan, account, pence FROM ledger WHERE ?1 IS NULL OR pan = ?1 ORDER BY id",
        (pan,),
    )
    return [Entry(*row) for row in rows]
