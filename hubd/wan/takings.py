"""Taking what a session brought, to its end: a lot that was begun is not left halfway when its session is lost.

Between the commit of an order and its beginning stands a wait for the disk. Whoever cancels there leaves an order on
disk that nobody has begun, so the taking is the link's own task and not the session's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from hubd.errors import StoreError
from hubd.model.roles import Role

OnCommands = Callable[[Role, Sequence[bytes]], Awaitable[None]]
"""Takes messages of a command topic, in order; returns when what they mean is on disk."""

Lot = Mapping[Role, Sequence[bytes]]
"""Messages that came together, of each role in the order of their coming."""


class Takings:
    """One lot after the other, across sessions. `run` as long as the link."""

    def __init__(self, on_commands: OnCommands) -> None:
        self._on_commands = on_commands
        self._lots: asyncio.Queue[tuple[Lot, asyncio.Future[StoreError | None]]] = asyncio.Queue()

    async def take(self, lot: Lot) -> StoreError | None:
        """Returns None when all of it is on disk, and otherwise why not. Cancelled, only the waiting ends."""
        taken: asyncio.Future[StoreError | None] = asyncio.get_running_loop().create_future()
        self._lots.put_nowait((lot, taken))
        return await taken

    async def run(self) -> None:
        """For ever."""
        while True:
            lot, taken = await self._lots.get()
            if taken.done():
                continue  # its session ended before its turn: the broker brings it again
            failed = await self._by_roles(lot)
            if not taken.done():  # else the broker will bring the lot again, as a repetition
                taken.set_result(failed)

    async def _by_roles(self, lot: Lot) -> StoreError | None:
        """All roles side by side, so that none waits for another's, and none ends at another's error."""
        takings = (self._on_commands(role, bodies) for role, bodies in lot.items())
        failed: StoreError | None = None
        for error in await asyncio.gather(*takings, return_exceptions=True):
            if isinstance(error, StoreError):
                failed = error
            elif error is not None:
                raise error
        return failed
