"""How verbs speak: plain text for people, one JSON document on stdout with --json, errors on stderr."""

import argparse
import sys
from typing import Any

import msgspec

from hubd.model.outside_text import on_a_terminal


def add_json(parser: argparse.ArgumentParser) -> None:
    """Every verb takes --json."""
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of text")


def print_json(value: Any) -> None:
    """One JSON document and a newline, at once (a reader may be on a pipe)."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def say(line: str) -> None:
    """A line for people, in which something may come from outside: it moves no cursor."""
    print(on_a_terminal(line), flush=True)


def complain(message: str) -> None:
    """An error or a warning for people, on stderr."""
    print(on_a_terminal(message), file=sys.stderr, flush=True)
