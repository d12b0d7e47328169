"""`hubctl head status`: what the head-end knows of its hubs, or a hub asked anew."""

import argparse
from datetime import UTC, datetime

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.cli.hubctl.head_place import book_of
from hubd.cli.output import print_json, say
from hubd.headend import inbound
from hubd.model.roles import Role
from hubd.wan.messages import NoArgs, Status

HELP = "the last status of every hub; with --hub, ask that hub for it now (signed by the network operator)"
EXAMPLES = """\
  hubctl head status
  hubctl head status --hub hub-0001
"""
EXITS = follow.FOLLOWED | {0: "shown"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which hub to ask, if any."""
    parser.add_argument("--hub", type=follow.hub_of, metavar="ID", help="ask this hub now")
    follow.add_following(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 shown, 1 refused, 5 no answer in time."""
    if args.hub is not None:
        order = follow.command(args, Role.NETWORK_OPERATOR, args.hub, "status", NoArgs())
        if order is None:
            return Exit.REFUSED
        code = follow.exit_code(args, order)
        if code is not Exit.OK or args.wait <= 0:
            return follow.show(args, order)
    with book_of(args) as connection:
        known = [(s, at) for s, at in inbound.statuses(connection) if args.hub in (None, s.hub)]
    if args.json:
        print_json([{"status": status, "received_unix_s": at} for status, at in known])
    elif not known:
        print("no hub has said anything yet")
    for status, at in [] if args.json else known:
        say(_line(status, at))
    return Exit.OK


def _line(status: Status, at: float) -> str:
    waits = ", ".join(f"{count} {lane}" for lane, count in (status.backlog or {}).items() if count) or "nothing"
    when = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    radio = f", radio {status.radio}" if status.radio else ""
    return f"{status.hub}: {status.state}{radio}; waits to be sent: {waits}; as of {when}"
