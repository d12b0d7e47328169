"""`hubctl top-up`: give a meter its code by hand, on the hub itself."""

import argparse
import sys
from typing import Any

from hubd import console
from hubd.cli.argument_types import number
from hubd.cli.daemon_socket import NO_DAEMON, add_socket, socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.devices import money
from hubd.cli.output import add_json, complain, print_json, say

HELP = "give a meter its 20-digit code by hand; works without the WAN and is reported when it is back"
EXAMPLES = """\
  hubctl top-up electricity-1 5938 6323 4721 3742 6967
  hubctl top-up electricity-1 59386323472137426967 --json
  hubctl top-up electricity-1 -        # reads the code from standard input
"""
EXITS = NO_DAEMON | {
    0: "on the meter, now or before",
    1: "rejected or refused",
    5: "not on the meter yet; the hub goes on",
}

MOST_LETTERS = 200
_TAKEN = frozenset({"accepted", "duplicate"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter and the digits, with or without spaces."""
    parser.add_argument("meter", help="alias (electricity-1) or IEEE address")
    parser.add_argument(
        "code",
        nargs="+",
        help="the 20 digits, with or without spaces; other users of this machine can see them among the processes: "
        "- reads them from standard input",
    )
    parser.add_argument(
        "--wait",
        type=number(0, 60),
        default=30.0,
        metavar="S",
        help="wait for the meter, 0 to 60 (default %(default)s)",
    )
    add_socket(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 on the meter (now or before), 1 rejected, 5 not on the meter yet (the hub keeps trying)."""
    question = {"do": "top_up", "device": args.meter, "code": _code(args.code), "wait_s": args.wait}
    receipt = console.ask(socket_of(args), question, timeout_s=args.wait + 10.0)
    if args.json:
        print_json(receipt)
    else:
        _say(receipt)
    if not receipt["final"]:
        return Exit.NO_ANSWER
    return Exit.OK if receipt["outcome"] in _TAKEN else Exit.REFUSED


def _code(words: list[str]) -> str:
    if words != ["-"]:
        return "".join(words)
    if sys.stdin.isatty():
        complain("the 20 digits, then Enter:")
    return sys.stdin.readline(MOST_LETTERS).strip()


def _say(receipt: dict[str, Any]) -> None:
    """What happened and what to do; what is not done yet, or never will be, goes to stderr."""
    if receipt["outcome"] == "refused":
        complain(f"not sent: {receipt['reason']}")
    elif not receipt["final"]:
        complain(f"{receipt['reason']} (how it stands: hubctl vend {receipt['order']})")
    else:
        say(f"{receipt['outcome']}: {receipt['reason']}")
    if receipt.get("amount_e5") is not None:
        say(f"the code says: {money(receipt['amount_e5'])}")
    if receipt.get("credit_remaining_e5") is not None:
        say(f"on the meter: {money(receipt['credit_remaining_e5'])}")
