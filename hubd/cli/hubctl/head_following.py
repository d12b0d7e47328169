"""How the verbs of `hubctl head` follow an order: queue it, wait for the receipt, say how it ended."""

import argparse
import asyncio
import sqlite3
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from hubd.cli.argument_types import checked, seconds
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_place import NO_HOME, home_of
from hubd.cli.hubctl.head_standing import order_fields, standing
from hubd.cli.output import fail, print_json, say
from hubd.configuration import read_text, why_unread
from hubd.errors import ConfigurationError
from hubd.headend import book, following, orders, request_id
from hubd.headend.home import HeadEndConfig
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.model.identity import HubId, parse_eui64, parse_hub_id
from hubd.model.roles import Role

DEFAULT_WAIT_S = 30.0
FOLLOWED = NO_HOME | {
    int(Exit.REFUSED): "refused",
    int(Exit.UNREACHABLE): "not sent: no broker",
    int(Exit.NO_ANSWER): "no answer in time",
}
"""Among the exit codes of every verb that follows an order."""

_DONE = frozenset({"accepted", "duplicate", "done"})
_UNKNOWN = frozenset({"no_answer", "unreachable"})


def add_following(parser: argparse.ArgumentParser) -> None:
    """`--wait` and `--request`."""
    parser.add_argument(
        "--wait",
        nargs="?",
        type=seconds,
        const=DEFAULT_WAIT_S,
        default=DEFAULT_WAIT_S,
        metavar="S",
        help="wait so long for the receipt (default: %(default)g s; 0: only queue it)",
    )
    parser.add_argument(
        "--request",
        type=_request_id,
        metavar="ID",
        help="your own id of this request: asked again with it, nothing happens twice",
    )


def request_of(args: argparse.Namespace) -> str:
    """The request's id; a new one where none was given."""
    return uuid.uuid4().hex if args.request is None else str(args.request)


def command(args: argparse.Namespace, role: Role, hub: HubId, cmd: str, arguments: msgspec.Struct) -> Order | None:
    """Queue a command and wait for its receipt as asked. None where it was refused, which has been said then."""
    request = request_of(args)

    def work(connection: sqlite3.Connection, config: HeadEndConfig, now: float) -> Order | Refused:
        body = orders.body_hash(cmd, hub, msgspec.to_builtins(arguments))
        before = orders.repeated(connection, request, body)
        lifetime_s = config.orders.command_lifetime_s
        return before or orders.queue(connection, request, body, role, hub, cmd, arguments, now, lifetime_s)

    queued = commit(args, work)
    return None if queued is None else follow(args, queued)


def commit(
    args: argparse.Namespace, work: Callable[[sqlite3.Connection, HeadEndConfig, float], Any | Refused]
) -> Any | None:
    """Run the work in one transaction of the book. A refusal is said, and gives None."""
    home, config = home_of(args)
    connection = book.open_book(home)
    try:
        with book.transaction(connection):
            result = work(connection, config, time.time())
    finally:
        connection.close()
    if isinstance(result, Refused):
        fail(args, result.words, Exit.REFUSED)
        return None
    return result


def follow(args: argparse.Namespace, order: Order) -> Order:
    """Wait for the order's receipt as long as asked."""
    if args.wait <= 0 or order.final or order.overdue(time.time()):
        return order
    home, config = home_of(args)
    return asyncio.run(following.answer(home, config, order.request, args.wait))


def exit_code(args: argparse.Namespace, order: Order) -> Exit:
    """What a script may rely on: 0 done (or only queued, as asked), 1 answered with no, 4 not even sent, 5 not
    answered.
    """
    if order.final:
        if order.outcome in _DONE:
            return Exit.OK
        return Exit.NO_ANSWER if order.outcome in _UNKNOWN else Exit.REFUSED
    if order.turned_down:
        return Exit.REFUSED
    if order.overdue(time.time()):
        return Exit.NO_ANSWER
    if args.wait <= 0:
        return Exit.OK
    return Exit.NO_ANSWER if order.sendings else Exit.UNREACHABLE


def show(args: argparse.Namespace, order: Order) -> int:
    """Print the order as it stands, and return the exit code."""
    if args.json:
        print_json(order_fields(order))
    else:
        say(f"{order.cmd} to {order.hub}: {standing(order)}")
    return exit_code(args, order)


def _request_id(text: str) -> str:
    if (fault := request_id.fault_of(text)) is not None:
        raise argparse.ArgumentTypeError(fault)
    return text


hub_of = checked(parse_hub_id)
"""A hub's name from the command line."""

address_of = checked(parse_eui64)
"""A device's IEEE address from the command line."""


def secret_line(path: str) -> str:
    """The one line of a file that holds a secret. Raises ConfigurationError."""
    try:
        return read_text(Path(path)).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {why_unread(error)}") from None
