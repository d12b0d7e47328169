"""`hubctl head read`: have a hub read a meter now."""

import argparse
import time
from typing import Any

import msgspec

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import add_meter, book_of
from hubd.cli.hubctl.head_standing import order_fields
from hubd.cli.output import fail, print_json
from hubd.headend import inbound, meters
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.model.roles import Role
from hubd.wan.messages import DeviceArgs, ReadingBody

HELP = "have a hub read a meter now, and show what it says (signed by management)"
EXAMPLES = """\
  hubctl head read --meter 000001000000000082
"""
EXITS = follow.FOLLOWED | {0: "read (or queued, with --wait 0)", 1: "refused or failed"}

_READING_FOLLOWS_S = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter."""
    add_meter(parser)
    follow.add_following(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 read, 1 refused or failed, 5 no answer in time."""
    with book_of(args) as connection:
        meter = meters.find(connection, args.meter)
    if isinstance(meter, Refused):
        return fail(args, meter.words, Exit.REFUSED)
    order = follow.command(args, Role.MANAGEMENT, meter.hub, "read", DeviceArgs(device=meter.address))
    if order is None:
        return Exit.REFUSED
    reading = _reading(args, order) if order.final and order.outcome == "done" else None
    if args.json:
        print_json(order_fields(order) | {"reading": reading})
        return follow.exit_code(args, order)
    if reading is None:
        return follow.show(args, order)
    for name, value in _fields(reading).items():
        print(f"{name:<22}{value}")
    return Exit.OK


def _reading(args: argparse.Namespace, order: Order) -> ReadingBody | None:
    """Readings travel behind receipts: wait a moment for the one that belongs to this order."""
    give_up_s = time.monotonic() + _READING_FOLLOWS_S
    with book_of(args) as connection:
        while True:
            reading = inbound.last_reading(connection, order.device or "", order.created_unix_s)
            if reading is not None or time.monotonic() > give_up_s:
                return reading
            time.sleep(0.02)


def _fields(reading: ReadingBody) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(reading)
    measured = fields.pop("measured_at")
    return {**fields, "measured_at_unix_s": measured["unix_s"], "time_trust": measured["trust"]}
