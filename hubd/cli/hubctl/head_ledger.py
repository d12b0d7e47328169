"""`hubctl head ledger`: every posting, and the balance of each account."""

import argparse
import csv
import sys
from datetime import UTC, datetime

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_place import NO_HOME, add_meter, book_of
from hubd.cli.output import fail, print_json, say
from hubd.headend import ledger, meters
from hubd.headend.ledger import Entry
from hubd.headend.refused import Refused
from hubd.model.money import format_pence
from hubd.model.outside_text import in_a_spreadsheet

HELP = "the ledger of one meter or of all; every posting adds up to nothing"
EXAMPLES = """\
  hubctl head ledger --meter 000001000000000082
  hubctl head ledger --csv > ledger.csv

accounts: till (money taken), sold (credit sent to the meter), debt (what is owed), arrears (where a debt came from)
"""
EXITS = NO_HOME | {0: "shown", 1: "no such meter, or a posting that does not add up"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which meter, and in what form."""
    add_meter(parser, required=False)
    parser.add_argument("--csv", action="store_true", help="comma-separated, a line an entry")


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 shown, 1 no such meter, or a posting that does not add up to nothing."""
    with book_of(args) as connection:
        meter = meters.find(connection, args.meter) if args.meter else None
        if isinstance(meter, Refused):
            return fail(args, meter.words, Exit.REFUSED)
        pan = meter.pan if meter else None
        entries, balances = ledger.entries(connection, pan), ledger.balances_pence(connection, pan)
        if wrong := ledger.unbalanced(connection):
            words = f"postings that do not add up to nothing: {', '.join(wrong)}. Cure: restore the book from a copy"
            return fail(args, words, Exit.REFUSED)
    if args.json:
        print_json({"entries": entries, "balances_pence": balances})
    elif args.csv:
        _print_csv(entries)
    else:
        _print_text(entries, balances)
    return Exit.OK


def _print_csv(entries: list[Entry]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("number", "at", "pan", "posting", "account", "pence", "debt"))
    for entry in entries:
        cells = (entry.number, _moment(entry), entry.pan, entry.posting, entry.account, entry.pence, entry.debt)
        writer.writerow(map(in_a_spreadsheet, cells))


def _print_text(entries: list[Entry], balances: dict[str, int]) -> None:
    if not entries:
        print("nothing has been posted yet")
    for entry in entries:
        account = f"{entry.account} {entry.debt}".rstrip() if entry.debt != entry.account else entry.account
        say(f"{_moment(entry)}  {entry.pan}  {account:<18} {format_pence(entry.pence):>10}  {entry.posting}")
    for account, pence in balances.items():
        say(f"balance  {account:<8} {format_pence(pence):>10}")


def _moment(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.at_unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
