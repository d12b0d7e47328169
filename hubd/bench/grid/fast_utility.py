"""The utility daemon on a bench's clock: `python -m hubd.bench.grid.fast_utility --config FILE --clock FILE`.

The daemon is not changed: it is given another clock, and its process another wall clock.
"""

import argparse
import sys
from pathlib import Path

from hubd.bench.grid.clock import GridClock, step_wall_clock
from hubd.cli import daemons
from hubd.utility import config, service


def main() -> int:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--clock", type=Path, required=True)
    args = parser.parse_args()
    step_wall_clock(args.clock)
    told = config.load(args.config)
    daemons.log_to_stderr(verbose=False)
    return daemons.run_daemon(service.run(told, GridClock(told.time.assume_synced, args.clock)))


if __name__ == "__main__":
    sys.exit(main())
