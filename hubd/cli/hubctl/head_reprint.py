"""`hubctl head reprint`: the same code again, for a customer who has lost it."""

import argparse
import getpass

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import NO_HOME
from hubd.cli.hubctl.head_standing import order_fields, standing
from hubd.cli.hubctl.head_vend import print_sale, sale_fields
from hubd.cli.output import print_json, say
from hubd.headend import vending
from hubd.headend.vending import Vend

HELP = "print the code of a sale again, as it was; leaves a row in the audit"
EXAMPLES = """\
  hubctl head reprint --request till-7-0001
  hubctl head reprint --request till-7-0001 --by mary --json
"""
EXITS = NO_HOME | {0: "printed", 1: "no such sale, or not to be given out"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which sale, and who asks."""
    parser.add_argument("--request", required=True, metavar="ID", help="the request of the sale")
    add_by(parser)


def add_by(parser: argparse.ArgumentParser) -> None:
    """`--by NAME`."""
    parser.add_argument("--by", default=None, metavar="NAME", help="who does it (default: this machine's user)")


def whom(args: argparse.Namespace) -> str:
    """Who does it."""
    return args.by or getpass.getuser()


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 printed, 1 no such sale, or not to be given out."""
    sold: Vend | None = follow.commit(
        args, lambda connection, _, now: vending.reprint(connection, args.request, whom(args), now)
    )
    if sold is None:
        return Exit.REFUSED
    if args.json:
        print_json(sale_fields(sold) | order_fields(sold.order))
    else:
        print_sale(sold)
        say(f"receipt      {standing(sold.order)}")
    return Exit.OK
