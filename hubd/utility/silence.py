"""Meters that fall silent: each told once, and once more when it is back (R24).

A sleeping meter is silent when it has not woken for a day (`mailboxes.py` keeps that time). One on mains is silent
when nothing of it was heard for three times as long as it is left unasked, and it does not answer either. While the
radio is down nobody is silent, and nobody is reachable.
"""

from collections.abc import Awaitable, Callable

from hubd.model.identity import Eui64
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName
from hubd.utility.feeding import Feeding
from hubd.utility.household import METERS, Household

SILENT_AFTER_POLLS = 3

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


class MainsMeters:
    """What the regular asking finds out about meters that do not sleep."""

    def __init__(
        self, household: Household, feeding: Feeding, clock: HubClock, radio_is_up: Callable[[], bool], tell: Tell
    ) -> None:
        self._household = household
        self._feeding = feeding
        self._clock = clock
        self._radio_is_up = radio_is_up
        self._tell = tell
        self._asked_since_s: dict[Eui64, float] = {}
        self._silent_since_s: dict[Eui64, float] = {}

    async def answered(self, device: Eui64) -> None:
        """It was asked, and answered: it is there."""
        self._household.heard_of(device)
        self._asked_since_s.setdefault(device, self._clock.monotonic_s())
        await self._maybe_back(device)

    async def unanswered(self, device: Eui64, asked_every_s: float) -> None:
        """It was asked, and did not answer."""
        if not (self._radio_is_up() and self._household.is_on_network(device)):
            self._asked_since_s.pop(device, None)  # what is not asked cannot be silent
            return
        now_s = self._clock.monotonic_s()
        asked_since_s = self._asked_since_s.setdefault(device, now_s)
        heard_s = max(asked_since_s, self._household.heard_at_s(device))
        if now_s - heard_s < SILENT_AFTER_POLLS * asked_every_s:
            await self._maybe_back(device)
        elif device not in self._silent_since_s:
            self._silent_since_s[device] = heard_s
            self._feeding.reachable(device, False)
            await self._tell_of_meter(EventName.METER_SILENT, device, now_s - heard_s, _NOT_HEARD)

    async def _maybe_back(self, device: Eui64) -> None:
        since_s = self._silent_since_s.get(device, float("inf"))
        if self._household.heard_at_s(device) > since_s:
            del self._silent_since_s[device]
            await self._tell_of_meter(EventName.METER_BACK, device, self._clock.monotonic_s() - since_s)

    async def _tell_of_meter(
        self, name: EventName, device: Eui64, silent_s: float, reason: str | None = None
    ) -> None:
        known = self._household.find(device)
        if known is not None and known.kind in METERS:
            await self._tell(name, device=device, reason=reason, detail={"silent_s": round(silent_s)})


_NOT_HEARD = "it neither reports nor answers: see that it has power and hears the hub"
