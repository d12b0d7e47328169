"""Work that goes on behind a call that has returned, in the TaskGroup of whoever runs the network."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from hubd.errors import HubdError

log = logging.getLogger(__name__)


class Background:
    """Spawns into a TaskGroup; a failing piece of work takes nothing else down."""

    def __init__(self) -> None:
        self._group: asyncio.TaskGroup | None = None

    def use(self, group: asyncio.TaskGroup | None) -> None:
        """From now on, work goes here; None: there is nobody to work."""
        self._group = group

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Start it. Where nobody runs the network it is dropped."""
        if self._group is None:
            work.close()
        else:
            self._group.create_task(_contained(work, name), name=name)


async def _contained(work: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await work
    except HubdError as error:
        log.debug("%s: %s", name, error)
    except Exception:
        log.exception("%s: failed in a way that was not foreseen", name)
