"""`hubctl head reverse-advice`: may this sale be turned back? If so, it is."""

import argparse

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import NO_HOME
from hubd.cli.hubctl.head_reprint import add_by, whom
from hubd.cli.output import print_json, say
from hubd.headend import reversal
from hubd.headend.reversal import Reversal
from hubd.model.money import format_pence

HELP = "turn a sale back, where no meter can ever take its code; else say why not, and what helps"
EXAMPLES = """\
  hubctl head vend --meter 000001000000000082 --amount 10.00 --request till-7-0002 --hold
  hubctl head reverse-advice --request till-7-0002

A code cannot be called back: money is given back only for a sale that was held (never shown, never sent), or whose
key the meter has never been on and never will be. Both are proven from the book; asking again changes nothing.
"""
EXITS = NO_HOME | {0: "turned back, now or before", 1: "not to be turned back"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which sale, and who asks."""
    parser.add_argument("--request", required=True, metavar="ID", help="the request of the sale")
    add_by(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 turned back (now or before), 1 not to be turned back."""
    done: Reversal | None = follow.commit(
        args, lambda connection, _, now: reversal.reverse(connection, args.request, whom(args), now)
    )
    if done is None:
        return Exit.REFUSED
    sold = done.sold
    if args.json:
        fields = {name: getattr(sold, name) for name in ("request", "pan", "tendered_pence", "debt_pence")}
        print_json(fields | {"posting": done.posting, "repeated": done.repeated})
    else:
        again = " before" if done.repeated else ""
        say(f"{sold.request}: reversed{again}; {format_pence(sold.tendered_pence)} {sold.currency} to give back")
        for one in sold.deductions:
            say(f"  debt {one.debt}: {format_pence(one.pence)} owed again")
    return Exit.OK
