"""Commands that end with done or failed: `read` (management), `status` (network operator), `admit` and `remove`
(security centre). Each may be begun again after a crash: doing it twice has the effect of once.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable

from hubd.errors import LinkError, StoreError
from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64, parse_eui64
from hubd.model.secret import Secret
from hubd.utility.household import Household
from hubd.utility.metering import Metering
from hubd.utility.orders import where_of
from hubd.wan.commands import Command
from hubd.wan.messages import AdmitArgs, DeviceArgs, ReceiptBody

log = logging.getLogger(__name__)

Do = Callable[[Command], Awaitable[Eui64 | None]]
"""The work of a command; returns the device it concerned. A LinkError makes it failed, with the error's words."""
Objection = Callable[[Command], str | None]
Record = Callable[[sqlite3.Connection, Command], None]
Finished = Callable[[Command, str, str | None, Eui64 | None], Awaitable[None]]
"""Commits the final receipt: outcome (done, failed), reason, device."""
Spawn = Callable[[Awaitable[None]], None]
"""Runs a piece of work under the daemon's TaskGroup."""


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
        except LinkError as error:
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
    """`read`: ask a meter now; the values go up as a reading."""

    async def do(command: Command) -> Eui64:
        device = parse_eui64(command.arguments(DeviceArgs).device)
        await metering.read(device)
        return device

    return Errand(spawn, finished, do, lambda c: household.objection_to_meter(c.arguments(DeviceArgs).device))


def status(spawn: Spawn, finished: Finished, republish: Callable[[], None]) -> Errand:
    """`status`: publish the retained status anew."""

    async def do(command: Command) -> None:
        republish()

    return Errand(spawn, finished, do)


def admit(spawn: Spawn, finished: Finished, household: Household) -> Errand:
    """`admit`: let devices in, with their install codes, within a window. They are known from the commit on."""

    async def do(command: Command) -> Eui64 | None:
        args = command.arguments(AdmitArgs)
        async with asyncio.TaskGroup() as group:
            waits = [
                group.create_task(_let_in(household, parse_eui64(each.device), each.install_code, args.window_s))
                for each in args.devices
            ]
        if failed := [words for wait in waits if (words := wait.result()) is not None]:
            raise LinkError("; ".join(failed))
        return None if args.device is None else parse_eui64(args.device)

    def objection(command: Command) -> str | None:
        args = command.arguments(AdmitArgs)
        objections = (
            household.objection_to_newcomer(e.device, e.kind, e.install_code, args.window_s, e.token_scheme)
            for e in args.devices
        )
        return next((words for words in objections if words is not None), None)

    def record(connection: sqlite3.Connection, command: Command) -> None:
        for each in command.arguments(AdmitArgs).devices:
            household.record(connection, parse_eui64(each.device), DeviceKind(each.kind), each.token_scheme)

    return Errand(spawn, finished, do, objection, record)


async def _let_in(household: Household, device: Eui64, code: str, window_s: int) -> str | None:
    """Why it did not come; None: it did."""
    try:
        await household.let_in(device, Secret(code), window_s)
    except LinkError as error:
        return str(error)
    return None


def remove(spawn: Spawn, finished: Finished, household: Household) -> Errand:
    """`remove`: a device leaves the network; the journal keeps it among the removed."""

    async def do(command: Command) -> Eui64:
        device = parse_eui64(command.arguments(DeviceArgs).device)
        await household.see_out(device)
        return device

    return Errand(spawn, finished, do, lambda c: household.objection_to_device(c.arguments(DeviceArgs).device))
