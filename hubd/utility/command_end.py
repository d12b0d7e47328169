"""The end of a signed command that has no ledger of its own: inbox and receipt in one transaction."""

import sqlite3

from hubd.model.identity import Eui64
from hubd.store import inbox
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.notify import Notify
from hubd.utility.outgoing import put_receipt
from hubd.utility.receipts import command_receipt
from hubd.wan.commands import Command


class CommandEnd:
    """Called once a command has been obeyed, or could not be."""

    def __init__(self, journal: Journal, clock: HubClock, notify: Notify) -> None:
        self._journal = journal
        self._clock = clock
        self._notify = notify

    async def __call__(self, command: Command, outcome: str, reason: str | None, device: Eui64 | None) -> None:
        """On disk when this returns."""
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            inbox.finish(connection, command.jti)
            put_receipt(
                connection, at, command_receipt(command.jti, command.cmd, command.role, outcome, reason, device)
            )

        await self._journal.commit(work)
        self._notify()
