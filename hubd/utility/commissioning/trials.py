"""Trial tokens of the vending office: held back until the balance has been read, then sent as any other (R13)."""

import sqlite3
from typing import Final

from hubd.model.identity import Eui64, parse_eui64
from hubd.model.secret import Secret
from hubd.store import commissioning
from hubd.utility.code_checks import objection_to_code
from hubd.utility.commands_vending import Vend
from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning import saved
from hubd.utility.commissioning.trial import Phase
from hubd.utility.commissioning.visits import Visits
from hubd.utility.household import Household
from hubd.wan.commands import Command
from hubd.wan.messages import ReceiptBody, VendArgs

NOT_INVITED: Final = "not_invited: no visit has named this meter; let the security centre admit it"
UNDER_WAY: Final = "trial_under_way: this meter has a trial token already; wait for its end"


class VendOrTrial:
    """A `CommandHandler` for `vend`: what is marked as a trial goes by the vend test, all else straight on."""

    def __init__(self, vend: Vend, household: Household, visits: Visits) -> None:
        self._vend = vend
        self._household = household
        self._visits = visits
        self._held_back: set[str] = set()

    def objection(self, command: Command) -> str | None:
        """As to any token; and a trial is for a meter that a visit has named."""
        objection = self._vend.objection(command)
        args = command.arguments(VendArgs)
        if objection is not None or not args.trial:
            return objection
        return NOT_INVITED if self._visits.guest(_device(args)) is None else None

    def objection_in(self, connection: sqlite3.Connection, command: Command) -> str | None:
        """A meter has one test at a time, in a visit or after it. The journal knows; a device's way in memory learns
        of a token only after the transaction that took it, and the next may be here by then.
        """
        args = command.arguments(VendArgs)
        if not args.trial:
            return None
        row = commissioning.find(connection, _device(args))
        way = None if row is None else saved.decode_if_readable(row.state)
        if row is None or way is None:
            return NOT_INVITED
        tested = not way.done and (way.trial.phase is not Phase.WAITING or way.trial.order is not None)
        return UNDER_WAY if tested or row.trial_token is not None else None

    def record(self, connection: sqlite3.Connection, command: Command) -> None:
        """A trial token waits beside the device's way; one that is known to be another meter's ends here."""
        args = command.arguments(VendArgs)
        code = Secret(args.token)
        meter = self._household.find(args.device)
        if not args.trial or meter is None or objection_to_code(connection, meter, code) is not None:
            return self._vend.record(connection, command)
        self._held_back.add(command.jti)
        return commissioning.trial_ordered(connection, meter.address, command.jti, code)

    def start(self, command: Command) -> None:
        """Into the vend test, or into the meter's queue."""
        if command.jti not in self._held_back:
            return self._vend.start(command)
        self._held_back.discard(command.jti)
        return self._visits.happened(_device(command.arguments(VendArgs)), ev.TrialCame(command.jti))

    def standing(self, connection: sqlite3.Connection, order: str) -> ReceiptBody | None:
        """As for any token."""
        return self._vend.standing(connection, order)


def _device(args: VendArgs) -> Eui64:
    return parse_eui64(args.device)
