"""A till for soaks: sells small top-ups at the head-end's book, without a process for each sale, and reads the totals
from the book and from its ledger, not from what it remembers.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hubd.bench.house.layout import HouseMeter
from hubd.headend import book, ledger, orders, vending
from hubd.headend.home import Home
from hubd.headend.orders import Order
from hubd.headend.refused import Refused


@dataclass(frozen=True, slots=True)
class Booked:
    """What the office's books say was sold to one meter. `encoded_e5`: what the tokens carry, 10^-5 of the currency
    unit; the coding of STS rounds up, so that it is no less than the credit.
    """

    tokens: int
    encoded_e5: int
    credit_pence: int
    ledger_pence: int
    """The same credit in the ledger: what the account `sold` holds for these sales."""
    ledger_balances: bool
    """No posting of the whole ledger is out of balance."""


class Till:
    """Sells a penny or a few at a time. Every call opens the book, and closes it again."""

    def __init__(self, home: Path, meters: tuple[HouseMeter, ...], prefix: str) -> None:
        self.meters = meters
        self._home = Home(home)
        self._config = self._home.config()
        self._prefix = prefix
        self._number = 0

    def sell(self, meter: HouseMeter) -> None:
        """One top-up of 1 to 9 pence. Raises ValueError where the office refuses it."""
        self._number += 1
        request, pence = f"{self._prefix}-{self._number}", 1 + self._number % 9
        with self._book() as opened, book.transaction(opened):
            sold = vending.vend(opened, request, meter.pan, pence, self._config, time.time())
        if isinstance(sold, Refused):
            raise ValueError(sold.words)

    def booked(self, pan: str) -> Booked:
        """Everything this till has sold to a meter, as the books have it."""
        of_mine = "pan = ? AND substr({}, 1, ?) = ?"
        which = (pan, len(self._prefix), self._prefix)
        with self._book() as opened:
            tokens, encoded_e5, credit_pence = opened.execute(
                "SELECT count(*), coalesce(sum(encoded_e5), 0), coalesce(sum(credit_pence), 0) FROM vends "  # noqa: S608
                f"WHERE {of_mine.format('request')}",
                which,
            ).fetchone()
            (sold_pence,) = opened.execute(
                "SELECT coalesce(sum(pence), 0) FROM ledger "  # noqa: S608
                f"WHERE account = 'sold' AND {of_mine.format('posting')}",
                which,
            ).fetchone()
            balances = not ledger.unbalanced(opened)
        return Booked(tokens, encoded_e5, credit_pence, -sold_pence, balances)

    def open_orders(self) -> int:
        """How many have no final receipt yet."""
        return sum(not order.final for order in self.orders())

    def orders(self) -> list[Order]:
        """All that this till sold, newest first."""
        with self._book() as opened:
            found = orders.recent(opened, self._number + 100)
        return [order for order in found if order.request.startswith(self._prefix)]

    @contextlib.contextmanager
    def _book(self) -> Iterator[sqlite3.Connection]:
        opened = book.open_book(self._home)
        try:
            yield opened
        finally:
            opened.close()
