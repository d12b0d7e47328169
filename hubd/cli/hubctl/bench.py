"""`hubctl bench`: measure the hub in a virtual house, and make faults in a running one."""

import argparse
from pathlib import Path

from hubd import console
from hubd.cli.argument_types import some_seconds
from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import page
from hubd.cli.hubctl import bench_figures, bench_grid
from hubd.cli.hubctl.bench_grid import NO_HOUSE
from hubd.cli.output import add_json, print_json

HELP = "measure the hub in a virtual house; make faults in a running one"
EXAMPLES = """\
  hubctl bench measure
  hubctl bench joins --devices 12
  hubctl bench fault freeze --for 20
  hubctl bench keys --json
  hubctl bench grid trip lock-out
"""
_FAULT = """\
  hubctl bench fault reset                   the radio starts anew
  hubctl bench fault freeze --for 20         it says nothing for 20 s
  hubctl bench fault confirm_lost --for 60   it does not say that it has sent
  hubctl bench fault duplicate --radio consumer
"""
_KEYS = """\
  hubctl bench keys
  hubctl bench keys --radio consumer --json
"""
FAULTS = ("reset", "freeze", "port_loss", "confirm_lost", "confirm_failed", "duplicate", "unsecured")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs below."""
    below = parser.add_subparsers(metavar="WHAT", required=True)
    bench_figures.add(below)
    about = "make a fault in the radio of a running house"
    fault = below.add_parser("fault", **page(about, _FAULT, NO_HOUSE | {0: "made", 1: "refused"}))
    fault.add_argument("kind", choices=FAULTS, metavar="KIND", help=", ".join(FAULTS))
    fault.add_argument(
        "--for", dest="for_s", type=some_seconds, default=5.0, metavar="S", help="how long (default %(default)s)"
    )
    _add_radio(fault)
    fault.set_defaults(run=_fault)
    bench_grid.add(below)
    about = "the keys of a virtual network, for Wireshark: bench keys, that protect nothing"
    keys = below.add_parser("keys", **page(about, _KEYS, NO_HOUSE | {0: "shown"}))
    _add_radio(keys)
    keys.set_defaults(run=_keys)


def _add_radio(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--house", type=Path, default=Path(".bench"), help="the house's folder (default %(default)s)")
    parser.add_argument(
        "--radio", choices=("utility", "consumer"), default="utility", help="whose (default %(default)s)"
    )
    add_json(parser)


def _fault(args: argparse.Namespace) -> int:
    answer = console.ask(_socket(args), {"do": "fault", "kind": args.kind, "for_s": args.for_s})
    if args.json:
        print_json(answer)
    else:
        print(f"{args.radio} radio: {args.kind}; watch the house's view, or hubctl status")
    return Exit.OK


def _keys(args: argparse.Namespace) -> int:
    keys = console.ask(_socket(args), {"do": "keys"})
    if args.json:
        print_json(keys)
        return Exit.OK
    print(f"network key   {keys['network_key']['key']}  (number {keys['network_key']['sequence']})")
    for device in keys["devices"]:
        name = "" if device["name"] == device["ieee"] else f"  {device['name']}"
        print(f"{device['ieee']}  link key {device['link_key'] or '-'}{name}")
    return Exit.OK


def _socket(args: argparse.Namespace) -> Path:
    socket: Path = args.house / f"air-{args.radio}" / "control.sock"
    return socket
