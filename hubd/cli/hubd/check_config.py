"""`hubd check-config`: read the configuration as the daemons would, and say what is wrong with it."""

import argparse
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.output import add_json, complain, print_json
from hubd.errors import ConfigurationError, SecurityError

HELP = "read the configuration as the daemons would, and say what is wrong with it"
EXAMPLES = """\
  hubd check-config
  hubd check-config --utility ./utility.toml --json
"""

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
    results = [_check(name, path) for name, path in asked.items() if path]
    if args.json:
        print_json(results)
    else:
        for result in results:
            if result["error"]:
                complain(str(result["error"]))
            else:
                print(f"{result['file']}: good")
    return Exit.CONFIGURATION if any(result["error"] for result in results) else Exit.OK


def _check(name: str, path: Path) -> dict[str, str | None]:
    try:
        config = load(name, path)
        if name == "utility":
            _prove_certificates(config)
    except (ConfigurationError, SecurityError) as error:
        return {"file": str(path), "error": str(error)}
    return {"file": str(path), "error": None}


def _prove_certificates(config: object) -> None:
    """The files for key establishment, with the arithmetic that the daemon leaves for later."""
    from hubd.utility.config import UtilityConfig
    from hubd.zigbee import own_certificates

    assert isinstance(config, UtilityConfig)
    own_certificates.read(config.security.certificates).prove()


def load(name: str, path: Path) -> object:
    """The file of one daemon, decoded. Raises ConfigurationError."""
    if name == "utility":
        from hubd.utility.config import load as load_utility

        return load_utility(path)
    from hubd.consumer.config import load as load_consumer

    return load_consumer(path)
