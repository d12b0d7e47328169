"""`hubctl head restored`: what is to be done before a restored copy of the book is sold from."""

import argparse

from hubd.cli.argument_types import whole
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import NO_HOME
from hubd.cli.hubctl.head_reprint import add_by, whom
from hubd.cli.output import print_json, say
from hubd.headend import copies

HELP = "after a copy of the book was put back: skip the identifiers that the lost days may have used"
EXAMPLES = """\
  hubctl head restored
  hubctl head restored --codes 400 --by mary

A code with an identifier that a lost one had would be refused by its meter as used, and its payment lost.
"""
EXITS = NO_HOME | {0: "skipped"}
_USUAL = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many, and who says so."""
    parser.add_argument(
        "--codes",
        type=whole(1, copies.MOST_CODES),
        default=_USUAL,
        metavar="N",
        help="at least as many as were sold to any one meter since the copy was made (default %(default)s)",
    )
    add_by(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code 0."""
    skipped = follow.commit(args, lambda c, _, now: copies.skip_identifiers(c, args.codes, whom(args), now))
    if args.json:
        print_json({"meters": skipped, "codes": args.codes})
    else:
        say(f"{skipped} meters: {args.codes} identifiers skipped for each")
        say("not in this book: requests, payments, changes of keys and corrections made since the copy")
    return Exit.OK
