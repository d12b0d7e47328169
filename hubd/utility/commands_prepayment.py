"""The management role's `prepayment`: one setting of one meter, sent, read back, and reported as the meter says it.

A meter is put into prepayment only after it has passed the vend test (R34): else its first top-up might be the one
that shows that no token reaches it. There is no command to switch a supply on: after credit the meter is armed, and
switching on is the consumer's act (R37).
"""

import logging
import sqlite3
from collections.abc import Mapping

from hubd.errors import LinkError, StoreError
from hubd.model.identity import Eui64, parse_eui64
from hubd.model.prepayment_settings import PaymentMode, SetPaymentMode
from hubd.store import commissioning, inbox, issuer_events
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.errands import Spawn
from hubd.utility.household import Household
from hubd.utility.mailbox import LetterKind
from hubd.utility.notify import Notify
from hubd.utility.orders import where_of
from hubd.utility.outgoing import put_receipt
from hubd.utility.turns import Turns
from hubd.wan.commands import Command
from hubd.wan.messages import PrepaymentArgs, ReceiptBody
from hubd.wan.prepayment_args import setting_of
from hubd.zigbee.se import prepayment_settings
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

log = logging.getLogger(__name__)


class SetPrepayment:
    """May be begun again after a crash: a meter that is set twice is set once."""

    def __init__(
        self,
        spawn: Spawn,
        journal: Journal,
        clock: HubClock,
        notify: Notify,
        network: SmartEnergyNetwork,
        household: Household,
        turns: Turns,
    ) -> None:
        self._spawn = spawn
        self._journal = journal
        self._clock = clock
        self._notify = notify
        self._network = network
        self._household = household
        self._turns = turns

    def objection(self, command: Command) -> str | None:
        """The meter must be one of this hub's."""
        return self._household.objection_to_meter(command.arguments(PrepaymentArgs).device)

    def objection_in(self, connection: sqlite3.Connection, command: Command) -> str | None:
        """Prepayment only after the vend test."""
        args = command.arguments(PrepaymentArgs)
        setting, device = setting_of(args), parse_eui64(args.device)
        to_prepayment = isinstance(setting, SetPaymentMode) and setting.mode is PaymentMode.PREPAYMENT
        if not to_prepayment or commissioning.vend_test_passed(connection, device):
            return None
        return f"vend_test_not_passed: {device} has not accepted a trial token yet; commission it first"

    def record(self, connection: sqlite3.Connection, command: Command) -> None:
        """Nothing beside the inbox row."""

    def start(self, command: Command) -> None:
        """Begin."""
        self._spawn(self._work(command))

    def standing(self, connection: sqlite3.Connection, order: str) -> ReceiptBody | None:
        """The first receipt stands in the outbox until the head-end has it: nothing to add."""
        return None

    async def _work(self, command: Command) -> None:
        args = command.arguments(PrepaymentArgs)
        device = parse_eui64(args.device)
        try:
            said = await self._turns.deliver(device, LetterKind.COMMAND, command.jti, lambda: self._set(device, args))
        except LinkError as error:
            await self._finish(command, device, "failed", str(error), None)
        except StoreError:
            raise
        except Exception as bug:  # one command's error must not end the daemon, nor come back at each start
            await self._finish(command, device, "failed", f"an error inside the hub: {where_of(bug)}", None)
        else:
            differs = said != prepayment_settings.expected(setting_of(args))
            words = "the meter took the command, and yet says otherwise: see what it says" if differs else None
            await self._finish(command, device, "failed" if differs else "done", words, said)

    async def _set(self, device: Eui64, args: PrepaymentArgs) -> dict[str, int | str]:
        now_s = self._clock.stamp().unix_s
        event = await self._journal.commit(lambda c: issuer_events.next_id(c, now_s))
        return await self._network.set_prepayment(device, setting_of(args), event)

    async def _finish(
        self,
        command: Command,
        device: Eui64,
        outcome: str,
        reason: str | None,
        said: Mapping[str, int | str] | None,
    ) -> None:
        receipt = ReceiptBody(
            order=command.jti,
            command=command.cmd,
            outcome=outcome,
            final=True,
            device=device,
            reason=reason,
            read_back=None if said is None else dict(said),
            role=command.role,
        )
        at = self._clock.stamp()

        def work(connection: sqlite3.Connection) -> None:
            inbox.finish(connection, command.jti)
            put_receipt(connection, at, receipt)

        await self._journal.commit(work)
        self._notify()
