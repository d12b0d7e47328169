"""`hubctl head topology`: where hubs hang in the network."""

import argparse
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.hubctl.head_place import NO_HOME, book_of
from hubd.cli.output import fail, print_json
from hubd.headend import book
from hubd.headend.outages import network_file, tables
from hubd.headend.outages.network import spell

HELP = "where hubs hang (feeder, spur, transformer, service): taken from a file, or shown"
EXAMPLES = """\
  hubctl head topology import network.csv
  hubctl head topology import network.toml
  hubctl head topology show

  network.csv:   columns hub,feeder,spur,transformer,service
  network.toml:  [F1.S1.T1] with hub = "hub-t1" and services = { house-1 = "hub-0001" }
"""
EXITS = NO_HOME | {0: "done", 3: "no head-end, or the file cannot be used: nothing is changed"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and the file."""
    parser.add_argument("what", choices=("import", "show"), help="import: replaces what the last file said")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="for import: .toml, or else CSV")


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 done, 2 no file named, 3 the file cannot be used (nothing is changed then)."""
    if args.what == "show":
        return _show(args)
    if args.file is None:
        return fail(args, "import what? Cure: hubctl head topology import FILE", Exit.USAGE)
    places = network_file.load(args.file)
    with book_of(args) as connection, book.transaction(connection):
        done = tables.import_places(connection, places)
    if args.json:
        print_json(done)
    else:
        print(f"{done.hubs} hubs: {done.added} new, {done.moved} moved; {done.removed} no longer in the file")
    return Exit.OK


def _show(args: argparse.Namespace) -> int:
    with book_of(args) as connection:
        network = tables.load_network(connection)
    if args.json:
        print_json({hub: spell(place) for hub, place in network.places.items()})
    elif not network.places:
        print("no hub's place is known. Cure: hubctl head topology import FILE")
    else:
        for hub, place in sorted(network.places.items(), key=lambda item: (item[1], item[0])):
            print(f"{spell(place)}  {hub}")
    return Exit.OK
