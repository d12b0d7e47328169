"""`hubd bench`: the virtual house, or one part of it by itself."""

import argparse
import asyncio
import importlib
from pathlib import Path

from hubd.cli.argument_types import seed, some_seconds
from hubd.cli.exit_codes import Exit
from hubd.cli.help_text import page
from hubd.cli.hubd import bench_ask, bench_coordinator
from hubd.cli.written_file import place_for

HELP = "run the virtual house, or one virtual Zigbee coordinator with devices behind it"
EXAMPLES = """\
  hubd bench                             the whole house, with a live view; Ctrl-C ends it
  hubd bench --plain --for 60            the same for a minute, one line an event
  hubd bench --capture air.pcap          what goes over the air, for Wireshark
  hubd bench coordinator --listen tcp://127.0.0.1:6638 --devices house.toml

A daemon or a broker that ends is started again, as a service manager would; where another part ends, the house does.
"""
EXITS = {
    0: "ended by Ctrl-C, SIGTERM or --for",
    3: "a program is missing, or a place cannot be written",
    4: "a part did not come up, or ended",
    6: "another bench works in --state",
}

_GRID = "  hubd bench grid .bench/grid/grid.toml      as the house itself writes it\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The house's options, and the verbs below it."""
    parser.add_argument(
        "--state", type=Path, default=Path(".bench"), metavar="DIR", help="where it keeps everything (.bench)"
    )
    parser.add_argument("--plain", action="store_true", help="no live view: one line an event")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="all chance comes from it (default 1)")
    bench_coordinator.add_capture(parser, "write the utility HAN's air here, as a pcap that Wireshark opens")
    parser.add_argument(
        "--for", dest="for_s", type=some_seconds, metavar="SECONDS", help="end by itself after this time"
    )
    below = parser.add_subparsers(metavar="VERB")
    bench_coordinator.add(below)
    about = "a grid whose reclosers take supply away from hubs (docs/outage.md)"
    grid = below.add_parser(
        "grid",
        **page(about, _GRID, {0: "ended by SIGTERM", 3: "the file cannot be used", 4: "a socket cannot be made"}),
    )
    grid.set_defaults(run=_run_grid)
    grid.add_argument("file", type=Path, metavar="FILE", help="the hubs on it, as TOML")
    bench_ask.add(below)


def run(args: argparse.Namespace) -> int:
    """The whole house."""
    place_for(args.capture, "--capture")
    house = importlib.import_module("hubd.bench.house")
    return int(house.main(args))


def _run_grid(args: argparse.Namespace) -> int:
    from hubd.bench.grid import grid_file
    from hubd.bench.grid.serve import serve

    grid = grid_file.load(args.file)
    try:
        asyncio.run(serve(grid))
    except* OSError as group:
        raise bench_coordinator.not_listened_on(f"{grid.console} or {grid.pins}", group) from None
    return Exit.OK
