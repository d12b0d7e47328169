"""`hubctl head init`: make a head-end, or add what is missing to one."""

import argparse
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.output import print_json

HELP = "make a head-end's folder: certificates, role keys, broker configuration, book (safe to run again)"
EXAMPLES = """\
  hubctl head init .bench/headend --hub hub-0001 --broker 127.0.0.1:8883
  hubctl head init .bench/headend --hub hub-0002          one more hub; what is there is kept
"""
EXITS = {0: "made, or there already", 3: "a file in the folder cannot be used"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, hubs, the broker's address."""
    parser.add_argument("directory", metavar="DIR", help="where the head-end shall live")
    parser.add_argument("--hub", action="append", default=[], metavar="ID", help="a hub to make a certificate for")
    parser.add_argument(
        "--issuer", action="append", default=[], metavar="NAME", help="a further issuer of top-ups, with its own key"
    )
    parser.add_argument("--broker", type=_broker, metavar="HOST:PORT", help="the WAN broker (default 127.0.0.1:8883)")


def run(args: argparse.Namespace) -> int:
    """Exit codes: 0 made, 3 a file in the folder cannot be used."""
    from hubd.headend import founding

    host, port = args.broker or (None, None)
    done = founding.create(Path(args.directory), args.hub, host, port, args.issuer)
    if args.json:
        print_json({"home": str(args.directory), "made": done})
        return Exit.OK
    for line in done:
        print(line)
    print(f"{args.directory}: {'ready' if done else 'everything was there'}")
    return Exit.OK


def _broker(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, as 127.0.0.1:8883")
    return host, int(port)
