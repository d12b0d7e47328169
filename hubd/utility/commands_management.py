"""Commands that end with done or failed: `read` (management), `status` (network operator), `remove` (security
centre; `admit` is in `commissioning/invitations.py`). Each may be begun again after a crash: doing it twice has the
effect of once.
"""

import logging
import sqlite3
from collections.abc import Awaitable, Callable

from hubd.errors import LinkError, NoRoomError, StoreError
from hubd.model.identity import Eui64, parse_eui64
from hubd.utility.errands import Spawn
from hubd.utility.household import Household
from hubd.utility.metering import Metering
from hubd.utility.orders import where_of
from hubd.wan.commands import Command
from hubd.wan.messages import DeviceArgs, ReceiptBody

log = logging.getLogger(__name__)

Do = Callable[[Command], Awaitable[Eui64 | None]]
"""The work of a command; returns the device it concerned. A LinkError, or a full card,
makes it failed, with the error's words."""
Objection = Callable[[Command], str | None]
Record = Callable[[sqlite3.Connection, Command], None]
Finished = Callable[[Command, str, str | None, Eui64 | None], Awaitable[None]]
"""Commits the final receipt: outcome (done, failed), reason, device."""


class Errand:
    """A command whose work runs beside everything else and ends with a receipt."""

    def __init__(
        self,
        spawn: Spawn,
        finished: Finished,
        do: Do,
        objection: Objection = lambda command: None,
        record: Record = lambda connection, command: None,
    ) -> None:
        self._spawn = spawn
        self._finished = finished
        self._do = do
        self._objection = objection
        self._record = record

    def objection(self, command: Command) -> str | None:
        """Why it cannot be obeyed here; None: it can."""
        return self._objection(command)

    def record(self, connection: sqlite3.Connection, command: Command) -> None:
        """Beside the inbox row, what must be on disk before the work begins."""
        self._record(connection, command)

    def start(self, command: Command) -> None:
        """Begin."""
        self._spawn(self._work(command))

    def standing(self, connection: sqlite3.Connection, order: str) -> ReceiptBody | None:
        """The first receipt stands in the outbox until the head-end has it: nothing to add."""
        return None

    async def _work(self, command: Command) -> None:
        try:
            device = await self._do(command)
        except (LinkError, NoRoomError) as error:
            await self._finished(command, "failed", str(error), None)
        except StoreError:
            raise
        except Exception as bug:  # one errand's error must not end the daemon, nor come back at each start
            words = f"an error inside the hub: {where_of(bug)}"
            log.error("order %s (%s) failed: %s", command.jti, command.cmd, words)
            await self._finished(command, "failed", words, None)
        else:
            await self._finished(command, "done", None, device)


def read(spawn: Spawn, finished: Finished, household: Household, metering: Metering) -> Errand:
    """`read`: ask a meter now, or at its next wake where it sleeps; the values go up as a reading."""

    async def do(command: Command) -> Eui64:
        device = parse_eui64(command.arguments(DeviceArgs).device)
        await metering.read_in_turn(device, command.jti)
        return device

    return Errand(spawn, finished, do, lambda c: household.objection_to_meter(c.arguments(DeviceArgs).device))


def status(spawn: Spawn, finished: Finished, republish: Callable[[], None]) -> Errand:
    """`status`: publish the retained status anew."""

    async def do(command: Command) -> None:
        republish()

    return Errand(spawn, finished, do)


def remove(
    spawn: Spawn, finished: Finished, household: Household, then: Callable[[Eui64], Awaitable[None]]
) -> Errand:
    """`remove`: a device leaves the network; it stays among the removed. `then` forgets the rest of it."""

    async def do(command: Command) -> Eui64:
        device = parse_eui64(command.arguments(DeviceArgs).device)
        await household.see_out(device)
        await then(device)
        return device

    return Errand(spawn, finished, do, lambda c: household.objection_to_device(c.arguments(DeviceArgs).device))
