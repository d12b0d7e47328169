"""Where `hubctl` finds the utility daemon's console."""

import argparse
import os
from pathlib import Path

from hubd.cli.exit_codes import Exit

SERVICE_SOCKET = Path("/run/hubd/utility.sock")
BENCH_SOCKET = Path(".bench/utility/console.sock")
VARIABLE = "HUBD_SOCKET"
NO_DAEMON = {int(Exit.UNREACHABLE): "no daemon answers"}
"""Among the exit codes of every verb that speaks to it."""


def add_socket(parser: argparse.ArgumentParser) -> None:
    """Every verb that speaks to the daemon takes --socket."""
    parser.add_argument(
        "--socket",
        type=Path,
        help=f"the daemon's console (default: ${VARIABLE}, else {BENCH_SOCKET} where a bench runs here, "
        f"else {SERVICE_SOCKET})",
    )


def socket_of(args: argparse.Namespace) -> Path:
    """The socket asked for, or the one that is there."""
    if args.socket is not None:
        return Path(args.socket)
    if named := os.environ.get(VARIABLE):
        return Path(named)
    return BENCH_SOCKET if BENCH_SOCKET.exists() else SERVICE_SOCKET
