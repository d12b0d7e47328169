"""`hubctl head debt`: what a customer owes, and what share of each payment goes to it."""

import argparse
import sqlite3
from typing import Any

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.output import print_json
from hubd.headend import debts, meters
from hubd.headend.refused import Refused
from hubd.model.money import format_pence, parse_pence

HELP = "show a meter's debt, or set it and the percentage that each payment loses to it"
EXAMPLES = """\
  hubctl head debt --meter 000001000000000082 --set 50.00 --percent 20
  hubctl head debt --meter 000001000000000082
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter; what to change, if anything."""
    parser.add_argument("--meter", required=True, metavar="PAN|ADDRESS")
    parser.add_argument("--set", type=_checked(parse_pence), metavar="50.00", help="what is owed from now on")
    parser.add_argument(
        "--percent",
        type=_checked(debts.parse_percent_e2),
        metavar="P",
        help="0 to 99.99 of each payment, rounded down",
    )


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 shown or set, 1 no such meter."""

    def work(connection: sqlite3.Connection, _: Any, now: float) -> dict[str, Any] | Refused:
        meter = meters.find(connection, args.meter)
        if isinstance(meter, Refused):
            return meter
        if args.set is not None:
            debts.set_owed(connection, meter.pan, args.set, now)
        if args.percent is not None:
            debts.set_terms(connection, meter.pan, args.percent)
        owed, percent_e2 = debts.owed_pence(connection, meter.pan), debts.percent_e2(connection, meter.pan)
        return {"pan": meter.pan, "owed_pence": owed, "percent": percent_e2 / 100}

    debt = follow.commit(args, work)
    if debt is None:
        return Exit.REFUSED
    if args.json:
        print_json(debt)
    else:
        print(f"{debt['pan']}: {format_pence(debt['owed_pence'])} owed, {debt['percent']:g} % of each payment")
    return Exit.OK


def _checked(parse: Any) -> Any:
    def checked(text: str) -> int:
        try:
            return int(parse(text))
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return checked
