"""The vending role's one command: `vend`."""

import sqlite3

from hubd.model.identity import parse_eui64
from hubd.model.secret import Secret
from hubd.model.topup import Outcome
from hubd.store import top_ups
from hubd.utility.clock import HubClock
from hubd.utility.household import Household
from hubd.utility.receipts import receipt_of
from hubd.utility.vending import Vending
from hubd.wan.commands import Command
from hubd.wan.messages import ReceiptBody, VendArgs


class Vend:
    """A token for one meter of this house. A token that names any other device is not sent anywhere."""

    def __init__(self, household: Household, vending: Vending, clock: HubClock) -> None:
        self._household = household
        self._vending = vending
        self._clock = clock

    def objection(self, command: Command) -> str | None:
        """The meter must be one of this hub's."""
        return self._household.objection_to_meter(command.arguments(VendArgs).device)

    def record(self, connection: sqlite3.Connection, command: Command) -> None:
        """Into the ledger."""
        args = command.arguments(VendArgs)
        device, at = parse_eui64(args.device), self._clock.stamp()
        self._vending.record(connection, command.jti, device, Secret(args.token), "wan", at)

    def start(self, command: Command) -> None:
        """Into the meter's queue."""
        args = command.arguments(VendArgs)
        self._vending.start(command.jti, parse_eui64(args.device), Secret(args.token))

    def standing(self, connection: sqlite3.Connection, order: str) -> ReceiptBody | None:
        """The final receipt again; nothing while the token is under way."""
        row = top_ups.find(connection, order)
        if row is None or row.outcome is None:
            return None
        return receipt_of(order, row.device, Outcome(row.outcome), row.reason or "", row.attempts, row.answer())
