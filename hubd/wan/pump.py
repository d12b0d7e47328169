"""From the outbox to the broker: highest lane first, in order within a lane, again until the head-end has stored."""

import asyncio
import contextlib
import functools
import logging
import math
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from hubd.errors import LinkError, StoreError
from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.store.outbox import OutboxRow
from hubd.wan import too_large, topics
from hubd.wan.messages import Ack, Up, When
from hubd.wan.outgoing import Answered
from hubd.wan.patience import Patience
from hubd.wan.unstored import Unstored

log = logging.getLogger(__name__)

IN_FLIGHT = 20
"""So many messages at most wait for the broker's PUBACK."""
KEPT_FREE = 4
"""Of those, so many places are for alarms and receipts alone: they do not wait for the answer to a reading."""
WINDOW = 500
"""So many messages of a lane may be with the broker without the head-end's word: a head-end that was away for a week
is not sent the week again and again."""
DELETE_TOGETHER_S = 0.2
DELETE_AGAIN_S = 5.0

_URGENT = (Lane.ALARM, Lane.RECEIPT)


OnStored = Callable[[Mapping[Lane, int]], None]
"""Told what the head-end has stored: up to which number in each lane it names. The outbox holds it no longer."""


class Send(Protocol):
    """`Outgoing.send`."""

    def __call__(self, topic: str, payload: bytes, answered: Answered, /) -> None:
        """Hand a message to the connection; `answered` is called at the broker's PUBACK."""


