"""With whom the hub itself is to begin key establishment, when, and in which suite. Pure bookkeeping.

A device begins by itself within seconds of joining. One that does not, or that failed, is asked by the hub: first
after a while, then ever more seldom; and sooner where the device is heard, for it is awake then.
"""

from dataclasses import dataclass, replace
from typing import Final

from hubd.model.identity import Eui64
from hubd.zigbee.cbke.suite import Suite
from hubd.zigbee.se.key_establishment import Status

LET_IT_BEGIN_S: Final = 20.0
"""For so long a device may begin by itself."""
HASTE_S: Final = 20.0
"""So long after the last beginning, ours or what may have been the device's, another may come early."""
BUSY_AGAIN_S: Final = 5.0
FIRST_WAIT_S: Final = 60.0
LONGEST_WAIT_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """One device; times on the monotonic clock."""

    at_s: float
    begun_s: float
    wait_s: float = FIRST_WAIT_S
    suite: int = 0
    """Which of our suites comes next."""
    renewal: bool = False
    """A key stands, and is to be replaced: by one exchange, and not by one after another."""


class Initiating:
    """`suites`: what the hub has certificates of, the preferred one first."""

    def __init__(self, suites: tuple[Suite, ...]) -> None:
        self._suites = suites
        self._wanted: dict[Eui64, Wanted] = {}

    def want(self, device: Eui64, now_s: float) -> None:
        """A device without a key is on the network. What is wanted already stays as it is."""
        if self._suites:
            wanted = self._wanted.setdefault(device, Wanted(now_s + LET_IT_BEGIN_S, now_s))
            self._wanted[device] = replace(wanted, renewal=False)

    def at_once(self, device: Eui64, now_s: float) -> None:
        """Begin now, whatever was planned; with a device that is not wanted, because its key is to be replaced."""
        if self._suites:
            wanted = self._wanted.get(device, Wanted(now_s, now_s, renewal=True))
            self._wanted[device] = replace(wanted, at_s=now_s)

    def renews(self, device: Eui64) -> bool:
        """Whether the exchange that is wanted replaces a key."""
        wanted = self._wanted.get(device)
        return wanted is not None and wanted.renewal

    def settled(self, device: Eui64) -> None:
        """There is a key, or no such device any more."""
        self._wanted.pop(device, None)

    def next_due_s(self) -> float | None:
        """When `due` has something."""
        return min((wanted.at_s for wanted in self._wanted.values()), default=None)

    def due(self, now_s: float) -> tuple[Eui64, Suite] | None:
        """Whom to begin with now, the longest due one first."""
        ready = [(wanted.at_s, device) for device, wanted in self._wanted.items() if wanted.at_s <= now_s]
        if not ready:
            return None
        device = min(ready)[1]
        return device, self._suites[self._wanted[device].suite % len(self._suites)]

    def next_in_s(self, device: Eui64, now_s: float) -> float | None:
        """How long until this device's turn; None where it is not wanted."""
        wanted = self._wanted.get(device)
        return None if wanted is None else max(0.0, wanted.at_s - now_s)

    def hasten(self, device: Eui64, now_s: float) -> None:
        """It is awake, or somebody waits for it: now, unless the last beginning is a moment ago."""
        wanted = self._wanted.get(device)
        if wanted is not None and now_s >= wanted.begun_s + HASTE_S:
            self._wanted[device] = replace(wanted, at_s=min(wanted.at_s, now_s))

    def put_off(self, device: Eui64, now_s: float) -> None:
        """Another exchange is under way."""
        self._wanted[device] = replace(self._wanted[device], at_s=now_s + BUSY_AGAIN_S)

    def begun(self, device: Eui64, now_s: float) -> None:
        """It is under way; the next time, should it come to nothing, is a good while off."""
        wanted = self._wanted[device]
        wait_s = min(2 * wanted.wait_s, LONGEST_WAIT_S)
        self._wanted[device] = replace(wanted, at_s=now_s + wanted.wait_s, begun_s=now_s, wait_s=wait_s)

    def failed(self, device: Eui64, status: int | None, wait_s: int, now_s: float, *, over: bool = True) -> None:
        """An exchange came to nothing: the other suite at once where it was only that, patience otherwise; no more of
        it where a key stands. `over`: no other attempt follows by itself.
        """
        wanted = self._wanted.get(device)
        if wanted is None:
            return
        if status == Status.UNSUPPORTED_SUITE and wanted.suite + 1 < len(self._suites):
            self._wanted[device] = replace(wanted, at_s=now_s, suite=wanted.suite + 1)
        elif wanted.renewal and over:
            self.settled(device)
        else:
            self._wanted[device] = replace(wanted, at_s=max(wanted.at_s, now_s + wait_s))
