"""`hubctl head backup`: a copy of the book, while others go on with it."""

import argparse
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_place import NO_HOME, book_of
from hubd.cli.output import print_json, say
from hubd.headend import copies

HELP = "copy the book as of this moment, whole, while others go on with it"
EXAMPLES = """\
  hubctl head backup /var/backups/headend-2026-11-22.sqlite

The copy holds vending keys and codes: it is of mode 0600. To go on with it: put it in the place of headend.sqlite
while nothing runs, then: hubctl head restored
"""
EXITS = NO_HOME | {0: "copied", 1: "it cannot be written"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file; nothing is replaced")


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 copied, 1 it cannot be written, 3 the path cannot be used."""
    with book_of(args) as connection:
        copies.copy(connection, args.file)
    if args.json:
        print_json({"copy": str(args.file)})
    else:
        say(f"{args.file}: the book as of now")
    return Exit.OK
