"""`hubd check-config`: read the configuration as the daemons would, and say what is wrong with it."""

import argparse
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.output import add_json, complain, error_fields, print_json
from hubd.errors import ConfigurationError, SecurityError

HELP = "read the configuration as the daemons would, and say what is wrong with it"
EXAMPLES = """\
  hubd check-config
  hubd check-config --utility ./utility.toml --json
"""
EXITS = {0: "both can be used", 3: "one cannot"}

UTILITY = Path("/etc/hubd/utility.toml")
CONSUMER = Path("/etc/hubd/consumer.toml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two files; naming one checks that one only."""
    parser.add_argument("--utility", type=Path, help=f"the utility daemon's file (default {UTILITY})")
    parser.add_argument("--consumer", type=Path, help=f"the consumer daemon's file (default {CONSUMER})")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Check what is asked for. Exit code 3 where a file cannot be used."""
    asked = {"utility": args.utility, "consumer": args.consumer}
    if not any(asked.values()):
        asked = {"utility": UTILITY, "consumer": CONSUMER}
    results = {path: _fault(name, path) for name, path in asked.items() if path}
    if args.json:
        print_json([{"file": str(path), **error_fields(fault)} for path, fault in results.items()])
    else:
        for path, fault in results.items():
            if fault is not None:
                complain(fault)
            else:
                print(f"{path}: good")
    return Exit.CONFIGURATION if any(fault is not None for fault in results.values()) else Exit.OK


def _fault(name: str, path: Path) -> str | None:
    try:
        _prove(load(name, path))
    except (ConfigurationError, SecurityError) as error:
        return str(error)
    except OSError as error:
        return f"{error.filename} cannot be looked at: {error.strerror}. Cure: ask as the daemon's own user"
    return None


def _prove(config: object) -> None:
    from hubd.cli import config_proofs
    from hubd.consumer.config import ConsumerConfig
    from hubd.utility.config import UtilityConfig

    match config:
        case UtilityConfig():
            config_proofs.of_utility(config)
        case ConsumerConfig():
            config_proofs.of_consumer(config)


def load(name: str, path: Path) -> object:
    """The file of one daemon, decoded. Raises ConfigurationError."""
    if name == "utility":
        from hubd.utility.config import load as load_utility

        return load_utility(path)
    from hubd.consumer.config import load as load_consumer

    return load_consumer(path)
