"""What `hubctl top-up` and `hubctl vend` ask: codes keyed in on the hub, and how each top-up stands (R10, R30).

For a meter that is locked after wrong codes nothing more is taken in by hand: each further wrong one would lock it
anew. The same digits for the same meter are one order while they are under way.
"""

import asyncio
import math
import sqlite3
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from hubd.console import ConsoleRefusedError
from hubd.model.device import Device
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp
from hubd.model.token_schemes import amount_e5, tidy
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome
from hubd.store import top_ups
from hubd.store.journal import Journal
from hubd.store.top_ups import TopUpRow
from hubd.utility.clock import HubClock
from hubd.utility.code_checks import objection_to_code
from hubd.utility.events import EventName
from hubd.utility.household import Household
from hubd.utility.outgoing import put_event
from hubd.utility.receipts import LOCAL
from hubd.utility.vending import Vending

LONGEST_WAIT_S = 60.0
MOST_ROWS = 1_000

Answer = dict[str, Any]


class TopUpsByHand:
    """Two questions of the console: `top_up` and `vend`."""

    def __init__(self, journal: Journal, clock: HubClock, household: Household, vending: Vending) -> None:
        self._journal = journal
        self._clock = clock
        self._household = household
        self._vending = vending
        self.answers: dict[str, Callable[[Answer], Awaitable[Any]]] = {"top_up": self.top_up, "vend": self.vend}

    async def vend(self, question: Answer) -> list[Answer]:
        """The latest top-ups, newest first; or the one named `order`."""
        order = question.get("order")
        if order is None:
            most = int(_number(question, "most", 20, 1, MOST_ROWS))
            rows = await self._journal.read(lambda c: top_ups.recent(c, most))
        else:
            row = await self._journal.read(lambda c: top_ups.find(c, str(order)))
            if row is None:
                raise ConsoleRefusedError(f"no order {order!r}; `hubctl vend` lists the latest")
            rows = [row]
        return [self._row(row) for row in rows]

    async def top_up(self, question: Answer) -> Answer:
        """A code keyed in by hand. On disk before it is sent; works without the WAN, reported when it is back."""
        device = self._household.meter_named(str(question.get("device", "")))
        wait_s = _number(question, "wait_s", 30.0, 0.0, LONGEST_WAIT_S)
        code, at = Secret(tidy(str(question.get("code", "")))), self._clock.stamp()
        locked = self._vending.is_locked(device.address)
        taken = await self._journal.commit(lambda c: self._take(c, device, code, at, locked=locked))
        if isinstance(taken, TopUpCase):
            self._vending.tell_customer(device.address, taken, at)
            return _case(device, taken) | {"outcome": str(Outcome.REFUSED), "final": True}
        order, is_new = taken
        standing = {"order": order, "amount_e5": amount_e5(code.reveal(), device.token_scheme)}
        if is_new:
            self._vending.start(order, device.address, code)
        case = self._standing(order, device)
        if is_new:
            self._vending.tell_customer(device.address, case, at)
        if case is TopUpCase.UNDER_WAY:
            return standing | await self._next_word(order, device, wait_s)
        return standing | _under_way(device, case)

    def _take(
        self, connection: sqlite3.Connection, device: Device, code: Secret[str], at: Stamp, *, locked: bool
    ) -> tuple[str, bool] | TopUpCase:
        """Put the code on disk: its order, and whether that is new; or why it is not taken in."""
        if (case := objection_to_code(connection, device, code)) is not None:
            return case
        if (known := top_ups.under_way(connection, device.address, code)) is not None:
            return known.order, False
        if locked:
            return TopUpCase.LOCKED_UNSENT
        order = LOCAL + uuid.uuid4().hex[:12]
        self._vending.record(connection, order, device.address, code, "local", at)
        detail = {"source": "hub"}
        put_event(connection, at, EventName.LOCAL_TOP_UP, device=device.address, order=order, detail=detail)
        return order, True

    async def _next_word(self, order: str, device: Device, wait_s: float) -> Answer:
        """How it ended, or why it has to wait; at the latest after `wait_s`."""
        try:
            async with asyncio.timeout(wait_s):
                return dict(msgspec.to_builtins(await self._vending.next_receipt(order)))
        except TimeoutError:
            return _under_way(device, self._standing(order, device))

    def _standing(self, order: str, device: Device) -> TopUpCase:
        """The case of an order that has not ended."""
        if not self._household.is_on_network(device.address):
            return TopUpCase.METER_LEFT
        return self._vending.held_case(order, device.address) or TopUpCase.UNDER_WAY

    def _row(self, row: TopUpRow) -> Answer:
        device, case, reason = self._household.find(row.device), row.case, row.reason
        if row.outcome is None and device is not None:
            case = self._standing(row.order, device)
            reason = None if case is TopUpCase.UNDER_WAY else WORDS[case].both
        return {
            "order": row.order,
            "device": row.device,
            "token_ends": row.last4,
            "source": row.source,
            "received_at": row.received_at.unix_s,
            "attempts": row.attempts,
            "outcome": row.outcome or str(self._vending.stage(row.order, row.device)),
            "case": case,
            "reason": reason,
            "offered": row.offered,
            "credit_remaining_e5": row.credit_remaining_e5,
        }


def _case(device: Device, case: TopUpCase) -> Answer:
    return {"device": device.address, "case": str(case), "reason": WORDS[case].both}


def _under_way(device: Device, case: TopUpCase) -> Answer:
    return _case(device, case) | {"outcome": "under_way", "final": False}


def _number(question: Answer, name: str, default: float, least: float, most: float) -> float:
    """A number of the question, brought within its bounds. Raises ConsoleRefusedError for what is none."""
    given = question.get(name, default)
    if isinstance(given, bool) or not isinstance(given, int | float) or math.isnan(given):
        raise ConsoleRefusedError(f"{name}: {given!r} is no number")
    return min(max(given, least), most)
