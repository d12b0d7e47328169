"""What displays in the home are told of top-ups that went through the hub (R33, R39).

There is one word on each meter: what became of its newest top-up. A newer one takes the place of the older, told or
not. It is on disk before it goes out, under a number of its own, so that a display that is told twice shows it once.
A display that does not answer is tried again every minute, and at once when it joins or asks, for a day. A code under
way is mentioned only where it stays so for some seconds: most are credited before.

Nothing waits for a display. Its words go in its own turn on the air, behind whatever a meter is sent.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable

from hubd.errors import LinkError
from hubd.model import han
from hubd.model.device import DeviceKind
from hubd.model.display_message import DisplayMessage
from hubd.model.identity import Eui64
from hubd.model.stamp import Stamp
from hubd.model.top_up_case import TopUpCase
from hubd.store import display_messages, top_ups
from hubd.store.display_messages import MessageRow
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.display_text import TELL_WITHIN_S, message_for
from hubd.utility.events import EventName
from hubd.utility.household import METERS, Household
from hubd.utility.notify import Notify
from hubd.utility.orders import where_of
from hubd.utility.outgoing import put_event
from hubd.zigbee.device_link import DeviceRefusedError
from hubd.zigbee.se.messaging import MessageConfirmation
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)

SETTLED_AFTER_S = 5.0
"""So long a code is under way before that is told."""
TRY_AGAIN_S = 60.0


class DisplayMessages:
    """All displays of this house. It is the keeper of the network's messages."""

    def __init__(
        self,
        journal: Journal,
        network: SmartEnergyNetwork,
        household: Household,
        clock: HubClock,
        notify: Notify,
        settled_after_s: float = SETTLED_AFTER_S,
        try_again_s: float = TRY_AGAIN_S,
    ) -> None:
        self._journal = journal
        self._network = network
        self._household = household
        self._clock = clock
        self._notify = notify
        self._settled_after_s = settled_after_s
        self._try_again_s = try_again_s
        self._newest: dict[Eui64, MessageRow] = {}
        self._settled_at_s: dict[Eui64, float] = {}
        self._had: dict[tuple[Eui64, Eui64], int] = {}
        """(display, meter) -> the newest message it has, or will not take."""
        self._confirmed: dict[tuple[Eui64, Eui64], int] = {}
        """(display, meter) -> the newest message that somebody has read there."""
        self._woken: dict[Eui64, asyncio.Event] = {}
        """The displays that somebody looks after now."""
        self._duties: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._tasks: asyncio.TaskGroup | None = None

    async def recover(self) -> None:
        """Take up what was told and what was not; from now on displays that ask are answered. What ended in the
        moment in which the last process did stands in the ledger alone.
        """
        rows = await self._journal.read(display_messages.every)
        self._newest = {row.meter: row for row in rows}
        for told in await self._journal.read(display_messages.all_told):
            self._had[told.display, told.meter] = told.message_id
            if told.confirmed:
                self._confirmed[told.display, told.meter] = told.message_id
        for order in await self._journal.read(top_ups.latest_of_each):
            known, ended_s = self._newest.get(order.device), order.finished_unix_s
            if ended_s is not None and (known is None or known.at_unix_s < ended_s):
                self.topped_up(order.device, order.case, Stamp(ended_s, order.received_at.trust))
        self._network.messages.keeper = self

    async def run(self) -> None:
        """Tell, for ever."""
        async with asyncio.TaskGroup() as self._tasks:
            for display in self._displays():
                self._look_after(display)
            while True:
                await (await self._duties.get())()

    # What happens

    def topped_up(self, meter: Eui64, case: TopUpCase, at: Stamp) -> None:
        """What became of a top-up, or how it stands. Where there is no display it is not even written down."""
        if self._displays() and self._household.knows(meter):
            self._duties.put_nowait(lambda: self._keep(meter, case, at.unix_s))

    def on_the_network(self, event: han.HanEvent) -> None:
        """What the utility HAN tells, as far as a display can be reached again by it."""
        match event:
            case han.RadioUp():
                for display in self._displays():
                    self._reached(display)
            case han.DeviceJoined(device) if device in self._displays():
                self._reached(device)
            case _:
                pass

    def last_message(self, device: Eui64) -> DisplayMessage | None:
        """A display asks: the newest word of all, whether it has had it or not."""
        if device not in self._displays():
            return None
        self._reached(device)
        words = [word for word in self._newest.values() if self._counts(word) and not self._settles_in_s(word)]
        newest = max(words, key=lambda word: word.at_unix_s, default=None)
        try:
            return None if newest is None else self._message(device, newest)
        except LinkError:  # the radio has just been lost: nothing can be said at all
            return None

    def confirmed(self, device: Eui64, confirmation: MessageConfirmation) -> bool:
        """Somebody has read it, so the display has it."""
        words = (word for word in self._newest.values() if word.message_id == confirmation.message_id)
        word = next(words, None)
        if word is None or device not in self._displays():
            return False
        self._duties.put_nowait(lambda: self._note(device, word, confirmation.unix_s))
        return True

    async def forget(self, device: Eui64) -> None:
        """A device was removed; what was said of a meter is taken back."""
        word = self._newest.pop(device, None)
        shown_on = {pair[0]: had for pair, had in self._had.items() if word and had == word.message_id}
        self._had = {pair: had for pair, had in self._had.items() if device not in pair}
        self._confirmed = {pair: read for pair, read in self._confirmed.items() if device not in pair}
        await self._journal.commit(lambda c: display_messages.forget(c, device))

        async def take_back() -> None:
            assert self._tasks is not None
            for display, message_id in shown_on.items():
                self._tasks.create_task(self._take_back(display, message_id), name=f"take back from {display}")

        self._duties.put_nowait(take_back)

    # What is told

    def _displays(self) -> list[Eui64]:
        return [each.address for each in self._household.all() if each.kind is DeviceKind.IN_HOME_DISPLAY]

    def _counts(self, word: MessageRow) -> bool:
        """It is about a meter of this house, and not too old."""
        return self._household.knows(word.meter) and self._age_s(word) < TELL_WITHIN_S

    def _age_s(self, word: MessageRow) -> float:
        return self._clock.stamp().unix_s - word.at_unix_s

    def _settles_in_s(self, word: MessageRow) -> float:
        return max(0.0, self._settled_at_s.get(word.meter, 0.0) - self._clock.monotonic_s())

    def _next_for(self, display: Eui64) -> MessageRow | None:
        """What the display is still owed: what can be told first, the oldest of that."""
        if display not in self._displays():
            return None
        owed = (
            word
            for word in self._newest.values()
            if self._had.get((display, word.meter)) != word.message_id and self._counts(word)
        )
        return min(owed, key=lambda word: (self._settles_in_s(word), word.at_unix_s), default=None)

    def _message(self, display: Eui64, word: MessageRow) -> DisplayMessage:
        """Raises LinkError while the radio is not up."""
        meters = [each for each in self._household.all() if each.kind in METERS]
        prepaid = [m for m in meters if m.address == word.meter or self._network.has_account(m.address)]
        confirmed = self._confirmed.get((display, word.meter)) == word.message_id
        return message_for(word, self._age_s(word), prepaid, confirmed)

    # The telling

    async def _keep(self, meter: Eui64, case: TopUpCase, at_unix_s: float) -> None:
        word = await self._journal.commit_grouped(lambda c: display_messages.put(c, meter, case, at_unix_s))
        self._newest[meter] = word
        waits_s = self._settled_after_s if case is TopUpCase.UNDER_WAY else 0.0
        self._settled_at_s[meter] = self._clock.monotonic_s() + waits_s
        for display in self._displays():
            self._look_after(display)

    def _reached(self, display: Eui64) -> None:
        async def look_after() -> None:
            self._look_after(display)

        self._duties.put_nowait(look_after)

    def _look_after(self, display: Eui64) -> None:
        """Somebody does already, and looks again now, or begins where something is owed."""
        if (woken := self._woken.get(display)) is not None:
            woken.set()
        elif self._next_for(display) is not None:
            woken = self._woken[display] = asyncio.Event()
            assert self._tasks is not None
            self._tasks.create_task(self._bring(display, woken), name=f"messages for {display}")

    async def _bring(self, display: Eui64, woken: asyncio.Event) -> None:
        """Until nothing is owed any more."""
        try:
            while (word := self._next_for(display)) is not None:
                woken.clear()
                wait_s = self._settles_in_s(word)
                if not wait_s:
                    if await self._show(display, word):
                        continue
                    wait_s = self._try_again_s
                await _until(woken, wait_s)
        finally:
            del self._woken[display]

    async def _show(self, display: Eui64, word: MessageRow) -> bool:
        """Whether there is an end to it: the display has it, or does not take it."""
        try:
            await self._network.show(display, self._message(display, word))
        except DeviceRefusedError as refusal:
            log.debug("message %d: %s", word.message_id, refusal)
            self._has(display, word)
            return True
        except LinkError as error:
            log.debug("message %d: %s is not told: %s", word.message_id, display, error)
            return False
        except Exception as bug:  # words for a display must not end what carries the tokens
            log.error("message %d is not told: an error inside the hub: %s", word.message_id, where_of(bug))
            self._has(display, word)
            return True
        await self._note(display, word, None)
        return True

    async def _note(self, display: Eui64, word: MessageRow, read_unix_s: int | None) -> None:
        """The display has it; `read_unix_s`: and somebody has read it. Each is told the head-end once."""
        at, detail = self._clock.stamp(), {"meter": word.meter, "case": str(word.case)}

        def work(connection: sqlite3.Connection) -> None:
            if display_messages.told(connection, display, word):
                put_event(connection, at, EventName.DISPLAY_TOLD, device=display, detail=detail)
            if read_unix_s is not None and display_messages.confirmed(connection, display, word):
                read = {**detail, "at_unix_s": read_unix_s}
                put_event(connection, at, EventName.DISPLAY_CONFIRMED, device=display, detail=read)

        await self._journal.commit_grouped(work)
        self._has(display, word)
        if read_unix_s is not None:
            self._confirmed[display, word.meter] = word.message_id
        self._notify()

    def _has(self, display: Eui64, word: MessageRow) -> None:
        pair = (display, word.meter)
        self._had[pair] = max(word.message_id, self._had.get(pair, 0))

    async def _take_back(self, display: Eui64, message_id: int) -> None:
        try:
            await self._network.take_back(display, message_id)
        except LinkError as error:
            log.debug("message %d stays on %s: %s", message_id, display, error)


async def _until(event: asyncio.Event, at_most_s: float) -> None:
    try:
        async with asyncio.timeout(at_most_s):
            await event.wait()
    except TimeoutError:
        pass
