"""`hubctl bench`: measure the hub in a virtual house, and make faults in a running one."""

import argparse
import asyncio
from pathlib import Path

from hubd import console
from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl import bench_grid
from hubd.cli.output import add_json, complain, print_json
from hubd.errors import ConfigurationError

HELP = "measure the hub in a virtual house; make faults in a running one"
EXAMPLES = """\
  hubctl bench measure
  hubctl bench measure --seconds 60 --json > figures.json
  hubctl bench beside --zigbee2mqtt build/beside/node_modules/zigbee2mqtt
  hubctl bench joins --devices 12
  hubctl bench fault reset
  hubctl bench fault freeze --for 20
  hubctl bench keys --json
  hubctl bench grid trip lock-out
"""

FAULTS = ("reset", "freeze", "port_loss", "confirm_lost", "confirm_failed", "duplicate", "unsecured")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verbs below."""
    below = parser.add_subparsers(metavar="WHAT", required=True)
    measuring = below.add_parser("measure", help="latency, CPU, memory and vend times on this machine")
    measuring.add_argument(
        "--seconds", type=_positive, default=20.0, help="how long at each rate (default %(default)s)"
    )
    measuring.add_argument("--vends", type=int, default=30, help="how many top-ups (default %(default)s)")
    measuring.add_argument("--starts", type=int, default=3, help="how many starts (default %(default)s)")
    add_json(measuring)
    measuring.set_defaults(run=_measure)
    beside = below.add_parser("beside", help="hubd and zigbee2mqtt under the same load, turn and turn about")
    beside.add_argument(
        "--zigbee2mqtt", type=Path, required=True, metavar="DIR", help="its package folder; `make beside` installs it"
    )
    beside.add_argument("--seconds", type=_positive, default=12.0, help="how long at each rate (default %(default)s)")
    beside.add_argument("--rounds", type=int, default=3, help="turns of each (default %(default)s)")
    add_json(beside)
    beside.set_defaults(run=_beside)
    joins = below.add_parser("joins", help="how long devices take to join under loss, in simulated time")
    joins.add_argument("--devices", type=_count, default=100, help="how many (default %(default)s)")
    joins.add_argument("--loss", type=float, default=0.1, help="of each transmission (default %(default)s)")
    joins.add_argument("--seed", type=int, default=1, help="default %(default)s")
    add_json(joins)
    joins.set_defaults(run=_joins)
    fault = below.add_parser("fault", help="make a fault in the radio of a running house")
    fault.add_argument("kind", choices=FAULTS)
    fault.add_argument("--for", dest="for_s", type=_positive, default=5.0, metavar="S", help="default %(default)s")
    _add_radio(fault)
    fault.set_defaults(run=_fault)
    bench_grid.add(below)
    keys = below.add_parser("keys", help="the keys of a virtual network: bench keys, that protect nothing")
    _add_radio(keys)
    keys.set_defaults(run=_keys)


def _add_radio(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--house", type=Path, default=Path(".bench"), help="the house's folder (default %(default)s)")
    parser.add_argument("--radio", choices=("utility", "consumer"), default="utility", help="default %(default)s")
    add_json(parser)


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text}: a number of seconds above 0")
    return value


def _measure(args: argparse.Namespace) -> int:
    from hubd.bench.measure.measure import measure
    from hubd.bench.measure.report import print_table

    figures = asyncio.run(measure(complain, args.seconds, args.vends, args.starts))
    if args.json:
        print_json(figures)
    else:
        print_table(figures)
        print_json(figures)
    return Exit.OK


def _beside(args: argparse.Namespace) -> int:
    from hubd.bench.beside.comparison import compare
    from hubd.bench.beside.report import print_table
    from hubd.bench.measure.measure import RATES_PER_S

    if not (args.zigbee2mqtt / "index.js").is_file():
        raise ConfigurationError(f"{args.zigbee2mqtt}: zigbee2mqtt is not there. Cure: make beside")
    comparison = asyncio.run(compare(args.zigbee2mqtt.absolute(), RATES_PER_S, args.seconds, args.rounds, complain))
    if args.json:
        print_json(comparison)
    else:
        print_table(comparison)
    return Exit.OK


def _joins(args: argparse.Namespace) -> int:
    """Exit code 1 where nine in ten did not join in time (R12)."""
    import sys

    from hubd.bench.joins import joins, report

    if not 0 <= args.loss < 1:
        raise ConfigurationError(f"--loss {args.loss:g} is not a chance from 0 to below 1")
    found = joins.run(args.devices, args.seed, args.loss, lambda line: print(line, file=sys.stderr, flush=True))
    lines = joins.spreads(found)
    if args.json:
        print_json(report.document(found, lines, args.seed, args.loss))
    else:
        report.table(lines)
    if not report.within_limit(lines):
        complain(f"nine devices in ten did not join within {joins.LIMIT_S:g} s")
        return Exit.REFUSED
    return Exit.OK


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


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
        print(f"{device['ieee']}  link key {device['link_key'] or '-'}  {device['name']}")
    return Exit.OK


def _socket(args: argparse.Namespace) -> Path:
    socket: Path = args.house / f"air-{args.radio}" / "control.sock"
    return socket
