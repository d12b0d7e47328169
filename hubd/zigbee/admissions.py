"""Who may be on the network, and how long the door is open for newcomers.

Everyone listed was named by the hub, with an install code: those admitted and not here yet, and those known. The
window is one for all; it stays open for the last of them, and shuts early once nobody is expected any more.
"""

from dataclasses import dataclass

from zigpy.types import KeyData

from hubd.model.identity import Eui64
from hubd.model.secret import Secret

INTERVIEW_S = 120.0
"""For so long after its time a device may still finish joining."""
LONGEST_PERMIT_S = 254
"""What one Mgmt_Permit_Joining_req can ask for; a longer window is opened again before it ends."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A device that was admitted and has not joined."""

    link_key: Secret[KeyData]
    until_s: float


class Admissions:
    """Pure bookkeeping; seconds of the monotonic clock."""

    def __init__(self) -> None:
        self.expected: dict[Eui64, Expected] = {}
        self.known: set[Eui64] = set()

    def admit(self, device: Eui64, link_key: Secret[KeyData], until_s: float) -> None:
        """Expect this device; a second admission replaces the first."""
        self.expected[device] = Expected(link_key, until_s)

    def arrived(self, device: Eui64) -> None:
        """It joined and was interviewed."""
        self.expected.pop(device, None)
        self.known.add(device)

    def strike(self, device: Eui64) -> None:
        """It may not be here any more."""
        self.expected.pop(device, None)
        self.known.discard(device)

    def is_listed(self, device: Eui64) -> bool:
        """Whether it may be here."""
        return device in self.known or device in self.expected

    def open_until_s(self, now_s: float) -> float | None:
        """Until when the door should be open; None: it should be shut. Who did not come is forgotten here, later: one
        that slipped in at the last moment is still being interviewed.
        """
        for device, expected in list(self.expected.items()):
            if expected.until_s + INTERVIEW_S <= now_s:
                del self.expected[device]
        return max((each.until_s for each in self.expected.values() if each.until_s > now_s), default=None)
