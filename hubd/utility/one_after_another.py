"""A device's commands: each is said and read back before the next begins, whether the device sleeps or not."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hubd.model.identity import Eui64

T = TypeVar("T")


class OneAfterAnother:
    """A line for each device, first come, first served."""

    def __init__(self) -> None:
        self._obeying: defaultdict[Eui64, asyncio.Lock] = defaultdict(asyncio.Lock)

    def in_order(self, device: Eui64, work: Callable[[], Awaitable[T]]) -> Callable[[], Awaitable[T]]:
        """The same work, which begins when what came before it has ended, however that ended."""

        async def alone() -> T:
            async with self._obeying[device]:
                return await work()

        return alone
