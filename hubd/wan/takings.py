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
        self._lots: asyncio.Queue[tuple[Lot, asyncio.Future[None]]] = asyncio.Queue()

    async def take(self, lot: Lot) -> None:
        """Returns when all of it is on disk. Raises StoreError where it is not. Cancelled, only the waiting ends."""
        taken = asyncio.get_running_loop().create_future()
        self._lots.put_nowait((lot, taken))
        await taken

    async def run(self) -> None:
        """For ever."""
        while True:
            lot, taken = await self._lots.get()
            failed = await self._by_roles(lot)
            if taken.done():
                continue  # the session is gone: the broker will bring the lot again, as a repetition
            if failed is None:
                taken.set_result(None)
            else:
                taken.set_exception(failed)

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
