"""Signed commands: from the broker's bytes to something on disk, and only then to something done.

`take` returns when the command, or its refusal, is committed; the WAN link acknowledges it to the broker after that.
A refused command has no effect but its event; nothing goes out on the HAN.
"""

import functools
import hashlib
import logging
import sqlite3
import traceback
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from hubd.errors import StoreError
from hubd.model.identity import HubId
from hubd.model.roles import ROLE_OF, Role
from hubd.model.stamp import Stamp
from hubd.store import counters, inbox, sendings
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.command_answers import CommandAnswers
from hubd.utility.events import EventName
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_event, put_receipt
from hubd.utility.receipts import command_receipt
from hubd.wan.commands import Command, Refusal, verify
from hubd.wan.messages import ReceiptBody
from hubd.wan.role_keys import RoleKeys

log = logging.getLogger(__name__)

_KEEPS_A_LEDGER = frozenset({"vend", "admit"})
"""Orders that somebody else takes up again after a restart, from a ledger of their own."""


Whose = tuple[Role, str]
"""The role that gave an order, and the order's command."""


class CommandHandler(Protocol):
    """What obeys one command."""

    def objection(self, command: Command) -> str | None:
        """Why this command cannot be obeyed here (an unknown device, say), in plain words; None: it can."""

    def record(self, connection: sqlite3.Connection, command: Command) -> None:
        """Put on disk what must not be lost: part of the transaction that accepts the command."""

    def start(self, command: Command) -> None:
        """The command is on disk: begin. Called again after a restart for a command that had not ended."""

    def standing(self, connection: sqlite3.Connection, order: str) -> ReceiptBody | None:
        """How an order of this kind stands, where there is more to say than done or failed."""


@runtime_checkable
class LooksIntoTheJournal(Protocol):
    """A handler whose objection hangs on what the journal holds."""

    def objection_in(self, connection: sqlite3.Connection, command: Command) -> str | None:
        """As `CommandHandler.objection`, in the transaction that accepts or refuses the command."""


