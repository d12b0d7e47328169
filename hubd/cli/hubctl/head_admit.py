"""`hubctl head admit`: the security centre lets a device into a hub's utility HAN (R15)."""

import argparse

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import head_following as follow
from hubd.model.device import DeviceKind
from hubd.model.roles import Role
from hubd.model.token_schemes import DEFAULT, SCHEMES
from hubd.wan.messages import AdmitArgs

HELP = "let one device into a hub's network, with its install code (signed by the security centre)"
EXAMPLES = """\
  hubctl head admit --hub hub-0001 --device 00:0d:6f:00:0a:90:69:e7 --kind electricity_meter \\
      --install-code-file code.hex
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Hub, device, kind, install code."""
    parser.add_argument("--hub", required=True, type=follow.hub_of)
    parser.add_argument("--device", required=True, type=follow.address_of, help="IEEE address")
    parser.add_argument("--kind", required=True, choices=[str(kind) for kind in DeviceKind])
    parser.add_argument(
        "--token-scheme",
        choices=list(SCHEMES),
        default=DEFAULT,
        help="what codes a meter takes (default %(default)s)",
    )
    code = parser.add_mutually_exclusive_group(required=True)
    code.add_argument("--install-code", metavar="HEX", help="with its CRC; on the command line others may read it")
    code.add_argument("--install-code-file", metavar="FILE")
    parser.add_argument(
        "--window", type=int, default=240, metavar="S", help="how long it may join (default %(default)s)"
    )
    follow.add_following(parser)


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 the hub has opened its door, 1 refused, 5 no answer in time."""
    code = args.install_code or follow.secret_line(args.install_code_file)
    arguments = AdmitArgs(args.device, args.kind, code, args.window, args.token_scheme)
    order = follow.command(args, Role.SECURITY_CENTRE, args.hub, "admit", arguments)
    return Exit.REFUSED if order is None else follow.show(args, order)
