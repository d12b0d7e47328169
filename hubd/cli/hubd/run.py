"""`hubd run`: both daemons as children of one command, for a laptop or a bench."""

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.hubd import check_config
from hubd.cli.output import complain

HELP = "run both daemons as children of one command (on the hub each is a service of its own)"
EXAMPLES = """\
  hubd run
  hubd run --utility ./utility.toml --consumer ./consumer.toml
"""
EXITS = {
    0: "ended by SIGTERM or Ctrl-C",
    1: "a daemon ended by itself; else that daemon's own code",
    3: "a file cannot be used",
}

STOP_WITHIN_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two configuration files."""
    parser.add_argument("--utility", type=Path, default=check_config.UTILITY, help="default: %(default)s")
    parser.add_argument("--consumer", type=Path, default=check_config.CONSUMER, help="default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """Check both files, start both daemons, and end both when one ends or on Ctrl-C."""
    files = {"utility": args.utility, "consumer": args.consumer}
    for name, path in files.items():
        check_config.load(name, path)
    hubd = str(Path(sys.executable).with_name("hubd"))
    children = {
        name: subprocess.Popen([hubd, name, "--config", str(path)], start_new_session=True)
        for name, path in files.items()
    }
    signal.signal(signal.SIGTERM, _raise_interrupt)
    try:
        while all(child.poll() is None for child in children.values()):
            time.sleep(0.2)
    except KeyboardInterrupt:
        _stop(list(children.values()))
        return Exit.OK
    name, code = next((name, child.returncode) for name, child in children.items() if child.returncode is not None)
    complain(f"hubd {name} ended with exit code {code}; ending the other")
    _stop(list(children.values()))
    return Exit.REFUSED if code == 0 else int(code)


def _raise_interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _stop(children: list["subprocess.Popen[bytes]"]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
