"""The people in the home: what becomes of a top-up is told the consumer's side, and the displays."""

from hubd.model.identity import Eui64
from hubd.model.stamp import Stamp
from hubd.model.top_up_case import TopUpCase
from hubd.store import top_ups
from hubd.store.journal import Journal
from hubd.utility.display_messages import DisplayMessages
from hubd.utility.feeding import Feeding


class Customer:
    """Told once by each way; a display's words wait on disk for it."""

    def __init__(self, journal: Journal, feeding: Feeding, displays: DisplayMessages) -> None:
        self._journal = journal
        self._feeding = feeding
        self._displays = displays

    async def recall(self) -> None:
        """At the start: what was last told of each meter, for a consumer's side that starts anew and for displays."""
        for row in await self._journal.read(top_ups.latest_of_each):
            self._feeding.topped_up(row.device, row.case, row.received_at)
        await self._displays.recover()

    def topped_up(self, device: Eui64, case: TopUpCase, at: Stamp) -> None:
        """What became of a top-up, or how it stands."""
        self._feeding.topped_up(device, case, at)
        self._displays.topped_up(device, case, at)
