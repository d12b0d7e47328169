"""All meters of the feed, as the consumer knows them."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from hubd.consumer.meter import KnownMeter, recalled, remember
from hubd.feed.frames import MeterFrame

log = logging.getLogger(__name__)

SILENT_AFTER_S = 95.0
"""Three whole states (30 s each) that did not come, and a little."""
LOOK_EVERY_S = 5.0
MOST_METERS = 64
"""More than any house; keeps the memory bounded whatever the feed brings."""

OnChange = Callable[[KnownMeter | None, KnownMeter], None]
"""Told before and after each change; before is None for a meter that was not known."""


class Meters:
    """Takes frames, keeps what they say, tells `on_change`. `known` is the memory of an earlier run."""

    def __init__(
        self, known: Iterable[KnownMeter], on_change: OnChange, monotonic_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._meters = {meter.alias: recalled(meter) for meter in known}
        self._on_change = on_change
        self._monotonic_s = monotonic_s
        self._heard_at_s: dict[str, float] = {}
        self._falling: set[str] = set()
        self.refused = 0
        """Registers so far that fell, and meters that were too many."""

    def all(self) -> tuple[KnownMeter, ...]:
        """Every meter, in the order in which they were first heard of."""
        return tuple(self._meters.values())

    def take(self, frame: MeterFrame) -> None:
        """One frame from the feed."""
        before = self._meters.get(frame.alias)
        if before is None and len(self._meters) >= MOST_METERS:
            self.refused += 1
            return
        change = remember(before or KnownMeter(frame.alias), frame)
        self._heard_at_s[frame.alias] = self._monotonic_s()
        self._mind_refused(frame.alias, change.refused)
        if change.meter != before:
            self._meters[frame.alias] = change.meter
            self._on_change(before, change.meter)

    async def run(self) -> None:
        """Notice which meters the feed no longer tells of. For ever; cancel to stop."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.pass_time()

    def pass_time(self) -> None:
        """Mark as silent what was not heard of for too long."""
        now_s = self._monotonic_s()
        for alias, before in self._meters.items():
            if not before.silent and now_s - self._heard_at_s[alias] > SILENT_AFTER_S:
                self._meters[alias] = after = replace(before, silent=True)
                self._on_change(before, after)

    def _mind_refused(self, alias: str, refused: tuple[str, ...]) -> None:
        self.refused += len(refused)
        if refused and alias not in self._falling:
            self._falling.add(alias)
            log.warning(
                "%s: a register fell, which a meter's register does not; the lower value is not passed on. If the "
                "meter was exchanged under its name: stop hubd consumer, remove its meters.json, start it again",
                alias,
            )