class Pump:
    """Lives as long as the daemon; `run` as long as one session."""

    def __init__(
        self,
        hub: HubId,
        journal: Journal,
        ack_wait_s: float,
        on_stored: OnStored = lambda stored: None,
        unanswered_s: float = 2.0,
    ) -> None:
        self._hub = hub
        self._on_stored = on_stored
        self._journal = journal
        self._patience = {lane: Patience(ack_wait_s) for lane in Lane}
        self._wake = asyncio.Event()
        self._ack_came = asyncio.Event()
        self._said: dict[Lane, set[int]] = {}
        self._stored: dict[Lane, int] = {}
        self._sent: dict[Lane, int] = {}
        self._in_flight: dict[tuple[Lane, int], float] = {}
        """What the broker has not answered, and since when. What is not stored has numbers below 0."""
        self._unanswered_s = unanswered_s
        self._held_back = False
        self._most_octets = too_large.USUAL_MOST_OCTETS
        self.unstored = Unstored(hub)
        self._unstored_due = False
        self.hung = False
        """The session is given up: a broker that owes an answer to something urgent for so long does not hear us."""

    def broker_takes(self, most_octets: int | None) -> None:
        """The largest packet that this session's broker takes, where it says so."""
        self._most_octets = too_large.USUAL_MOST_OCTETS if most_octets is None else most_octets

    def notify(self) -> None:
        """Something was committed to the outbox."""
        self._wake.set()

    def send_alarms_again(self) -> None:
        """Do not wait for the head-end's word on the alarms that are with the broker: send them again now. Over
        another session, where the broker has not even answered.
        """
        self._sent.pop(Lane.ALARM, None)
        self._unstored_due = True
        oldest_s = min(
            (since_s for (lane, _), since_s in self._in_flight.items() if lane in _URGENT), default=math.inf
        )
        self.hung |= time.monotonic() - oldest_s >= self._unanswered_s
        self._wake.set()

    def stored(self, ack: Ack) -> None:
        """The head-end's word. Of another journal's messages it says nothing about ours."""
        if ack.journal != self._journal.journal_id:
            return self.unstored.stored(ack)
        for lane, seq in ack.stored.items():
            self._said.setdefault(lane, set()).add(seq)
        self._ack_came.set()
        return None

    async def run(self, send: Send) -> None:
        """Send what waits, for as long as the session lives. Every session begins with the oldest not yet stored.
        Raises LinkError where the session hangs.
        """
        self._sent = {}
        self._in_flight = {}
        self.hung = False
        self._unstored_due = True
        for patience in self._patience.values():
            patience.anew(time.monotonic())
        self._wake.set()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._left_to_wait_s()):
                    await self._wake.wait()
            self._wake.clear()
            if self.hung:
                raise LinkError(f"the broker has not answered for {self._unanswered_s:g} s. A new session is tried")
            self._send_again()
            self._send_unstored(send)
            await self._send_what_may_go(send)

    async def keep_deleting(self) -> None:
        """Drop from the outbox what the head-end has stored, in few transactions. For ever."""
        while True:
            await self._ack_came.wait()
            await asyncio.sleep(DELETE_TOGETHER_S)
            self._ack_came.clear()
            new, self._said = self._said, {}
            try:
                await self._delete(new)
            except StoreError as error:
                log.debug("what the head-end has stored cannot be deleted yet: %s", error)
                for lane, numbers in new.items():
                    self._said.setdefault(lane, set()).update(numbers)
                self._ack_came.set()
                await asyncio.sleep(DELETE_AGAIN_S)

    async def _delete(self, said: Mapping[Lane, set[int]]) -> None:
        """A number that no message ever had is not about this outbox: nothing is deleted for it."""

        def work(connection: sqlite3.Connection) -> dict[Lane, int]:
            last = outbox.last_numbers(connection)
            believed = {lane: max((n for n in said[lane] if n <= last.get(lane, 0)), default=0) for lane in said}
            outbox.delete_stored(connection, believed)
            return believed

        believed = await self._journal.commit_grouped(work)
        self._on_stored(believed)
        for lane, numbers in said.items():
            if max(numbers) > believed[lane]:
                log.warning(
                    "the head-end says it has stored %s %d, which was never sent: not believed", lane, max(numbers)
                )
        for lane, seq in believed.items():
            if seq > self._stored.get(lane, 0):
                self._stored[lane] = seq
                self._patience[lane].anew(time.monotonic())
                self._wake.set()

    def _is_waited_for(self, lane: Lane) -> bool:
        """Something of the lane is with the broker, and the head-end has not said that it has it."""
        return self._sent.get(lane, 0) > self._stored.get(lane, 0)

    def _left_to_wait_s(self) -> float | None:
        ends = [self._patience[lane].ends_at_s() for lane in self._sent if self._is_waited_for(lane)]
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _send_again(self) -> None:
        """Begin each lane again on which no word came for so long, with the oldest; be more patient next time."""
        now_s = time.monotonic()
        for lane in [lane for lane in self._sent if self._is_waited_for(lane)]:
            patience = self._patience[lane]
            if patience.ends_at_s() <= now_s:
                log.debug("no word from the head-end on %ss for %.0f s: sending again", lane, patience.wait_s)
                patience.was_in_vain(now_s)
                del self._sent[lane]

    async def _send_what_may_go(self, send: Send) -> None:
        self._held_back = False
        while True:
            wanted = self._wanted()
            self._held_back |= len(wanted) < len(Lane)
            rows = await self._journal.read(functools.partial(_oldest, wanted=wanted)) if wanted else []
            if not rows:
                return
            for row in rows:
                self._send(send, row)
            if len(rows) < min(most for _, _, most in wanted):
                return  # no lane has more
            self._held_back = True

    def _wanted(self) -> list[tuple[Lane, int, int]]:
        """Of each lane that may send: above which number, and up to how many."""
        wanted = []
        for lane in Lane:
            places = IN_FLIGHT - len(self._in_flight) - (0 if lane in _URGENT else KEPT_FREE)
            stored = self._stored.get(lane, 0)
            after = max(self._sent.get(lane, 0), stored)
            window = WINDOW - (after - stored) if lane in self._stored else WINDOW
            if (most := min(places, window)) > 0:
                wanted.append((lane, after, most))
        return wanted

    def _send(self, send: Send, row: OutboxRow) -> None:
        name = (row.lane, row.seq)
        if row.seq <= self._stored.get(row.lane, 0):
            return
        self._stored.setdefault(row.lane, row.seq - 1)
        if not self._is_waited_for(row.lane):
            self._patience[row.lane].begin(time.monotonic())
        self._sent[row.lane] = row.seq
        self._hand_over(send, name, self._fitting(row))

    def _send_unstored(self, send: Send) -> None:
        """First of all: it is an alarm, and needs no disk."""
        if self._unstored_due:
            self._unstored_due = False
            for seq, payload in self.unstored.waiting():
                self._hand_over(send, (Lane.ALARM, -seq), payload)

    def _hand_over(self, send: Send, name: tuple[Lane, int], payload: bytes) -> None:
        if name in self._in_flight:
            return  # sent again while the broker has not even answered the first time
        in_flight = self._in_flight
        in_flight[name] = time.monotonic()

        def answered() -> None:
            in_flight.pop(name, None)
            if self._held_back:
                self._wake.set()

        send(topics.up(self._hub, name[0]), payload, answered)

    def _fitting(self, row: OutboxRow) -> bytes:
        """As it stands, or what stands for it where the broker would end the session over it, again and again."""
        payload = self._encoded(row)
        octets = too_large.packet_octets(topics.up(self._hub, row.lane), payload)
        if octets <= self._most_octets:
            return payload
        log.warning(
            "%s %d (%s) has %d octets; the broker takes %d", row.lane, row.seq, row.kind, octets, self._most_octets
        )
        return self._encoded(too_large.stands_for(row, octets, self._most_octets))

    def _encoded(self, row: OutboxRow) -> bytes:
        return msgspec.json.encode(
            Up(
                v=1,
                hub=self._hub,
                journal=self._journal.journal_id,
                lane=row.lane,
                seq=row.seq,
                kind=row.kind,  # type: ignore[arg-type]
                at=When(row.at.unix_s, row.at.trust),
                body=msgspec.Raw(row.body),  # type: ignore[arg-type]
                after=None if row.after == row.seq - 1 else row.after,
            )
        )


def _oldest(connection: sqlite3.Connection, wanted: list[tuple[Lane, int, int]]) -> list[OutboxRow]:
    rows: list[OutboxRow] = []
    for lane, after, most in wanted:
        if most > len(rows):
            rows += outbox.waiting(connection, lane, after, most - len(rows))
    return rows
