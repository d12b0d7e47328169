"""`hubctl head trial`: the vend test of commissioning, from the vending office's side (R13)."""

import argparse

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import add_meter
from hubd.headend import trials
from hubd.headend.orders import Order

HELP = "issue a token of no value for a meter and send it as a trial: does a payment reach it?"
EXAMPLES = """\
  hubctl head trial --meter 000001000000000082
  hubctl head trial --meter 000001000000000082 --wait 120 --json
  hubctl head trial --meter 600727000000000009 --token 12345678901234567890

The hub reads the balance, sends the token, and reads the balance again; only where the meter accepts it and the
balance stays does the meter's commissioning end. Nothing is sold and nothing is booked.
"""
EXITS = follow.FOLLOWED | {0: "accepted by the meter (or queued, with --wait 0)", 1: "refused or rejected"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The meter."""
    add_meter(parser)
    parser.add_argument("--token", metavar="DIGITS", help="send this code as the trial, as it is")
    follow.add_following(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 accepted (or queued), 1 refused or rejected, 5 no answer in time."""
    request = follow.request_of(args)
    digits = None if args.token is None else "".join(args.token.split())
    order: Order | None = follow.commit(
        args,
        lambda c, cfg, now: (
            trials.trial(c, request, args.meter, cfg, now)
            if digits is None
            else trials.trial_with(c, request, args.meter, digits, cfg, now)
        ),
    )
    return Exit.REFUSED if order is None else follow.show(args, follow.follow(args, order))
