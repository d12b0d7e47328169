"""`hubctl head debt`: what a customer owes, and what of each payment goes to it."""

import argparse
import sqlite3
from dataclasses import asdict, replace
from typing import Any

from hubd.cli.argument_types import checked, whole
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import NO_HOME, add_meter
from hubd.cli.hubctl.head_reprint import add_by, whom
from hubd.cli.output import print_json
from hubd.headend import audit, debts, meters
from hubd.headend.audit import Deed
from hubd.headend.debts import Owed, Terms
from hubd.headend.refused import Refused
from hubd.model.money import format_pence, parse_pence

HELP = "show a meter's debts, or set one and what each payment loses to it"
EXAMPLES = """\
  hubctl head debt --meter 000001000000000082 --set 50.00 --percent 20
  hubctl head debt --meter 000001000000000082 --name meter-fitting --set 30 --percent 5 \\
      --min 1.00 --cap 3.00 --priority 1
  hubctl head debt --meter 000001000000000082

Of each payment, debt by debt in the order of priority: the larger of the percentage (rounded down) and the minimum,
but no more than the cap, than is owed, or than vending.max_debt_percent leaves for all debts together.
"""
EXITS = NO_HOME | {0: "shown or set", 1: "no such meter"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter, the debt; what to change, if anything."""
    add_meter(parser)
    parser.add_argument("--name", type=checked(debts.parse_name), default=debts.USUAL, help="default %(default)s")
    parser.add_argument("--set", type=checked(parse_pence), metavar="50.00", help="what is owed from now on")
    parser.add_argument(
        "--percent",
        type=checked(debts.parse_percent_e2),
        metavar="P",
        help="0 to 99.99 of each payment, rounded down",
    )
    parser.add_argument("--min", type=checked(parse_pence), metavar="1.00", help="at least so much of each payment")
    parser.add_argument("--cap", type=checked(_cap), metavar="5.00", help="at most so much of each payment, or none")
    parser.add_argument("--priority", type=whole(0, 9_999), metavar="N", help="1 is deducted before 2 (default 100)")
    add_by(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 shown or set, 1 no such meter."""

    def work(connection: sqlite3.Connection, _: Any, now: float) -> tuple[str, list[Owed]] | Refused:
        meter = meters.find(connection, args.meter)
        if isinstance(meter, Refused):
            return meter
        if args.set is not None:
            _set(connection, meter.pan, args, now)
        before = debts.terms_of(connection, meter.pan, args.name)
        agreed = _changed(before, args)
        if agreed != before:
            debts.agree(connection, meter.pan, agreed)
            audit.note(connection, now, Deed.DEBT_AGREED, whom(args), meter.pan, None, _terms_words(agreed))
        return meter.pan, debts.standing(connection, meter.pan)

    found: tuple[str, list[Owed]] | None = follow.commit(args, work)
    if found is None:
        return Exit.REFUSED
    pan, standing = found
    if args.json:
        fields = [asdict(one.terms) | {"owed_pence": one.owed_pence} for one in standing]
        print_json({"pan": pan, "owed_pence": sum(one.owed_pence for one in standing), "debts": fields})
    else:
        print(f"{pan}: {format_pence(sum(one.owed_pence for one in standing))} owed")
        for one in standing:
            print(f"  {format_pence(one.owed_pence):>8}  {_terms_words(one.terms)}")
    return Exit.OK


def _set(connection: sqlite3.Connection, pan: str, args: argparse.Namespace, now: float) -> None:
    before = debts.owed_pence(connection, pan, args.name)
    debts.set_owed(connection, pan, args.set, now, args.name)
    if args.set != before:
        words = f"{args.name}: {format_pence(args.set)} owed, {format_pence(before)} before"
        audit.note(connection, now, Deed.DEBT_SET, whom(args), pan, None, words)


def _changed(before: Terms, args: argparse.Namespace) -> Terms:
    given = {
        "percent_e2": args.percent,
        "minimum_pence": args.min,
        "priority": args.priority,
    }
    agreed = replace(before, **{name: value for name, value in given.items() if value is not None})
    return agreed if args.cap is None else replace(agreed, cap_pence=None if args.cap < 0 else args.cap)


def _terms_words(terms: Terms) -> str:
    words = f"{terms.debt}: priority {terms.priority}, {debts.format_percent(terms.percent_e2)} % of each payment"
    if terms.minimum_pence:
        words += f", at least {format_pence(terms.minimum_pence)}"
    return words if terms.cap_pence is None else f"{words}, at most {format_pence(terms.cap_pence)}"


def _cap(text: str) -> int:
    return -1 if text == "none" else parse_pence(text)
