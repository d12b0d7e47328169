"""Finding and running a verb: what `hubd` and `hubctl` share."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn, Protocol, TypeAlias

from hubd import __version__
from hubd.cli.exit_codes import Exit, ended_by
from hubd.cli.help_text import GENERAL, Exits, page
from hubd.cli.output import fail, print_error
from hubd.errors import HubdError

Below: TypeAlias = "argparse._SubParsersAction[Any]"


class Verb(Protocol):
    """What a verb's module offers."""

    HELP: str
    EXAMPLES: str
    EXITS: Exits
    """A verb that only has verbs below it leaves this out."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's arguments; verbs below it set their own `run` with `set_defaults`."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it. Returns an exit code. A verb that only has verbs below it leaves this out."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is a sentence with its cure, or JSON where --json stands in the command line."""

    def error(self, message: str) -> NoReturn:
        """Raises WrongCommandLineError."""
        raise WrongCommandLineError(f"{self.prog}: {message}. Cure: {self.prog} --help shows what it takes")


class WrongCommandLineError(Exception):
    """The command line cannot be used: what is wrong, and what helps."""


def main(program: str, about: str, verbs: Sequence[str], argv: Sequence[str] | None) -> int:
    """Parse, run the verb, and turn our own errors into a sentence and an exit code. A command line that cannot be
    used ends the program (SystemExit), as argparse does it.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        args = parser_of(program, about, verbs, words).parse_args(words)
    except WrongCommandLineError as error:
        print_error(str(error), as_json="--json" in words)
        raise SystemExit(Exit.USAGE) from None
    return _run(args)


def parser_of(program: str, about: str, verbs: Sequence[str], words: Sequence[str]) -> Parser:
    """The parser. Only the verb that `words` ask for is imported, so that small verbs start fast; all of them where
    they ask for none.
    """
    asked = next((word for word in words if not word.startswith("-")), None)
    more = f"{program} VERB --help shows examples, and how the verb ends. Exit codes: docs/commands.md"
    parser = Parser(prog=program, description=about, epilog=more)
    parser.add_argument("--version", action="version", version=f"{program} {__version__}")
    below: Below = parser.add_subparsers(metavar="VERB", required=True)
    for name in verbs:
        if name == asked or asked not in verbs:
            add_verb(below, name, f"hubd.cli.{program}.{name.replace('-', '_')}")
        else:
            below.add_parser(name)
    return parser


def add_verb(below: Below, name: str, module: str) -> argparse.ArgumentParser:
    """One more verb, from the module that holds it."""
    verb: Verb = importlib.import_module(module)
    parser: argparse.ArgumentParser = below.add_parser(
        name, **page(verb.HELP, verb.EXAMPLES, getattr(verb, "EXITS", GENERAL))
    )
    parser.set_defaults(run=getattr(verb, "run", None))  # None: a verb below is required, and sets its own
    verb.add_arguments(parser)
    return parser


def _run(args: argparse.Namespace) -> int:
    try:
        return int(args.run(args))
    except BrokenPipeError:
        sys.stderr.close()
        return Exit.OK
    except KeyboardInterrupt:
        return 130
    except (HubdError, OSError, BaseExceptionGroup) as raised:
        if (ended := ended_by(raised)) is None:
            raise
        words, code = ended
        return fail(args, words, code)
