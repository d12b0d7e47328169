"""Where the head-end is, for the verbs of `hubctl head`."""

import argparse
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubd.cli.exit_codes import Exit
from hubd.headend.home import HeadEndConfig, Home

DEFAULT = ".bench/headend"
NO_HOME = {int(Exit.CONFIGURATION): "no head-end lives in --home, or a file cannot be used"}
"""Among the exit codes of every verb of the head-end."""


def add_home(parser: argparse.ArgumentParser) -> None:
    """`--home DIR`."""
    parser.add_argument(
        "--home", metavar="DIR", help=f"the head-end's folder (default: $HUBD_HEADEND, or {DEFAULT} where you are)"
    )


def add_meter(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """`--meter PAN|ADDRESS`."""
    words = "its number, or its IEEE address on the HAN" + ("" if required else " (default: all meters)")
    parser.add_argument("--meter", required=required, metavar="PAN|ADDRESS", help=words)


def home_of(args: argparse.Namespace) -> tuple[Home, HeadEndConfig]:
    """The folder and its configuration. Raises ConfigurationError where no head-end lives there."""
    home = Home(Path(args.home or os.environ.get("HUBD_HEADEND") or DEFAULT))
    return home, home.config()


@contextmanager
def book_of(args: argparse.Namespace) -> Iterator[sqlite3.Connection]:
    """The book, opened for one command and closed again."""
    from hubd.headend import book

    home, _ = home_of(args)
    connection = book.open_book(home)
    try:
        yield connection
    finally:
        connection.close()
