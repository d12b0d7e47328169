"""From the outbox to the broker: highest lane first, in order within a lane, again until the head-end has stored."""

import asyncio
import functools
import logging
import sqlite3
from collections.abc import Awaitable, Callable

import msgspec

from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.store.outbox import OutboxRow
from hubd.wan import topics
from hubd.wan.messages import Ack, Up, When

log = logging.getLogger(__name__)

IN_FLIGHT = 20
WINDOW = 500
"""So many messages of a lane may be with the broker without the head-end's word: a head-end that was away for a week
is not sent the week again and again."""
LONGEST_ACK_WAIT_S = 3_600.0
DELETE_TOGETHER_S = 0.2

Publish = Callable[[str, bytes], Awaitable[None]]


class Pump:
    """Lives as long as the daemon; `run` as long as one session."""

    def __init__(self, hub: HubId, journal: Journal, ack_wait_s: float) -> None:
        self._hub = hub
        self._journal = journal
        self._ack_wait_s = ack_wait_s
        self._patience_s = ack_wait_s
        self._wake = asyncio.Event()
        self._ack_came = asyncio.Event()
        self._sent: dict[Lane, int] = {}
        self._stored: dict[Lane, int] = {}

    def notify(self) -> None:
        """Something was committed to the outbox."""
        self._wake.set()

    def stored(self, ack: Ack) -> None:
        """The head-end's word. Of another journal's messages it says nothing about ours."""
        if ack.journal != self._journal.journal_id:
            return
        for lane, seq in ack.stored.items():
            self._stored[lane] = max(seq, self._stored.get(lane, 0))
        self._ack_came.set()
        self._wake.set()

    async def run(self, publish: Publish) -> None:
        """Send what waits, for as long as the session lives. Every session begins with the oldest not yet stored."""
        self._sent = {}
        self._patience_s = self._ack_wait_s
        self._wake.set()
        while True:
            try:
                async with asyncio.timeout(self._patience_s if self._awaits_word() else None):
                    await self._wake.wait()
            except TimeoutError:
                self._send_again()
            self._wake.clear()
            while await self._send_some(publish) == IN_FLIGHT:
                pass

    async def keep_deleting(self) -> None:
        """Drop from the outbox what the head-end has stored, in few transactions. For ever."""
        dropped: dict[Lane, int] = {}
        while True:
            await self._ack_came.wait()
            await asyncio.sleep(DELETE_TOGETHER_S)
            self._ack_came.clear()
            new = {lane: seq for lane, seq in self._stored.items() if seq > dropped.get(lane, 0)}
            if new:
                await self._journal.commit_grouped(functools.partial(outbox.delete_stored, stored=new))
                dropped |= new
                self._patience_s = self._ack_wait_s

    def _awaits_word(self) -> bool:
        return any(seq > self._stored.get(lane, 0) for lane, seq in self._sent.items())

    def _send_again(self) -> None:
        """No word for so long: begin again with the oldest, and be more patient next time."""
        log.debug("no word from the head-end for %.0f s: sending again", self._patience_s)
        self._patience_s = min(2 * self._patience_s, LONGEST_ACK_WAIT_S)
        self._sent = {}

    async def _send_some(self, publish: Publish) -> int:
        """One batch, the highest lanes first. Returns how many were sent; fewer than a batch: nothing waits now."""
        rows = await self._journal.read(self._next_rows)
        await self._publish_all(publish, rows)
        for row in rows:
            self._stored.setdefault(row.lane, row.seq - 1)
            self._sent[row.lane] = row.seq
        return len(rows)

    def _next_rows(self, connection: sqlite3.Connection) -> list[OutboxRow]:
        rows: list[OutboxRow] = []
        for lane in Lane:
            stored = self._stored.get(lane, 0)
            after = max(self._sent.get(lane, 0), stored)
            window = WINDOW - (after - stored) if lane in self._stored else WINDOW
            rows += outbox.waiting(connection, lane, after, max(0, min(IN_FLIGHT - len(rows), window)))
        return rows

    async def _publish_all(self, publish: Publish, rows: list[OutboxRow]) -> None:
        if len(rows) == 1:
            await publish(topics.up(self._hub, rows[0].lane), self._encoded(rows[0]))
            return
        async with asyncio.TaskGroup() as group:  # tasks start in order, so the messages leave in order
            for row in rows:
                group.create_task(_awaited(publish(topics.up(self._hub, row.lane), self._encoded(row))))

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
            )
        )


async def _awaited(publishing: Awaitable[None]) -> None:
    await publishing
