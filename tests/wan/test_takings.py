"""Lots of messages across sessions: one after the other, to the end, and none that nobody waits for (R30)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from hubd.errors import StoreError
from hubd.model.roles import Role
from hubd.wan.takings import Takings


@dataclass
class Card:
    """Takes a message when there is room."""

    room: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[bytes] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)

    async def take(self, role: Role, bodies: Sequence[bytes]) -> None:
        self.begun += bodies
        await self.room.wait()
        if b"bad" in bodies:
            raise StoreError("not written")
        self.kept += bodies


@contextlib.asynccontextmanager
async def running(takings: Takings) -> AsyncIterator[None]:
    task = asyncio.ensure_future(takings.run())
    try:
        async with asyncio.timeout(10):
            yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_what_was_begun_is_ended_and_what_was_not_is_left_to_its_second_delivery_r30():
    """A lot whose session is gone comes again: taken here as well, it would only be a repetition to tell of."""
    card = Card()
    takings = Takings(card.take)
    async with running(takings):
        sessions = [asyncio.ensure_future(takings.take({Role.VENDING: [body]})) for body in (b"1", b"2")]
        while not card.begun:
            await asyncio.sleep(0)
        for session in sessions:
            session.cancel()
        await asyncio.wait(sessions)
        again = asyncio.ensure_future(takings.take({Role.VENDING: [b"1", b"2"]}))
        card.room.set()
        assert await again is None
    assert card.kept == [b"1", b"1", b"2"]


async def test_one_role_s_error_is_told_and_ends_no_other_role_s_taking_r5():
    card = Card()
    card.room.set()
    takings = Takings(card.take)
    async with running(takings):
        failed = await takings.take({Role.MANAGEMENT: [b"bad"], Role.VENDING: [b"token"]})
        assert isinstance(failed, StoreError)
        assert await takings.take({Role.MANAGEMENT: [b"good"]}) is None
    assert card.kept == [b"token", b"good"]
