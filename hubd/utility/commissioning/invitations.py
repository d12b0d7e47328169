"""The security centre's `admit`: the list of who may come in, and the beginning of their way (R3, R14, R15)."""

import sqlite3
from dataclasses import replace
from typing import Final

import msgspec

from hubd.model.device import Device, DeviceKind
from hubd.model.identity import parse_eui64
from hubd.model.secret import Secret
from hubd.store import commissioning, inbox, visits
from hubd.utility.clock import HubClock
from hubd.utility.commissioning import admissions, machine, saved
from hubd.utility.commissioning import events as ev
from hubd.utility.commissioning.guest import Guest
from hubd.utility.commissioning.trial import Trial
from hubd.utility.commissioning.visits import Visits
from hubd.utility.commissioning.way import Way
from hubd.utility.household import Household
from hubd.wan.commands import Command
from hubd.wan.messages import AdmitArgs, AdmitDevice, ReceiptBody

_NO_CODE: Final = ""


class Admit:
    """A `CommandHandler`. The order is answered when all its devices have joined, or the window is over."""

    def __init__(self, household: Household, visits_: Visits, clock: HubClock) -> None:
        self._household = household
        self._visits = visits_
        self._clock = clock
        self._recorded: dict[str, list[tuple[Device, Guest]]] = {}

    def objection(self, command: Command) -> str | None:
        """The first thing that is wrong with any of its devices."""
        args = command.arguments(AdmitArgs)
        objections = (
            self._household.objection_to_newcomer(e.device, e.kind, e.install_code, args.window_s, e.token_scheme)
            for e in args.devices
        )
        return next((words for words in objections if words is not None), None)

    def record(self, connection: sqlite3.Connection, command: Command) -> None:
        """Register, visit, and each device at the beginning of its way. The install codes move out of the inbox."""
        args, at = command.arguments(AdmitArgs), self._clock.stamp()
        visit = args.visit or command.jti
        known = visits.find(connection, visit)
        if known is not None and known.closed_at is not None:
            visit = command.jti  # that visit is over: what comes later is a visit of its own
        visits.open_visit(connection, visit, at)
        rows = [commissioning.find(connection, parse_eui64(each.device)) for each in args.devices]
        self._recorded[command.jti] = [
            (
                self._household.record(connection, parse_eui64(e.device), DeviceKind(e.kind), e.token_scheme),
                self._invite(connection, command.jti, visit, e, args.window_s),
            )
            for e in args.devices
        ]
        replaced = {row.admit_order for row in rows if row is not None and row.admit_order is not None}
        admissions.let_go(connection, replaced, f"replaced by order {command.jti}", at)
        visits.drop_empty(connection)
        bare = msgspec.structs.replace(
            args, devices=[msgspec.structs.replace(each, install_code=_NO_CODE) for each in args.devices]
        )
        inbox.replace_args(connection, command.jti, msgspec.json.encode(bare))

    def _invite(
        self,
        connection: sqlite3.Connection,
        order: str,
        visit: str,
        each: AdmitDevice,
        window_s: int,
    ) -> Guest:
        device = parse_eui64(each.device)
        row = commissioning.find(connection, device)
        before = (row and saved.decode_if_readable(row.state)) or Way(DeviceKind(each.kind))
        way, _ = machine.step(before, ev.Invited(float(window_s)), 0.0)
        if row is not None and row.trial_token is not None:
            way = replace(way, trial=Trial(order=row.trial_order))
        until_unix_s, until_s = self._clock.stamp().unix_s + window_s, self._clock.monotonic_s() + window_s
        window = commissioning.Window(until_unix_s, self._clock.boot(), until_s)
        commissioning.invite(
            connection,
            device,
            visit=visit,
            supplier=each.supplier,
            install_code=Secret(each.install_code),
            window=window,
            admit_order=order,
            state=saved.encode(way),
        )
        return Guest(device, visit, each.supplier, order, window, way)

    def start(self, command: Command) -> None:
        """Open the door to them."""
        window_s = float(command.arguments(AdmitArgs).window_s)
        for device, guest in self._recorded.pop(command.jti, []):
            self._household.now_knows(device)
            self._visits.begin(guest, window_s)

    def standing(self, connection: sqlite3.Connection, order: str) -> ReceiptBody | None:
        """The first receipt stands in the outbox until the head-end has it: nothing to add."""
        return None
