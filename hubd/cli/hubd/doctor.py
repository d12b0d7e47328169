"""`hubd doctor`: look at everything a hub needs; say the cause and the cure."""

import argparse
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.cli.hubd import check_config
from hubd.cli.output import add_json, print_json

HELP = "look at everything a hub needs; say the cause and the cure"
EXAMPLES = """\
  hubd doctor
  hubd doctor --utility ./utility.toml --consumer ./consumer.toml --json
"""
EXITS = {0: "all is good", 1: "something is not, with its cure"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two configuration files."""
    parser.add_argument("--utility", type=Path, default=check_config.UTILITY, help="default: %(default)s")
    parser.add_argument("--consumer", type=Path, default=check_config.CONSUMER, help="default: %(default)s")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Every check, good or not. Exit code 1 where one failed."""
    from hubd.cli.doctor_checks import examine

    findings = examine(args.utility, args.consumer)
    if args.json:
        print_json(findings)
    else:
        for finding in findings:
            print(f"{'good' if finding.good else 'BAD '}  {finding.what}: {finding.found}")
            if finding.cure:
                print(f"      cure: {finding.cure}")
    return Exit.OK if all(finding.good for finding in findings) else Exit.REFUSED
