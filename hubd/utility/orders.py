"""Signed commands: from the broker's bytes to something on disk, and only then to something done.

`take` returns when the command, or its refusal, is committed; the WAN link acknowledges it to the broker after that.
A refused command has no effect but its event; nothing goes out on the HAN.
"""

import hashlib
import logging
import sqlite3
from typing import Protocol

import msgspec

from hubd.model.identity import HubId
from hubd.model.roles import Role
from hubd.store import counters, inbox
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_event, put_receipt
from hubd.utility.receipts import command_receipt
from hubd.wan.commands import Command, Refusal, verify
from hubd.wan.messages import ReceiptBody
from hubd.wan.role_keys import RoleKeys

log = logging.getLogger(__name__)


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
    ) -> None:
        self._hub = hub
        self._role_keys = role_keys
        self._journal = journal
        self._clock = clock
        self._notify = notify
        self._handlers = handlers
        self._last_counter: dict[str, int] = {}

    async def recover(self) -> None:
        """Load the counters, and begin again what a crash interrupted (all but vends, which have a ledger)."""
        self._last_counter = await self._journal.read(counters.all_last)
        for row in await self._journal.read(inbox.unfinished):
            if row.cmd != "vend":
                self._handlers[row.cmd].start(Command(row.jti, row.kid, row.role, 0, row.cmd, row.args or b"{}"))

    async def take(self, role: Role, token: bytes) -> None:
        """One message from a command topic. Returns when what it means is on disk."""
        verdict = verify(token, role, self._role_keys, self._hub, self._clock.stamp(), self._counter_of)
        match verdict:
            case Refusal():
                await self._refuse(verdict, role)
            case Command():
                await self._accept(verdict)
        self._notify()

    def _counter_of(self, kid: str) -> int:
        return self._last_counter.get(kid, 0)

    async def _refuse(self, refusal: Refusal, role: Role) -> None:
        log.info("a command on %s was refused: %s", role, refusal.reason)
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            if refusal.kid is not None and refusal.ctr is not None:
                counters.raise_to(connection, refusal.kid, refusal.ctr)
            detail = {"words": refusal.words, "topic": str(role)}
            put_event(
                connection,
                at,
                EventName.COMMAND_REFUSED,
                reason=str(refusal.reason),
                order=refusal.order,
                detail=detail,
            )
            if refusal.order is not None:
                receipt = command_receipt(refusal.order, refusal.cmd or "", "refused", refusal.words, None)
                put_receipt(connection, at, receipt)

        await self._journal.commit(work)
        if refusal.kid is not None and refusal.ctr is not None:
            self._last_counter[refusal.kid] = refusal.ctr

    async def _accept(self, command: Command) -> None:
        handler = self._handlers[command.cmd]
        objection = handler.objection(command)
        begin = await self._journal.commit(lambda c: self._record(c, command, handler, objection))
        self._last_counter[command.kid] = command.ctr
        if begin:
            handler.start(command)

    def _record(
        self, connection: sqlite3.Connection, command: Command, handler: CommandHandler, objection: str | None
    ) -> bool:
        at = self._clock.stamp()
        counters.raise_to(connection, command.kid, command.ctr)
        digest = _digest(command)
        known = inbox.find(connection, command.jti)
        if known is not None:
            self._repeat(connection, command, handler, known, digest)
            return False
        if objection is not None:
            put_event(connection, at, EventName.COMMAND_REFUSED, order=command.jti, reason=objection)
            put_receipt(connection, at, command_receipt(command.jti, command.cmd, "refused", objection, None))
            return False
        inbox.add(connection, command.jti, command.kid, command.role, command.cmd, digest, command.args_json, at)
        handler.record(connection, command)
        return True

    def _repeat(
        self,
        connection: sqlite3.Connection,
        command: Command,
        handler: CommandHandler,
        known: inbox.InboxRow,
        digest: bytes,
    ) -> None:
        at = self._clock.stamp()
        if known.body_sha256 != digest:
            reason = "order_reused: this order was given before with other arguments; give the new one a new id"
            put_event(connection, at, EventName.COMMAND_REFUSED, order=command.jti, reason=reason)
            return
        put_event(connection, at, EventName.COMMAND_REPEATED, order=command.jti)
        if (receipt := handler.standing(connection, command.jti)) is not None:
            put_receipt(connection, at, receipt)


def _digest(command: Command) -> bytes:
    canonical = msgspec.json.encode([command.role, command.cmd, command.args_json.decode()])
    return hashlib.sha256(canonical).digest()
