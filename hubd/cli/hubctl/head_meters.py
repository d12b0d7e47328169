"""`hubctl head meters`: the meters of the book."""

import argparse
from typing import Any

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_place import NO_HOME, book_of
from hubd.cli.output import print_json, say
from hubd.headend import debts, meters
from hubd.model.money import format_pence

HELP = "the meters this office vends to, and what is owed for each; no keys"
EXAMPLES = """\
  hubctl head meters
  hubctl head meters --json
"""
EXITS = NO_HOME | {0: "shown"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""


def run(args: argparse.Namespace) -> int:
    """Exit code 0."""
    with book_of(args) as connection:
        rows: list[dict[str, Any]] = [
            {
                "pan": meter.pan,
                "address": meter.address,
                "hub": meter.hub,
                "kind": meter.kind,
                "currency": meter.currency,
                "key": meter.key_name,
                "issuer": meter.issuer or None,
                "last_tid": meter.last_tid,
                "owed_pence": debts.owed_pence(connection, meter.pan),
                "debts": [one.terms.debt for one in debts.standing(connection, meter.pan) if one.owed_pence],
            }
            for meter in meters.every(connection)
        ]
    if args.json:
        print_json(rows)
    elif not rows:
        print("no meters yet: hubctl head meter-add")
    for row in [] if args.json else rows:
        owed = f"{format_pence(row['owed_pence'])} owed ({', '.join(row['debts'])})"
        debt = owed if row["owed_pence"] else "no debt"
        say(f"{row['pan']}  {row['address']}  {row['hub']}  {row['kind']}  {debt}")
    return Exit.OK
