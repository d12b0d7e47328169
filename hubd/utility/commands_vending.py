"""The vending role's one command: `vend`."""

import sqlite3

from hubd.model.device import Device
from hubd.model.identity import parse_eui64
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp
from hubd.model.token_schemes import fault_of
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome
from hubd.store import inbox, top_ups
from hubd.utility.clock import HubClock
from hubd.utility.code_checks import objection_to_code
from hubd.utility.events import EventName
from hubd.utility.household import Household
from hubd.utility.outgoing import put_event, put_receipt
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
        self._not_sent: dict[str, TopUpCase] = {}

    def objection(self, command: Command) -> str | None:
        """The meter must be one of this hub's, and the code of a kind that it takes."""
        args = command.arguments(VendArgs)
        if self._household.objection_to_device(args.device) is not None:
            return f"unknown_device: {WORDS[TopUpCase.UNKNOWN_METER].both} ({args.device})"
        if (objection := self._household.objection_to_meter(args.device)) is not None:
            return objection
        scheme = self._household.token_scheme(parse_eui64(args.device))
        fault = next(filter(None, (fault_of(code, scheme) for code in (args.token, *args.before))), None)
        return None if fault is None else f"{fault}: {WORDS[fault].both}"

    def record(self, connection: sqlite3.Connection, command: Command) -> None:
        """Into the ledger; a code that is known to be another meter's ends there, unsent."""
        args = command.arguments(VendArgs)
        device, code, at = self._device(args), Secret(args.token), self._clock.stamp()
        case = objection_to_code(connection, device, code)
        self._vending.record(connection, command.jti, device.address, code, "wan", at, _sections(args))
        if case is not None:
            self._refuse(connection, command.jti, device, case, at)
        elif not self._household.is_on_network(device.address):
            words = WORDS[TopUpCase.METER_LEFT].both
            put_receipt(
                connection,
                at,
                receipt_of(command.jti, device.address, Outcome.DEFERRED, words, 0, None, case=TopUpCase.METER_LEFT),
            )

    def _refuse(self, connection: sqlite3.Connection, order: str, device: Device, case: TopUpCase, at: Stamp) -> None:
        words = WORDS[case].both
        top_ups.finish(connection, order, Outcome.REFUSED, words, None, at)
        inbox.finish(connection, order)
        put_event(
            connection, at, EventName.COMMAND_REFUSED, device=device.address, order=order, reason=f"{case}: {words}"
        )
        put_receipt(connection, at, receipt_of(order, device.address, Outcome.REFUSED, words, 0, None, case=case))
        self._not_sent[order] = case

    def start(self, command: Command) -> None:
        """Into the meter's queue."""
        args = command.arguments(VendArgs)
        device, at = parse_eui64(args.device), self._clock.stamp()
        if (case := self._not_sent.pop(command.jti, None)) is not None:
            return self._vending.tell_customer(device, case, at)
        self._vending.start(command.jti, device, Secret(args.token), _sections(args))
        joined = self._household.is_on_network(device)
        return self._vending.tell_customer(device, TopUpCase.UNDER_WAY if joined else TopUpCase.METER_LEFT, at)

    def standing(self, connection: sqlite3.Connection, order: str) -> ReceiptBody | None:
        """The final receipt again, or why the meter wants the token later; nothing while it is on its way."""
        row = top_ups.find(connection, order)
        if row is None:
            return None
        if row.outcome is not None:
            return receipt_of(order, row.device, row.outcome, row.reason or "", row.attempts, row.answer())
        if row.case is TopUpCase.UNDER_WAY:
            return None
        return receipt_of(
            order, row.device, Outcome.DEFERRED, WORDS[row.case].both, row.attempts, None, case=row.case
        )

    def _device(self, args: VendArgs) -> Device:
        device = self._household.find(args.device)
        assert device is not None, "objection() has seen that it is one of ours"
        return device


def _sections(args: VendArgs) -> tuple[Secret[str], ...]:
    return tuple(map(Secret, args.before))
