"""The network's door: opened for devices that were admitted, shut again when they came or their time ran out."""

import asyncio
import contextlib
import logging
import math
import time
from typing import Protocol

from zigpy.types import KeyData

from hubd.errors import LinkError
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.zigbee.admissions import LONGEST_PERMIT_S, Admissions

log = logging.getLogger(__name__)


class TrustCentre(Protocol):
    """What the door needs of an application that is up."""

    async def expect(self, device: Eui64, link_key: Secret[KeyData]) -> None:
        """Take a device's link key."""

    async def permit(self, time_s: int) -> None:
        """Let devices join for so long; 0 shuts."""


class Door:
    """Opens and shuts; `keep` is the doorkeeper, to be run once beside it."""

    def __init__(self, admissions: Admissions) -> None:
        self._admissions = admissions
        self._centre: TrustCentre | None = None
        self._changed = asyncio.Event()
        self._permitted_until_s = 0.0

    async def admit(self, device: Eui64, link_key: Secret[KeyData], window_s: float) -> None:
        """Expect this device for so long. Returns once the door is open; LinkError where it cannot be opened."""
        centre = self._centre
        if centre is None:
            raise LinkError("the radio is not up: no device can be admitted now")
        self._admissions.admit(device, link_key, time.monotonic() + window_s)
        try:
            await centre.expect(device, link_key)
            await self._permit(centre)
        except Exception as error:
            self._admissions.expected.pop(device, None)
            raise LinkError(f"the radio did not open the network ({type(error).__name__})") from error
        finally:
            self._changed.set()

    async def radio_is_up(self, centre: TrustCentre) -> None:
        """A radio was started, shut: tell it again of those who are still expected."""
        self._permitted_until_s = 0.0
        self._admissions.open_until_s(time.monotonic())
        for device, expected in list(self._admissions.expected.items()):
            await centre.expect(device, expected.link_key)
        self._centre = centre
        self._changed.set()

    def radio_is_lost(self) -> None:
        """Nothing can be opened for now."""
        self._centre = None

    def arrived(self, device: Eui64) -> None:
        """A device is in: the door may be shut early."""
        self._admissions.arrived(device)
        self._changed.set()

    async def keep(self) -> None:
        """Open it again where the radio's longest time is shorter than the window; shut it in time. Runs for ever."""
        while True:
            self._changed.clear()
            wait_s: float | None = None
            if (centre := self._centre) is not None:
                with contextlib.suppress(Exception):  # the radio's loss is the session's business
                    wait_s = await self._attend(centre)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()

    async def _attend(self, centre: TrustCentre) -> float | None:
        """Do what is due now; seconds until the next thing is."""
        now_s = time.monotonic()
        until_s = self._admissions.open_until_s(now_s)
        if until_s is None:
            if self._permitted_until_s > now_s:
                self._permitted_until_s = 0.0
                await centre.permit(0)
            return None
        if self._permitted_until_s < min(until_s, now_s + 1.0):
            await self._permit(centre)
        return max(min(until_s, self._permitted_until_s - 0.5) - time.monotonic(), 0.05)

    async def _permit(self, centre: TrustCentre) -> None:
        now_s = time.monotonic()
        until_s = self._admissions.open_until_s(now_s)
        if until_s is None:
            return
        open_s = min(math.ceil(until_s - now_s), LONGEST_PERMIT_S)
        await centre.permit(open_s)
        self._permitted_until_s = now_s + open_s
