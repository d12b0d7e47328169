"""`hubd consumer`: the consumer daemon."""

import argparse
from pathlib import Path

from hubd.cli import daemons

HELP = "run the consumer daemon: the feed, and Home Assistant over the consumer's own broker"
EXAMPLES = """\
  hubd consumer
  hubd consumer --config ./consumer.toml --verbose
"""
EXITS = daemons.EXITS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration file."""
    parser.add_argument("--config", type=Path, default=Path("/etc/hubd/consumer.toml"), help="default: %(default)s")
    parser.add_argument("--verbose", action="store_true", help="log what usually only a developer wants to see")


def run(args: argparse.Namespace) -> int:
    """Run until SIGTERM or Ctrl-C."""
    from hubd.consumer import config, daemon

    loaded = config.load(args.config)
    daemons.log_to_stderr(args.verbose)
    return daemons.run_daemon(daemon.run(loaded))
