"""`hubctl head orders`: how each order stands."""

import argparse
from datetime import UTC, datetime

from hubd.cli.argument_types import whole
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_place import NO_HOME, book_of
from hubd.cli.hubctl.head_standing import order_fields, standing
from hubd.cli.output import print_json, say
from hubd.headend import orders

HELP = "the orders given to hubs, newest first, and how each stands"
EXAMPLES = """\
  hubctl head orders
  hubctl head orders --most 5 --json
"""
EXITS = NO_HOME | {0: "shown"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many."""
    parser.add_argument(
        "--most", type=whole(1, 1_000_000), default=20, metavar="N", help="the newest N (default %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 0."""
    with book_of(args) as connection:
        found = orders.recent(connection, args.most)
    if args.json:
        print_json([order_fields(order) for order in found])
    elif not found:
        print("no orders yet")
    for order in [] if args.json else found:
        at = datetime.fromtimestamp(order.created_unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
        say(f"{at}  {order.cmd:<7}{order.hub}  {order.device or '-':<23}  {order.request}  {standing(order)}")
    return Exit.OK
