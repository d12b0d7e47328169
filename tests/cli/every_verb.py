"""Every verb of `hubd` and `hubctl`, by walking their parsers."""

import argparse
from collections.abc import Iterator

from hubd.cli import hubctl_main, hubd_main, verbs

PROGRAMS = {"hubd": hubd_main.VERBS, "hubctl": hubctl_main.VERBS}


def parsers() -> dict[str, argparse.ArgumentParser]:
    """By the words that reach them, as `hubctl radio show`; each program itself is left out."""
    return {
        parser.prog: parser
        for program, names in PROGRAMS.items()
        for parser in _below(verbs.parser_of(program, "about", names, []))
    }


def _below(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for each in children(parser):
        yield each
        yield from _below(each)


def children(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The verbs directly below."""
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return [each for action in found for each in action.choices.values()]


def runs(parser: argparse.ArgumentParser) -> bool:
    """Whether it does something by itself: it is no mere heading of verbs below it."""
    return not any(isinstance(action, argparse._SubParsersAction) and action.required for action in parser._actions)
