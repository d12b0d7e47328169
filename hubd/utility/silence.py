"""A meter that has not woken for a day: told once, and once more when it is back (R24)."""

from collections.abc import Awaitable, Callable

from hubd.model.identity import Eui64
from hubd.utility.events import EventName
from hubd.utility.feeding import Feeding

Tell = Callable[..., Awaitable[None]]
"""Commits one event (`Happenings.tell`)."""


class SilenceTold:
    """What `mailboxes.Mailboxes` tells of meters that do not wake."""

    def __init__(self, tell: Tell, feeding: Feeding) -> None:
        self._tell = tell
        self._feeding = feeding

    async def meter_silent(self, device: Eui64, silent_s: float) -> None:
        """It has not woken for so long."""
        self._feeding.reachable(device, False)
        reason = "it has not woken for a day: what is for it waits; see that it has power and hears the hub"
        await self._tell(EventName.METER_SILENT, device=device, reason=reason, detail={"silent_s": round(silent_s)})

    async def meter_back(self, device: Eui64, silent_s: float) -> None:
        """It woke again, after so long."""
        await self._tell(EventName.METER_BACK, device=device, detail={"silent_s": round(silent_s)})
