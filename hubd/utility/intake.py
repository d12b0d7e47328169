"""What the broker delivers, taken so that no backlog of other orders keeps a token waiting (R5).

One session brings the messages of all roles in one line (docs/adr/0012). So a token is dealt with at once, and what
comes from any other role is only put on disk, many in one transaction, unread, acknowledged, and dealt with behind:
10,000 orders cost the token behind them the time to write them down, not to obey them. Behind, the security centre
goes first, then the network operator, then management.

A message that a kill catches between its obeying and its being forgotten here is obeyed once: the same bytes again
are a repetition (`orders.py`).
"""

import asyncio
import functools
from collections.abc import Sequence
from typing import Protocol

from hubd.errors import NoRoomError, StoreError
from hubd.model.roles import Role
from hubd.store import spool
from hubd.store.journal import NO_ROOM_RETRY_S, Journal
from hubd.utility.command_answers import CommandAnswers
from hubd.wan.commands import MAX_COMMAND_BYTES

QUIET_S = 0.1
"""The disk is left to what comes in until nothing has come for so long."""
LONGEST_PAUSE_S = 5.0
"""But no longer than this: whoever floods the hub must not stop it from obeying the others."""


class TakesCommands(Protocol):
    """`Orders`."""

    async def take(self, role: Role, token: bytes) -> None:
        """One message; returns when what it means is on disk."""


class Intake:
    """Between the WAN link and the orders. `take` returns when the message is safe: on a full card, when there is
    room for it. So what was taken of many is not taken again with the rest.
    """

    def __init__(
        self, journal: Journal, orders: TakesCommands, answers: CommandAnswers, most: int = spool.MOST
    ) -> None:
        self._journal = journal.patient()
        self._orders = orders
        self._answers = answers
        self._most = most
        self._waiting = dict.fromkeys(Role, 0)
        self._wake = asyncio.Event()
        self._last_came_s = float("-inf")

    async def take(self, role: Role, bodies: Sequence[bytes]) -> None:
        """Tokens are dealt with; orders of any other role are on disk, or refused where too many wait."""
        if role is Role.VENDING:
            for body in bodies:
                await self._obey_where_there_is_room(role, body)
        elif self._waiting[role] >= self._most:
            # Nothing later may be obeyed before what waits: its counter would make all of that a replay.
            reason = f"too_many_waiting: {self._most} orders of this role wait; send it again later"
            await self._answers.refuse_unread(role, reason, len(bodies))
        else:
            await self._put_by(role, bodies)

    async def _put_by(self, role: Role, bodies: Sequence[bytes]) -> None:
        bodies = [body[: MAX_COMMAND_BYTES + 1] for body in bodies]  # of what is too long, no more than shows it
        self._waiting[role] += len(bodies)
        try:
            await self._journal.commit(functools.partial(spool.put, role=role, bodies=bodies))
        except StoreError:
            self._waiting[role] -= len(bodies)
            raise
        finally:
            self._last_came_s = asyncio.get_running_loop().time()
            self._wake.set()  # whoever gave up waiting has not stopped the disk

    async def run(self) -> None:
        """Deal with what waits, for ever: the most urgent role's oldest first."""
        for role, waiting in (await self._journal.read(spool.counts)).items():
            self._waiting[role] += waiting
        while True:
            self._wake.clear()
            while (spooled := await self._journal.read(spool.next_in_turn)) is not None:
                await self._obey_where_there_is_room(spooled.role, spooled.body)
                await self._journal.commit_grouped(functools.partial(spool.forget, number=spooled.number))
                self._waiting[spooled.role] -= 1
                await self._let_pass()
            await self._wake.wait()

    async def _obey_where_there_is_room(self, role: Role, body: bytes) -> None:
        while True:
            try:
                return await self._orders.take(role, body)
            except NoRoomError:
                await asyncio.sleep(NO_ROOM_RETRY_S)

    async def _let_pass(self) -> None:
        """While messages stream in, writing them down goes first."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while loop.time() - self._last_came_s < QUIET_S and loop.time() - began_s < LONGEST_PAUSE_S:
            await asyncio.sleep(QUIET_S / 2)
