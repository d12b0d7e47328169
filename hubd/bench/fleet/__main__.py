"""`python -m hubd.bench.fleet`: the fleet, as a table and as JSON."""

import argparse
import asyncio
import sys

from hubd.bench.fleet.report import print_table
from hubd.bench.fleet.run import Wanted, run
from hubd.cli.argument_types import above_nothing, number, whole
from hubd.cli.exit_codes import Exit
from hubd.cli.output import add_json, complain, print_json
from hubd.errors import HubdError


def main() -> int:
    """Exit codes: 0 all as it must be, 1 something is not, 3 the machine does not allow it."""
    parser = argparse.ArgumentParser(
        prog="python -m hubd.bench.fleet",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--hubs", type=whole(1, 100_000), default=10_000, help="on the feeder that locks out")
    parser.add_argument("--tls", action="store_true", help="TLS 1.3 with mutual certificates; default plain TCP")
    parser.add_argument("--speed", type=above_nothing(1_000), default=1.0, help="the story so many times faster")
    parser.add_argument("--processes", type=whole(1, 256), default=4, help="that the hubs share")
    parser.add_argument(
        "--kills", type=whole(0, 100), default=0, help="kill -9 the head-end so often in each of two storms"
    )
    parser.add_argument("--spread", type=number(0, 3_600), default=30.0, help="of the alerts, seconds")
    add_json(parser)
    args = parser.parse_args()
    try:
        figures = asyncio.run(
            run(Wanted(args.hubs, args.tls, args.speed, args.processes, args.kills, args.spread), complain)
        )
    except HubdError as error:
        complain(str(error))
        return Exit.CONFIGURATION
    if not args.json:
        print_table(figures)
    print_json(figures)
    for fault in figures.faults():
        complain(f"NOT AS IT MUST BE: {fault}")
    return Exit.REFUSED if figures.faults() else Exit.OK


if __name__ == "__main__":
    sys.exit(main())
