"""`hubctl head outages`: who is without supply, since when, and where the cause may lie."""

import argparse
import sqlite3
import sys
import time

from hubd.cli.argument_types import number
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_outages_view import json_of, tree_of
from hubd.cli.hubctl.head_place import NO_HOME, book_of, home_of
from hubd.cli.output import print_json
from hubd.headend.outages.evidence import Rules
from hubd.headend.outages.picture import Picture
from hubd.headend.outages.showing import look

HELP = "the outages as a tree: incidents, what is nested in them, and who is still off"
EXAMPLES = """\
  hubctl head outages
  hubctl head outages --watch          live, until Ctrl-C
  hubctl head outages --ended 24       with those that ended within 24 hours
  hubctl head outages --all            with the name of every hub that is off
  hubctl head outages --json
"""
EXITS = NO_HOME | {0: "nobody is off", 1: "somebody is"}

LOOK_S = 1.0
FILE_WIDTH = 200
"""Lines are not broken for a pipe or a file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Live or once; how much of it."""
    parser.add_argument(
        "--watch", action="store_true", help="look again every second; with --json, a line for each change"
    )
    parser.add_argument(
        "--ended",
        type=number(0, 100_000),
        default=0.0,
        metavar="H",
        help="show those too that ended so many hours ago",
    )
    parser.add_argument("--all", action="store_true", help="name every hub that is off, however many")


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 nobody is off, 1 somebody is."""
    _, config = home_of(args)
    with book_of(args) as connection:
        if args.watch:
            return _watch(args, connection, config.outages)
        picture = look(connection, time.time(), config.outages, args.ended * 3_600)
    if args.json:
        print_json(json_of(picture))
    else:
        from rich.console import Console

        width = None if sys.stdout.isatty() else FILE_WIDTH
        Console(highlight=False, width=width).print(tree_of(picture, everyone=args.all))
    return _exit_code(picture)


def _watch(args: argparse.Namespace, connection: sqlite3.Connection, rules: Rules) -> int:
    """Ends with Ctrl-C."""
    from rich.console import Console
    from rich.live import Live

    if args.json:
        return _watch_json(args, connection, rules)
    with Live(console=Console(highlight=False), auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            picture = look(connection, time.time(), rules, args.ended * 3_600)
            live.update(tree_of(picture, everyone=args.all), refresh=True)
            time.sleep(LOOK_S)


def _watch_json(args: argparse.Namespace, connection: sqlite3.Connection, rules: Rules) -> int:
    last = None
    while True:
        said = json_of(look(connection, time.time(), rules, args.ended * 3_600))
        same = {key: value for key, value in said.items() if key not in ("at_unix_s", "longest_s")}
        if same != last:
            last = same
            print_json(said)
        time.sleep(LOOK_S)


def _exit_code(picture: Picture) -> Exit:
    standing = any(not shown.incident.over for shown in picture.incidents)
    return Exit.REFUSED if standing or picture.forming or picture.customers_off else Exit.OK
