"""What the head-end is told of commands that were refused or came again: bounded, whoever sends them without end.

Who has no key can make no order: how often such a message came is told, not each (`repeats.py`, a budget a topic).
What is signed names an order and is answered, since the head-end waits for it. But what stands in the outbox already
is not put there a second time, so a command that was recorded and is played again and again adds nothing; and of one
role no more than MOST_WAITING answers wait, so a key in the wrong hands fills no card and takes no other role's room.
"""

import asyncio
import hashlib
import sqlite3
from typing import Final

import msgspec

from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.model.stamp import Stamp
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName, lane_of
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_event
from hubd.utility.repeats import Repeats
from hubd.wan.messages import EventBody, ReceiptBody

MOST_WAITING: Final = 10_000
"""Answers of one role in the outbox: as many as the largest backlog that is obeyed at once, and some 10 MB."""
LOOK_EVERY_S: Final = 600.0
TOO_MANY_REFUSED = f"too_many_refused: {MOST_WAITING} answers of this role wait; this order has none"
MORE = "refused_again: more of these within an hour; they were counted and not told one by one"

_Name = tuple[Lane, bytes]
"""Lane and digest of an answer's body: a body of the same bytes says the same."""


class CommandAnswers:
    """Every method but `run` and `refuse_unread` is part of a transaction of its caller: of the journal's one thread.
    What only memory counts is lost with the process.
    """

    def __init__(self, journal: Journal, clock: HubClock, notify: Notify, most: int = MOST_WAITING) -> None:
        self._journal = journal.patient()
        self._clock = clock
        self._notify = notify
        self._most = most
        self._repeats = Repeats()
        self._waiting: dict[Role, dict[_Name, int]] = {role: {} for role in Role}

    async def run(self) -> None:
        """Tell what was only counted, when its hour is over. For ever."""
        while True:
            await asyncio.sleep(self._clock.lasts_s(LOOK_EVERY_S))
            await self._journal.commit(lambda c: self._tell_what_was_counted(c, self._clock.stamp()))
            self._notify()

    async def refuse_unread(self, role: Role, reason: str, messages: int) -> None:
        """Messages that nobody looks at. Returns when it is on disk."""
        at = self._clock.stamp()
        await self._journal.commit(lambda c: self.refuse_unsigned(c, at, role, reason, messages=messages))
        self._notify()

    def refuse_unsigned(
        self, connection: sqlite3.Connection, at: Stamp, role: Role, reason: str, **detail: str | int
    ) -> None:
        """A message on a role's topic that is no order of anybody's."""
        self._tell_what_was_counted(connection, at)
        times = self._repeats.times_to_tell(role, (reason,), self._clock.monotonic_s())
        if times:
            told: dict[str, str | int] = {**detail, "topic": str(role), "times": times}
            put_event(connection, at, EventName.COMMAND_REFUSED, reason=reason, detail=told)

    def tell(self, connection: sqlite3.Connection, at: Stamp, role: Role, name: EventName, **facts: object) -> None:
        """An event about an order that one of a role's keys has signed. `facts` as of `put_event`."""
        body = EventBody(name=str(name), **facts)  # type: ignore[arg-type]
        self._put(connection, at, role, lane_of(name), "event", msgspec.json.encode(body))

    def answer(self, connection: sqlite3.Connection, at: Stamp, role: Role, receipt: ReceiptBody) -> None:
        """How such an order stands, or that it was refused."""
        self._put(connection, at, role, Lane.RECEIPT, "receipt", msgspec.json.encode(receipt))

    def _put(self, connection: sqlite3.Connection, at: Stamp, role: Role, lane: Lane, kind: str, body: bytes) -> None:
        waiting = self._waiting[role]
        name = (lane, hashlib.blake2b(body, digest_size=16).digest())
        if (seq := waiting.get(name)) is not None and _waits(connection, lane, seq, body):
            return
        _forget_stored(connection, waiting)
        if len(waiting) >= self._most:
            self.refuse_unsigned(connection, at, role, TOO_MANY_REFUSED)
            return
        waiting.pop(name, None)  # the newest stands last
        waiting[name] = outbox.put(connection, lane, kind, body, at)

    def _tell_what_was_counted(self, connection: sqlite3.Connection, at: Stamp) -> None:
        for topic, times in self._repeats.left_over(self._clock.monotonic_s()).items():
            put_event(connection, at, EventName.COMMAND_REFUSED, reason=MORE, detail={"topic": topic, "times": times})


def _waits(connection: sqlite3.Connection, lane: Lane, seq: int, body: bytes) -> bool:
    """Whether this very message is still there: after a transaction that failed, another one may bear its number."""
    row = outbox.standing(connection, lane, seq)
    return row is not None and row.body == body


def _forget_stored(connection: sqlite3.Connection, waiting: dict[_Name, int]) -> None:
    while waiting:
        name, seq = next(iter(waiting.items()))
        if outbox.standing(connection, name[0], seq) is not None:
            return
        del waiting[name]
