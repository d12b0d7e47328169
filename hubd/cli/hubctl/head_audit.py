"""`hubctl head audit`: who did what that the ledger does not say."""

import argparse
from datetime import UTC, datetime

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_place import NO_HOME, add_meter, book_of
from hubd.cli.output import fail, print_json, say
from hubd.headend import audit, meters
from hubd.headend.refused import Refused

HELP = "reprints, reversals (made and refused), debts agreed, keys changed: who did it, and when"
EXAMPLES = """\
  hubctl head audit
  hubctl head audit --meter 000001000000000082 --json
"""
EXITS = NO_HOME | {0: "shown", 1: "no such meter"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which meter."""
    add_meter(parser, required=False)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 shown, 1 no such meter."""
    with book_of(args) as connection:
        meter = meters.find(connection, args.meter) if args.meter else None
        if isinstance(meter, Refused):
            return fail(args, meter.words, Exit.REFUSED)
        rows = audit.rows(connection, meter.pan if meter else None)
    if args.json:
        print_json(rows)
    elif not rows:
        print("nothing yet")
    for row in [] if args.json else rows:
        at = datetime.fromtimestamp(row.at_unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
        whose = " ".join(part for part in (row.pan, row.request) if part)
        say(f"{at}  {row.by_whom:<10} {row.what:<17} {whose}  {row.detail}".rstrip())
    return Exit.OK
