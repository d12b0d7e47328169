"""What the head-end is told of commands that were refused or came again: bounded, whoever sends them without end.

Who has no key can make no order: how often such a message came is told, not each (`repeats.py`, a budget a topic); so
it is with an order for another hub, and with one that was recorded and is played again under a counter that was used
up. Any other that is signed is answered under its order's id, since the head-end waits for it. But what stands in the
outbox already is not put there a second time, so the very bytes of a command that was obeyed, delivered without end,
add nothing; and of one role no more than MOST_WAITING answers wait, so a key in the wrong hands fills no card and
takes no other role's room.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable, Mapping
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

Write = Callable[[sqlite3.Connection], None]
_Name = tuple[Lane, bytes]
"""Lane and digest of an answer's body: a body of the same bytes says the same."""


class CommandAnswers:
    """`tell` and `answer` are part of a transaction of their caller: of the journal's one thread. All else is the
    event loop's. What only memory counts is lost with the process.
    """

    def __init__(self, journal: Journal, clock: HubClock, notify: Notify, most: int = MOST_WAITING) -> None:
        self._journal = journal.patient()
        self._clock = clock
        self._notify = notify
        self._most = most
        self._of_nobody = Repeats()
        self._too_many = Repeats()
        """The journal's thread's."""
        self._waiting: dict[Role, dict[_Name, int]] = {role: {} for role in Role}

    async def run(self) -> None:
        """Tell what was only counted, when its hour is over. For ever."""
        while True:
            await asyncio.sleep(self._clock.lasts_s(LOOK_EVERY_S))
            await self._journal.commit(self._what_was_counted())
            self._notify()

    async def refuse_unread(self, role: Role, reason: str, messages: int) -> None:
        """Messages that nobody looks at. Returns when it is on disk."""
        await self._journal.commit(self.of_nobody(role, reason, messages=messages))
        self._notify()

    def of_nobody(self, role: Role, reason: str, **detail: str | int) -> Write:
        """A message on a role's topic that is no order of anybody's. Returns what writes it down, however often that
        has to be tried: it is counted once.
        """
        at, counted = self._clock.stamp(), self._what_was_counted()
        times = self._of_nobody.times_to_tell(role, (reason,), self._clock.monotonic_s())

        def write(connection: sqlite3.Connection) -> None:
            counted(connection)
            if times:
                _tell_refused(connection, at, role, reason, times, detail)

        return write

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
            self._refuse_the_rest(connection, at, role)
            return
        waiting.pop(name, None)  # the newest stands last
        waiting[name] = outbox.put(connection, lane, kind, body, at)

    def _refuse_the_rest(self, connection: sqlite3.Connection, at: Stamp, role: Role) -> None:
        now_s = self._clock.monotonic_s()
        _tell_more(connection, at, self._too_many.left_over(now_s))
        if times := self._too_many.times_to_tell(role, (), now_s):
            _tell_refused(connection, at, role, TOO_MANY_REFUSED, times, {})

    def _what_was_counted(self) -> Write:
        at, now_s = self._clock.stamp(), self._clock.monotonic_s()
        of_nobody = self._of_nobody.left_over(now_s)

        def write(connection: sqlite3.Connection) -> None:
            _tell_more(connection, at, of_nobody)
            _tell_more(connection, at, self._too_many.left_over(now_s))

        return write


def _tell_refused(
    connection: sqlite3.Connection, at: Stamp, role: Role, reason: str, times: int, detail: Mapping[str, str | int]
) -> None:
    told: dict[str, str | int] = {**detail, "topic": str(role), "times": times}
    put_event(connection, at, EventName.COMMAND_REFUSED, reason=reason, detail=told)


def _tell_more(connection: sqlite3.Connection, at: Stamp, left_over: Mapping[str, int]) -> None:
    for topic, times in left_over.items():
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
