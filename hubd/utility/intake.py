"""What the broker delivers, taken so that no backlog of other orders keeps a token waiting (R5).

One session brings the messages of all roles in one line, and a broker has few of them under way at a time. So a
token is dealt with at once, and what comes from management is only put on disk, many in one transaction,
acknowledged, and dealt with behind: 10,000 orders to read meters cost the token behind them the time to write them
down, not to obey them.

A message that a kill catches between its obeying and its being forgotten here is obeyed once: the same bytes again
are a repetition (`orders.py`).
"""

import asyncio
import functools
from collections.abc import Sequence
from typing import Protocol

from hubd.model.roles import Role
from hubd.store import spool
from hubd.store.journal import Journal

QUIET_S = 0.1
"""The disk is left to what comes in until nothing has come for so long."""
LONGEST_PAUSE_S = 5.0
"""But no longer than this: whoever floods the hub must not stop it from obeying the others."""


class TakesCommands(Protocol):
    """`Orders`."""

    async def take(self, role: Role, token: bytes) -> None:
        """One message; returns when what it means is on disk."""


class Intake:
    """Between the WAN link and the orders. `take` returns when the message is safe."""

    def __init__(self, journal: Journal, orders: TakesCommands) -> None:
        self._journal = journal
        self._orders = orders
        self._waiting = 0
        self._in_turn = {role: asyncio.Lock() for role in Role}
        self._wake = asyncio.Event()
        self._last_came_s = float("-inf")

    async def take(self, role: Role, bodies: Sequence[bytes]) -> None:
        """Orders of any role but management are dealt with; management's are on disk."""
        if role is not Role.MANAGEMENT or self._waiting >= spool.MOST:
            for body in bodies:
                await self._obey(role, body)
            return
        self._waiting += len(bodies)
        await self._journal.commit(functools.partial(spool.put, role=role, bodies=bodies))
        self._last_came_s = asyncio.get_running_loop().time()
        self._wake.set()

    async def run(self) -> None:
        """Deal with what waits, oldest first, for ever."""
        self._waiting = await self._journal.read(spool.count)
        while True:
            self._wake.clear()
            while (spooled := await self._journal.read(spool.oldest)) is not None:
                await self._obey(spooled.role, spooled.body)
                await self._journal.commit_grouped(functools.partial(spool.forget, number=spooled.number))
                self._waiting -= 1
                await self._let_pass()
            await self._wake.wait()

    async def _obey(self, role: Role, body: bytes) -> None:
        async with self._in_turn[role]:
            await self._orders.take(role, body)

    async def _let_pass(self) -> None:
        """While messages stream in, writing them down goes first."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while loop.time() - self._last_came_s < QUIET_S and loop.time() - began_s < LONGEST_PAUSE_S:
            await asyncio.sleep(QUIET_S / 2)
