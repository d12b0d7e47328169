"""`hubctl bench measure`, `beside` and `joins`: figures of this machine, each from a virtual house of its own."""

import argparse
import asyncio
from pathlib import Path

from hubd.cli.argument_types import loss, seed, some_seconds, whole
from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import page
from hubd.cli.output import add_json, complain, print_json
from hubd.errors import ConfigurationError

_MEASURE = """\
  hubctl bench measure                                    a table, then the same as JSON
  hubctl bench measure --seconds 60 --json > figures.json
  hubctl bench measure --seconds 5 --vends 5 --starts 1   a quick look
"""
_BESIDE = """\
  make beside                                             installs zigbee2mqtt, then calls this
  hubctl bench beside --zigbee2mqtt build/beside/node_modules/zigbee2mqtt --rounds 1
"""
_JOINS = """\
  hubctl bench joins --devices 12
  hubctl bench joins --loss 0.2 --seed 7 --json
"""
_MEASURED = {0: "measured", 3: "a program is missing", 4: "a part of the house did not come up"}


def add(below: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The three verbs."""
    about = "latency, CPU, memory and vend times on this machine"
    _add_measure(below.add_parser("measure", **page(about, _MEASURE, _MEASURED)))
    about = "hubd and zigbee2mqtt under the same load, turn and turn about"
    _add_beside(below.add_parser("beside", **page(about, _BESIDE, _MEASURED)))
    about = "how long devices take to join under loss, in simulated time"
    ends = {0: "nine in ten joined in time", 1: "they did not (R12)"}
    _add_joins(below.add_parser("joins", **page(about, _JOINS, ends)))


def _add_measure(parser: argparse.ArgumentParser) -> None:
    _add_seconds(parser, 20.0)
    _add_count(parser, "--vends", 10_000, 30, "how many top-ups")
    _add_count(parser, "--starts", 100, 3, "how many starts")
    parser.set_defaults(run=_measure)
    add_json(parser)


def _add_beside(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--zigbee2mqtt", type=Path, required=True, metavar="DIR", help="its package folder; `make beside` installs it"
    )
    _add_seconds(parser, 12.0)
    _add_count(parser, "--rounds", 100, 3, "turns of each")
    parser.set_defaults(run=_beside)
    add_json(parser)


def _add_joins(parser: argparse.ArgumentParser) -> None:
    _add_count(parser, "--devices", 10_000, 100, "how many")
    parser.add_argument(
        "--loss", type=loss, default=0.1, metavar="P", help="of each transmission, 0 to 0.99 (default %(default)s)"
    )
    parser.add_argument(
        "--seed", type=seed, default=1, metavar="N", help="all chance comes from it (default %(default)s)"
    )
    parser.set_defaults(run=_joins)
    add_json(parser)


def _add_count(parser: argparse.ArgumentParser, option: str, most: int, usual: int, what: str) -> None:
    parser.add_argument(option, type=whole(1, most), default=usual, metavar="N", help=f"{what} (default %(default)s)")


def _add_seconds(parser: argparse.ArgumentParser, usual_s: float) -> None:
    parser.add_argument(
        "--seconds",
        type=some_seconds,
        default=usual_s,
        metavar="S",
        help="how long at each rate (default %(default)s)",
    )


def _measure(args: argparse.Namespace) -> int:
    from hubd.bench.measure.measure import measure
    from hubd.bench.measure.report import print_table

    figures = asyncio.run(measure(complain, args.seconds, args.vends, args.starts))
    if not args.json:
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
    from hubd.bench.joins import joins, report

    found = joins.run(args.devices, args.seed, args.loss, complain)
    lines = joins.spreads(found)
    if args.json:
        print_json(report.document(found, lines, args.seed, args.loss))
    else:
        report.table(lines)
    if report.within_limit(lines):
        return Exit.OK
    if not args.json:  # the document says it: `within_limit`
        complain(f"nine devices in ten did not join within {joins.LIMIT_S:g} s")
    return Exit.REFUSED
