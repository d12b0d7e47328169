"""When a device may be spoken to: at once, or in its turn after its next wake. What other parts know of sleepers."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from hubd.model.identity import Eui64
from hubd.utility.mailbox import LetterKind

T = TypeVar("T")


class Turns(Protocol):
    """Whoever minds the sleeping meters (`mailboxes.Mailboxes`)."""

    def sleeps(self, device: Eui64) -> bool:
        """Whether the device sleeps longer than it can be waited for: what is for it must wait for its wake."""

    def wakes_every_s(self, device: Eui64) -> float:
        """How often it wakes; 0 for a device that does not sleep."""

    async def deliver(self, device: Eui64, kind: LetterKind, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do this with the device: at once, or in its turn after its next wake, again at the one after where it does
        not answer. Commands go in the order in which they come, one after the end of the other. Raises what `work`
        raises, and LinkError where the letter's time is over. `name` tells it from all else that waits for the
        device; commands and readings that were ordered outlive a restart under it.
        """

    def in_service(self, device: Eui64) -> None:
        """A newcomer need not be kept awake any longer."""

    def tokens_wait(self, device: Eui64) -> None:
        """There are tokens for the device."""

    def tokens_rest(self, device: Eui64, *, still_owed: bool) -> None:
        """All tokens have ended, or (`still_owed`) the meter wants none at this wake."""


class NobodySleeps:
    """Every device can be spoken to at once."""

    def sleeps(self, device: Eui64) -> bool:
        """Never."""
        return False

    def wakes_every_s(self, device: Eui64) -> float:
        """It does not sleep."""
        return 0.0

    async def deliver(self, device: Eui64, kind: LetterKind, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """At once."""
        return await work()

    def in_service(self, device: Eui64) -> None:
        """Nothing to do."""

    def tokens_wait(self, device: Eui64) -> None:
        """Nothing to do."""

    def tokens_rest(self, device: Eui64, *, still_owed: bool) -> None:
        """Nothing to do."""
