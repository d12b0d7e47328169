"""The part of the service that groups: after what hubs tell of outages, and when something falls due."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from hubd.headend.book import Desk
from hubd.headend.happenings import Happening, OutagesGrouped
from hubd.headend.outages import keeping, tables
from hubd.headend.outages.evidence import Rules

AT_MOST = 0.2
"""It takes no more than this part of the time, however large the storm."""
LOOK_ANYWAY_S = 30.0
"""While something is off, what is not told as an outage (a reading, a lost contact) is looked at so often."""
SETTLE_S = 3.0
"""After a reconnection, what waited at the broker comes first: who is back must not be listed as off."""


class OutageWatch:
    """`touch` from any thread; `run` as long as a session."""

    def __init__(self, desk: Desk, rules: Rules, tell: Callable[[Happening], None], now: Callable[[], float]) -> None:
        self._desk = desk
        self._rules = rules
        self._tell = tell
        self._now = now
        self._touched = True
        self._due_s: float | None = None
        self._standing = False
        self._looked_s = 0.0

    def touch(self) -> None:
        """Something of an outage was stored."""
        self._touched = True

    async def run(self) -> None:
        """Until cancelled."""
        self._touched = True
        await asyncio.sleep(SETTLE_S)
        while True:
            began_s = time.monotonic()
            if self._wanted(began_s):
                await self._look()
                self._looked_s = time.monotonic()
            took_s = time.monotonic() - began_s
            await asyncio.sleep(max(self._rules.look_s, took_s / AT_MOST))

    def _wanted(self, monotonic_s: float) -> bool:
        due = self._due_s is not None and self._now() >= self._due_s
        return self._touched or due or (self._standing and monotonic_s - self._looked_s > LOOK_ANYWAY_S)

    async def _look(self) -> None:
        self._touched = False
        now_s = self._now()
        rows = await self._desk.read(tables.read_rows)
        result = await asyncio.to_thread(keeping.group, rows, now_s, self._rules)
        kept = await self._desk.commit(partial(keeping.write, result=result, now_s=now_s))
        self._due_s, self._standing = kept.due_s, kept.standing
        if kept.changed or kept.asked:
            self._tell(OutagesGrouped(kept.changed, kept.asked))
