"""Finding and running a verb: what `hubd` and `hubctl` share."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Protocol

from hubd import __version__
from hubd.cli.exit_codes import Exit, code_of
from hubd.cli.output import complain
from hubd.errors import HubdError


class Verb(Protocol):
    """What a verb's module offers."""

    HELP: str
    EXAMPLES: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's arguments; verbs below it set their own `run` with `set_defaults`."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it. Returns an exit code. A verb that only has verbs below it leaves this out."""


def main(program: str, about: str, verbs: Sequence[str], argv: Sequence[str] | None) -> int:
    """Parse, run the verb, and turn our own errors into a sentence and an exit code. Only the verb asked for is
    imported, so that help and small verbs start fast.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    asked = next((word for word in words if not word.startswith("-")), None)
    parser = argparse.ArgumentParser(prog=program, description=about)
    parser.add_argument("--version", action="version", version=f"{program} {__version__}")
    below = parser.add_subparsers(metavar="VERB", required=True)
    for name in verbs:
        _add(below, program, name, load=name == asked or asked not in verbs)
    args = parser.parse_args(words)
    return _run(args)


def _add(below: "argparse._SubParsersAction[argparse.ArgumentParser]", program: str, name: str, load: bool) -> None:
    if not load:
        below.add_parser(name)
        return
    verb: Verb = importlib.import_module(f"hubd.cli.{program}.{name.replace('-', '_')}")
    parser = below.add_parser(
        name,
        help=verb.HELP,
        description=verb.HELP,
        epilog=f"examples:\n{verb.EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=getattr(verb, "run", None))  # None: a verb below is required, and sets its own
    verb.add_arguments(parser)


def _run(args: argparse.Namespace) -> int:
    try:
        return int(args.run(args))
    except HubdError as error:
        complain(str(error))
        return code_of(error)
    except BrokenPipeError:
        sys.stderr.close()
        return Exit.OK
    except KeyboardInterrupt:
        return 130
