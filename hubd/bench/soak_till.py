"""A till for soaks: sells small top-ups at the head-end's book, without a process for each sale.

The house's meter is sold to as a customer would be. The lab's meter has a base date whose minutes are used up; its
tokens are issued here, with identifiers near the end of their range, and handed in as given codes.
"""

import time
from collections import defaultdict
from pathlib import Path

from hubd.bench.house.layout import METER, HouseMeter
from hubd.headend import book, orders, vending
from hubd.headend.home import Home
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.headend.vending import Vend
from hubd.model.money import E5_PER_PENNY
from hubd.model.secret import Secret
from hubd.sts import MeterKey
from hubd.sts.currency import encoded_e5
from hubd.sts.issue import issue_currency

_FIRST_TID = 16_000_000
_ELECTRICITY = 4


class Till:
    """Sells a penny or a few at a time. Every call opens the book, and closes it again."""

    def __init__(self, home: Path, meters: tuple[HouseMeter, ...], prefix: str) -> None:
        self.meters = meters
        self.sold: dict[str, dict[str, int]] = defaultdict(dict)
        """By meter: request and what its token carries."""
        self._home = Home(home)
        self._config = self._home.config()
        self._prefix = prefix
        self._number = 0

    def sell(self, meter: HouseMeter) -> None:
        """One top-up of 1 to 9 pence."""
        self._number += 1
        request, pence = f"{self._prefix}-{self._number}", 1 + self._number % 9
        connection = book.open_book(self._home)
        try:
            with book.transaction(connection):
                done: Vend | Order | Refused
                if meter == METER:
                    done = vending.vend(connection, request, meter.pan, pence, self._config, time.time())
                else:
                    code = issue_currency(_key(meter), _ELECTRICITY, pence * E5_PER_PENNY, _FIRST_TID + self._number)
                    done = vending.send_token(connection, request, meter.pan, code, self._config, time.time())
        finally:
            connection.close()
        if isinstance(done, Refused):
            raise ValueError(done.words)
        self.sold[meter.pan][request] = encoded_e5(pence * E5_PER_PENNY)

    def ahead(self, meter: HouseMeter) -> int:
        """How many tokens of this meter have been sold since its oldest that is still under way."""
        requests = list(self.sold[meter.pan])
        final = {order.request for order in self.orders() if order.final}
        oldest = next((place for place, request in enumerate(requests) if request not in final), len(requests))
        return len(requests) - oldest

    def open_orders(self) -> int:
        """How many have no final receipt yet."""
        return sum(not order.final for order in self.orders())

    def orders(self) -> list[Order]:
        """All that this till sold."""
        connection = book.open_book(self._home)
        try:
            found = orders.recent(connection, self._number + 100)
        finally:
            connection.close()
        return [order for order in found if order.request.startswith(self._prefix)]


def _key(meter: HouseMeter) -> MeterKey:
    key = Secret(bytes.fromhex(meter.vending_key))
    return MeterKey(meter.pan, key, meter.sgc, meter.krn, meter.kt, meter.ti, meter.base)
