"""`hubctl head remove`: the security centre takes a device out of a hub's utility HAN."""

import argparse

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.model.roles import Role
from hubd.wan.messages import DeviceArgs

HELP = "take one device out of a hub's network (signed by the security centre)"
EXAMPLES = """\
  hubctl head remove --hub hub-0001 --device 00:0d:6f:00:0a:90:69:e7
"""
EXITS = follow.FOLLOWED | {0: "removed (or queued, with --wait 0)"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Hub and device."""
    parser.add_argument("--hub", required=True, type=follow.hub_of, metavar="ID", help="the hub")
    parser.add_argument("--device", required=True, type=follow.address_of, help="IEEE address")
    follow.add_following(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 removed, 1 refused, 5 no answer in time."""
    order = follow.command(args, Role.SECURITY_CENTRE, args.hub, "remove", DeviceArgs(device=args.device))
    return Exit.REFUSED if order is None else follow.show(args, order)