class Orders:
    """Checks commands, keeps the counters, and hands good commands to their handlers."""

    def __init__(
        self,
        hub: HubId,
        role_keys: RoleKeys,
        journal: Journal,
        clock: HubClock,
        notify: Notify,
        handlers: dict[str, CommandHandler],
        answers: CommandAnswers,
    ) -> None:
        self._hub = hub
        self._role_keys = role_keys
        self._journal = journal
        self._patient = journal.patient()
        self._clock = clock
        self._notify = notify
        self._handlers = handlers
        self._answers = answers
        self._last_counter: dict[str, int] = {}
        self._not_begun: set[str] = set()
        """Orders that this run has put on disk and not begun yet."""

    async def recover(self) -> None:
        """Load the counters, and begin again what a crash interrupted (all but what has a ledger of its own)."""
        self._last_counter = await self._journal.read(counters.all_last)
        for row in await self._journal.read(inbox.unfinished):
            if row.cmd not in _KEEPS_A_LEDGER:
                await self._begin_from_disk(row)

    async def take(self, role: Role, token: bytes) -> None:
        """One message from a command topic. Returns when what it means is on disk. Raises StoreError, and nothing
        else: a handler that fails makes a failed command, not a dead daemon.
        """
        sha256 = hashlib.sha256(token).digest()
        verdict = verify(token, role, self._role_keys, self._hub, self._clock.stamp(), self._counter_of)
        match verdict:
            case Refusal():
                if not await self._is_delivered_twice(verdict, role, sha256):
                    await self._refuse(verdict, role)
            case Command():
                await self._accept(verdict, sha256)
        await self._begin_what_was_left()
        self._notify()

    async def _begin_what_was_left(self) -> None:
        """An order whose taking was cancelled while the disk wrote is on disk, and this is where it begins."""
        for order in tuple(self._not_begun):
            row = await self._journal.read(functools.partial(inbox.find, jti=order))
            if order in self._not_begun:
                self._not_begun.discard(order)
                if row is not None and not row.finished:
                    await self._begin_from_disk(row)

    async def _begin_from_disk(self, row: inbox.InboxRow) -> None:
        command = Command(row.jti, row.kid, row.role, 0, row.cmd, row.args or b"{}")
        try:
            self._handlers[row.cmd].start(command)
        except Exception as bug:
            await self._fail(command, None, bug)

    def _counter_of(self, kid: str) -> int:
        return self._last_counter.get(kid, 0)

    async def _is_delivered_twice(self, refusal: Refusal, role: Role, sha256: bytes) -> bool:
        """Whether these are the very bytes of a command that was accepted: the broker missed our acknowledgement. It
        is a repetition, and no refusal.
        """
        if refusal.seen is None:
            return False
        order, kid, counter = refusal.seen
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> bool:
            whose = self._whose(connection, order)
            if whose is None or not sendings.is_known(connection, kid, counter, sha256):
                return False
            self._answers.tell(connection, at, role, EventName.COMMAND_REPEATED, order=order)
            self._tell_standing(connection, whose, role, order, at)
            return True

        return await self._journal.commit(work)

    def _whose(self, connection: sqlite3.Connection, order: str) -> Whose | None:
        """Whose an order is that the hub carries, or has ended. A ledger remembers longer than the inbox."""
        if (known := inbox.find(connection, order)) is not None:
            return known.role, known.cmd
        ended = (cmd for cmd, handler in self._handlers.items() if handler.standing(connection, order) is not None)
        cmd = next(ended, None)
        return None if cmd is None else (ROLE_OF[cmd], cmd)

    def _tell_standing(self, connection: sqlite3.Connection, whose: Whose, asks: Role, order: str, at: Stamp) -> None:
        """How the order stands: to the role that gave it, and to no other."""
        role, cmd = whose
        handler = self._handlers.get(cmd)
        if role is asks and handler is not None and (receipt := handler.standing(connection, order)) is not None:
            self._answers.answer(connection, at, role, receipt)

    async def _refuse(self, refusal: Refusal, role: Role) -> None:
        log.info("a command on %s was refused: %s", role, refusal.reason)
        order = refusal.order
        if order is None:
            await self._patient.commit(self._answers.of_nobody(role, str(refusal.reason), words=refusal.words))
            return
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            if refusal.kid is not None and refusal.ctr is not None:
                counters.raise_to(connection, refusal.kid, refusal.ctr)
            self._answer_refused(connection, refusal, role, order, at)

        await self._journal.commit(work)
        if refusal.kid is not None and refusal.ctr is not None:
            self._last_counter[refusal.kid] = refusal.ctr

    def _answer_refused(
        self, connection: sqlite3.Connection, refusal: Refusal, role: Role, order: str, at: Stamp
    ) -> None:
        """A sending was refused, not the order, where the hub carries that order: its end is still to come."""
        name, reason = EventName.COMMAND_REFUSED, str(refusal.reason)
        detail = {"words": refusal.words, "topic": str(role)}
        self._answers.tell(connection, at, role, name, order=order, reason=reason, detail=detail)
        whose = self._whose(connection, order)
        if whose is not None:
            self._tell_standing(connection, whose, role, order, at)
            return
        receipt = command_receipt(order, refusal.cmd or "", role, "refused", refusal.words, None)
        self._answers.answer(connection, at, role, receipt)

    async def _accept(self, command: Command, sha256: bytes) -> None:
        try:
            handler = self._handlers[command.cmd]
            objection = handler.objection(command)
            await self._journal.commit(lambda c: self._record(c, command, sha256, handler, objection))
            self._last_counter[command.kid] = command.ctr
            if command.jti in self._not_begun:
                self._not_begun.discard(command.jti)
                handler.start(command)
        except StoreError:
            raise
        except Exception as bug:
            await self._fail(command, sha256, bug)
            self._last_counter[command.kid] = command.ctr

    def _record(
        self,
        connection: sqlite3.Connection,
        command: Command,
        sha256: bytes,
        handler: CommandHandler,
        objection: str | None,
    ) -> None:
        at = self._clock.stamp()
        counters.raise_to(connection, command.kid, command.ctr)
        sendings.note(connection, command.kid, command.ctr, sha256)
        digest = _digest(command)
        known = inbox.find(connection, command.jti)
        if known is not None:
            self._repeat(connection, command, known, digest)
            return
        if (whose := self._whose(connection, command.jti)) is not None:
            self._answers.tell(connection, at, command.role, EventName.COMMAND_REPEATED, order=command.jti)
            self._tell_standing(connection, whose, command.role, command.jti, at)
            return
        if objection is None and isinstance(handler, LooksIntoTheJournal):
            objection = handler.objection_in(connection, command)
        if objection is not None:
            self._object(connection, command, objection, at)
            return
        inbox.add(connection, command.jti, command.kid, command.role, command.cmd, digest, command.args_json, at)
        handler.record(connection, command)
        self._not_begun.add(command.jti)

    def _object(self, connection: sqlite3.Connection, command: Command, objection: str, at: Stamp) -> None:
        name, order = EventName.COMMAND_REFUSED, command.jti
        self._answers.tell(connection, at, command.role, name, order=order, reason=objection)
        receipt = command_receipt(order, command.cmd, command.role, "refused", objection, None)
        self._answers.answer(connection, at, command.role, receipt)

    def _repeat(self, connection: sqlite3.Connection, command: Command, known: inbox.InboxRow, digest: bytes) -> None:
        at = self._clock.stamp()
        if known.body_sha256 != digest:
            reason = "order_reused: this order was given before with other arguments; give the new one a new id"
            name = EventName.COMMAND_REFUSED
            self._answers.tell(connection, at, command.role, name, order=command.jti, reason=reason)
            return
        self._answers.tell(connection, at, command.role, EventName.COMMAND_REPEATED, order=command.jti)
        self._tell_standing(connection, (known.role, known.cmd), command.role, command.jti, at)

    async def _fail(self, command: Command, sha256: bytes | None, bug: Exception) -> None:
        """A handler met an error that is nobody's fault but ours. The command ends here, once and for all: it must
        neither end the daemon nor come back at each start. What a ledger holds is left to its owner.
        """
        words = f"an error inside the hub: {where_of(bug)}"
        log.error("order %s (%s) failed: %s", command.jti, command.cmd, words)
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            if sha256 is not None:
                counters.raise_to(connection, command.kid, command.ctr)
                sendings.note(connection, command.kid, command.ctr, sha256)
            put_event(connection, at, EventName.COMMAND_FAILED, order=command.jti, reason=words)
            begun, digest = inbox.find(connection, command.jti), _digest(command)
            if begun is None:
                args = command.args_json
                inbox.add(connection, command.jti, command.kid, command.role, command.cmd, digest, args, at)
            elif begun.finished or begun.body_sha256 != digest or command.cmd in _KEEPS_A_LEDGER:
                return
            outcome = "refused" if begun is None else "failed"
            inbox.finish(connection, command.jti)
            receipt = command_receipt(command.jti, command.cmd, command.role, outcome, words, None)
            put_receipt(connection, at, receipt)

        await self._journal.commit(work)
        self._notify()


def where_of(bug: Exception) -> str:
    """The kind of an error and the line it came from. Its own words may hold a secret, and stay out."""
    frames = traceback.extract_tb(bug.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(bug).__name__}{place}"


def _digest(command: Command) -> bytes:
    canonical = msgspec.json.encode([command.role, command.cmd, command.args_json.decode()])
    return hashlib.sha256(canonical).digest()
