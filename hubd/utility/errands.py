"""What runs beside the daemon's own call: parts, and pieces of work, while the card takes what they write."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from hubd.errors import StoreError
from hubd.utility.full_card import STANDS_STILL

Spawn = Callable[[Coroutine[Any, Any, None]], None]
"""`Errands.spawn`, for whoever begins work and needs no more of them."""


class Errands:
    """Into the TaskGroup of whoever serves meters and orders. Nothing begins while that stands still."""

    def __init__(self) -> None:
        self._tasks: asyncio.TaskGroup | None = None

    def use(self, tasks: asyncio.TaskGroup | None) -> None:
        """From now on, they go here; None: the card is full, and all of it stands still."""
        self._tasks = tasks

    @property
    def stand_still(self) -> bool:
        """Nothing can be begun."""
        return self._tasks is None

    def start(self, part: Coroutine[Any, Any, None], name: str) -> None:
        """Begin. Raises StoreError while the card is full."""
        if self._tasks is None:
            part.close()
            raise StoreError(STANDS_STILL)
        self._tasks.create_task(_lasting(part, name), name=name)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """As `start`, for a piece of work that has an end."""
        self.start(work, "errand")


async def _lasting(part: Coroutine[Any, Any, None], name: str) -> None:
    """A part ends when the daemon ends it. Where a future that it waits for is cancelled by others, a TaskGroup would
    take it for that and go on without the part: so the daemon ends instead, and is started again.
    """
    try:
        await part
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise RuntimeError(f"{name}: something that it waited for was cancelled") from None
