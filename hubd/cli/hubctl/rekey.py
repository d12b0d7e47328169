"""`hubctl rekey`: hub and device make another link key."""

import argparse

from hubd import console
from hubd.cli.argument_types import seconds
from hubd.cli.daemon_socket import NO_DAEMON, add_socket, socket_of
from hubd.cli.exit_codes import Exit
from hubd.cli.output import add_json, complain, print_json

HELP = "have hub and device make another link key with their certificates"
EXAMPLES = """\
  hubctl rekey electricity-1
  hubctl rekey 00:0d:6f:00:0a:90:69:e7 --wait 60 --json

The hub does this by itself where a key is lost; by hand it is for a device that shows nothing of it, as a display
that is asked nothing. The key that stands is kept until there is another.
"""
EXITS = NO_DAEMON | {0: "there is another key", 1: "refused", 5: "nothing came of it in time"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The device, and patience."""
    parser.add_argument("device", help="alias (electricity-1) or IEEE address")
    parser.add_argument("--wait", type=seconds, default=90.0, metavar="S", help="patience (default %(default)s)")
    add_socket(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 there is another key, 1 it was refused, 5 nothing came of it in time."""
    question = {"do": "rekey", "device": args.device, "wait_s": args.wait}
    answer = console.ask(socket_of(args), question, timeout_s=args.wait + 10.0)
    established = answer["outcome"] == "established"
    if args.json:
        print_json(answer)
    elif established:
        print(f"{answer['alias']}: another link key is made (suite {answer['suite']})")
    else:
        reason = answer["reason"] or "the device has not answered yet"
        complain(f"{answer['alias']}: {reason}; the key that stands is kept")
    if established:
        return Exit.OK
    return Exit.REFUSED if answer["outcome"] == "failed" else Exit.NO_ANSWER
