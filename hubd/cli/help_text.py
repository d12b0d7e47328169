"""The pages of `--help`: what a verb does, examples to copy, and how it ends."""

import argparse
import itertools
import textwrap
from collections.abc import Mapping
from typing import Any

from hubd.cli.exit_codes import Exit

Exits = Mapping[int, str]
"""What each exit code means for a verb; what is the same for all of them is left out."""

GENERAL: Exits = {
    Exit.OK: "done",
    Exit.REFUSED: "answered with no",
    Exit.CONFIGURATION: "a file cannot be used",
    Exit.UNREACHABLE: "a daemon, broker or radio is not reached",
    Exit.NO_ANSWER: "no answer in time",
    Exit.IN_USE: "the folder is in use",
}
"""For a verb that only has verbs below it."""
_ALWAYS: Exits = {Exit.USAGE: "the command line cannot be used"}


class Page(argparse.HelpFormatter):
    """Sentences are broken at the edge of the terminal; indented lines, which are to be copied, are not."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        parts = itertools.groupby(text.splitlines(), key=lambda line: bool(line) and not line.startswith(" "))
        return "\n".join(_filled(" ".join(lines), width) if prose else "\n".join(lines) for prose, lines in parts)


def _filled(sentence: str, width: int) -> str:
    return textwrap.fill(sentence, width, break_long_words=False, break_on_hyphens=False)


def page(about: str, examples: str, exits: Exits = GENERAL, *, description: str | None = None) -> dict[str, Any]:
    """What `add_parser` is given. `examples`: indented lines, and paragraphs behind them. `description`: where more
    is to be said than `about`, which stands in the list of verbs.
    """
    ends = "; ".join(f"{int(code)} {words}" for code, words in sorted({**exits, **_ALWAYS}.items()))
    return {
        "help": about,
        "description": description or about,
        "epilog": f"examples:\n{examples.rstrip()}\n\nexit codes: {ends}. All of them: docs/commands.md",
        "formatter_class": Page,
    }
