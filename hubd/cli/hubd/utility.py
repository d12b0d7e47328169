"""`hubd utility`: the utility daemon."""

import argparse
from pathlib import Path

from hubd.cli import daemons

HELP = "run the utility daemon: the utility HAN, the WAN and the journal"
EXAMPLES = """\
  hubd utility
  hubd utility --config ./utility.toml --verbose
  hubd utility --config ./bench.toml --log-frames   on a bench: keys and codes are logged
"""
EXITS = daemons.EXITS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration file."""
    parser.add_argument("--config", type=Path, default=Path("/etc/hubd/utility.toml"), help="default: %(default)s")
    parser.add_argument("--verbose", action="store_true", help="log what usually only a developer wants to see")
    parser.add_argument(
        "--log-frames",
        action="store_true",
        help="log the radio stack's own words too: whole frames, KEYS AND TOP-UP CODES IN THEM. For a bench",
    )


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or Ctrl-C."""
    from hubd.utility import config, service

    loaded = config.load(args.config)
    daemons.log_to_stderr(args.verbose, args.log_frames)
    return daemons.run_daemon(service.run(loaded))
