"""What runs beside the daemon's own call: parts, and pieces of work, while the card takes what they write."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

from hubd.errors import StoreError
from hubd.utility.full_card import STANDS_STILL


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
        self._tasks.create_task(part, name=name)

    def spawn(self, work: Awaitable[None]) -> None:
        """As `start`, whatever is awaited."""

        async def errand() -> None:
            await work

        self.start(errand(), "errand")
