"""Trial tokens of the vending office: held back until the balance has been read, then sent as any other (R13)."""

import sqlite3

from hubd.model.identity import Eui64, parse_eui64
from hubd.model.secret import Secret
from hubd.store import commissioning
from hubd.utility.code_checks import objection_to_code
from hubd.utility.commands_vending import Vend
from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning.trial import Phase
from hubd.utility.commissioning.visits import Visits
from hubd.utility.household import Household
from hubd.wan.commands import Command
from hubd.wan.messages import ReceiptBody, VendArgs


class VendOrTrial:
    """A `CommandHandler` for `vend`: what is marked as a trial goes by the vend test, all else straight on."""

    def __init__(self, vend: Vend, household: Household, visits: Visits) -> None:
        self._vend = vend
        self._household = household
        self._visits = visits
        self._held_back: set[str] = set()

    def objection(self, command: Command) -> str | None:
        """As to any token; and a meter has one test at a time, in a visit or after it."""
        objection = self._vend.objection(command)
        args = command.arguments(VendArgs)
        return objection if objection is not None or not args.trial else self._objection_to_trial(_device(args))

    def _objection_to_trial(self, device: Eui64) -> str | None:
        guest = self._visits.guest(device)
        if guest is None:
            return "not_invited: no visit has named this meter; let the security centre admit it"
        trial = guest.way.trial
        if not guest.way.done and (trial.phase is not Phase.WAITING or trial.order is not None):
            return "trial_under_way: this meter has a trial token already; wait for its end"
        return None

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
