"""How verbs speak: plain text for people, errors on stderr; with --json one JSON document on stdout, an error too."""

import argparse
import shutil
import sys
import textwrap
from typing import Any, TextIO

import msgspec

from hubd.cli.exit_codes import Exit
from hubd.model.outside_text import on_a_terminal

_CURE = "Cure: "
_INDENT = "    "
_LEAST_COLUMNS = 40
"""Below that, folding helps nobody."""


def add_json(parser: argparse.ArgumentParser) -> None:
    """Every verb takes --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")


def print_json(value: Any) -> None:
    """One JSON document and a newline, at once (a reader may be on a pipe)."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def say(line: str) -> None:
    """A line for people, in which something may come from outside: it moves no cursor. On a terminal that is narrower
    it goes on below, indented; a pipe or a file gets it as it is.
    """
    print(_folded(on_a_terminal(line), sys.stdout), flush=True)


def complain(message: str) -> None:
    """A warning, or what is being waited for, for people, on stderr."""
    print(_folded(on_a_terminal(message), sys.stderr), file=sys.stderr, flush=True)


def columns(stream: TextIO) -> int | None:
    """How wide the terminal is; None where it is none."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def _folded(text: str, stream: TextIO) -> str:
    width = columns(stream)
    if width is None or width <= _LEAST_COLUMNS:
        return text
    return "\n".join(_fold(line, width) if len(line) > width else line for line in text.splitlines())


def _fold(line: str, width: int) -> str:
    """Between words alone: an id or a code that is to be copied stays whole."""
    return textwrap.fill(line, width, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False)


def fail(args: argparse.Namespace, message: str, code: Exit) -> Exit:
    """Say why a verb ends without what was asked of it; returns the code. With --json: one object on stdout."""
    print_error(message, as_json=getattr(args, "json", False))
    return code


def print_error(message: str, *, as_json: bool) -> None:
    """What is wrong and what helps: on stderr for people, or as an object on stdout."""
    if as_json:
        print_json(error_fields(message))
    else:
        complain(message)


def error_fields(message: str | None) -> dict[str, str | None]:
    """The two parts of a message of ours; `cure` is None where it names none, both where there is no message."""
    if message is None:
        return {"error": None, "cure": None}
    error, _, cure = message.partition(_CURE)
    return {"error": error.rstrip(" .;:"), "cure": cure or None}
