"""`hubctl vend`: the top-ups that passed through the hub."""

import argparse
from datetime import UTC, datetime
from typing import Any

from hubd import console
from hubd.cli.argument_types import whole
from hubd.cli.daemon_socket import NO_DAEMON, add_socket, socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.devices import money
from hubd.cli.output import add_json, print_json, say

HELP = "the top-ups that passed through the hub: how each stands, and why"
EXAMPLES = """\
  hubctl vend
  hubctl vend 7f3c2a90b1d4 --json
  hubctl vend --most 100
"""
EXITS = NO_DAEMON | {0: "shown", 1: "no such top-up"}

_OFFERED = "not delivered yet; the code may be entered at the meter by hand, and counts once"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One order, or how many of the latest."""
    parser.add_argument("order", nargs="?", help="one order's id")
    parser.add_argument(
        "--most", type=whole(1, 1_000), default=20, metavar="N", help="how many of the latest (default %(default)s)"
    )
    add_socket(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Two lines each, newest first."""
    question: dict[str, Any] = {"do": "vend", "most": args.most}
    if args.order:
        question["order"] = args.order
    rows = console.ask(socket_of(args), question)
    if args.json:
        print_json(rows)
    elif not rows:
        print("no top-ups yet")
    for row in [] if args.json else rows:
        at = datetime.fromtimestamp(row["received_at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
        say(f"{at}  {row['order']}  {row['outcome']}")
        say(f"    {_details(row)}")
    return Exit.OK


def _details(row: dict[str, Any]) -> str:
    remaining, tries = row["credit_remaining_e5"], row["attempts"]
    words = [f"code ...{row['token_ends']}", f"{tries} {'try' if tries == 1 else 'tries'}"]
    if remaining is not None:
        words.append(f"{money(remaining)} on the meter")
    reason = row["reason"] or (_OFFERED if row["offered"] else "")
    return ", ".join(words) + (f": {reason}" if reason else "")
