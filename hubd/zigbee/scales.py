"""The scale of each meter: read after it joined, and again after a restart. No value is told before it is known."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from hubd.errors import LinkError, WireError
from hubd.model.identity import Eui64
from hubd.zigbee.backoff import delays_s
from hubd.zigbee.se import metering
from hubd.zigbee.se.metering import Scale
from hubd.zigbee.zcl.values import Value

log = logging.getLogger(__name__)

Read = Callable[[Eui64], Awaitable[dict[int, Value]]]
"""Reads the attributes of `metering.SCALE`; raises LinkError."""


class Scales:
    """What was read. One asking at a time for a meter, however many want to know."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known: dict[Eui64, Scale] = {}
        self._one_at_a_time: dict[Eui64, asyncio.Lock] = {}

    def known(self, device: Eui64) -> Scale | None:
        """The scale, if it was read."""
        return self._known.get(device)

    def forget(self, device: Eui64) -> None:
        """The device joined anew, or is gone."""
        self._known.pop(device, None)

    async def get(self, device: Eui64) -> Scale:
        """The scale, read now if it has to be. Raises LinkError where it cannot be had."""
        async with self._one_at_a_time.setdefault(device, asyncio.Lock()):
            if device not in self._known:
                try:
                    self._known[device] = metering.scale(await self._read(device))
                except WireError as error:
                    raise LinkError(f"{device}: its values cannot be understood: {error}") from None
            return self._known[device]

    async def find(self, device: Eui64, tries: int) -> bool:
        """Try for a while; whether it is known now."""
        delays = delays_s(1.0, 30.0, random.SystemRandom())
        for left in reversed(range(tries)):
            try:
                await self.get(device)
                return True
            except LinkError as error:
                log.debug("no scale yet: %s", error)
            if left:
                await asyncio.sleep(next(delays))
        return False
