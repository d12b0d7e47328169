"""`--help` of every verb: what it does, an example that its own parser takes, and how it ends (docs/commands.md)."""

import argparse
import re
import shlex

import pytest

from hubd.cli.exit_codes import Exit

from .every_verb import children, parsers, runs

PARSERS = parsers()
COLUMNS = 80
LONGEST_EXAMPLE = 96


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))


@pytest.mark.parametrize("prog", PARSERS)
def test_every_verb_says_what_it_does_how_it_is_called_and_how_it_ends(prog: str) -> None:
    page = PARSERS[prog].format_help()
    assert PARSERS[prog].description
    assert re.search(rf"^examples:\n(  .*\n)*  {prog}\b", page, re.MULTILINE)
    ends = re.search(r"^exit codes: 0 (.|\n)*docs/commands\.md$", page, re.MULTILINE)
    assert ends
    told = {int(code) for code in re.findall(r"(?:: |;\s)(\d+)\s", ends.group())}
    assert {Exit.OK, Exit.USAGE} <= told <= set(Exit)


@pytest.mark.parametrize("prog", PARSERS)
def test_every_argument_is_explained(prog: str) -> None:
    silent = [action.dest for action in PARSERS[prog]._actions if not (action.help or _is_verbs(action))]
    assert silent == []


@pytest.mark.parametrize("prog", PARSERS)
def test_sentences_are_broken_at_the_terminal_s_edge_and_examples_are_not(prog: str) -> None:
    page, _, epilog = PARSERS[prog].format_help().partition("examples:")
    assert [line for line in page.splitlines() if len(line) > COLUMNS] == []
    lines = epilog.splitlines()
    assert [line for line in lines if len(line) > (LONGEST_EXAMPLE if line.startswith(" ") else COLUMNS)] == []


@pytest.mark.parametrize("prog", [prog for prog, parser in PARSERS.items() if runs(parser)])
def test_its_first_example_can_be_used_as_it_is(prog: str) -> None:
    command = _first_example(prog, (PARSERS[prog].epilog or "").replace("\\\n", " "))
    PARSERS[prog].parse_args(shlex.split(command))


def _first_example(prog: str, epilog: str) -> str:
    """Its words behind the verb; what is said of it to the right, after three blanks, is left out."""
    first = next(line for line in epilog.splitlines() if line.startswith(f"  {prog}"))
    words = re.split(r" {2,}| > ", re.sub(r"(?<=\S)  +(?=--)", " ", first.removeprefix(f"  {prog}")))[0]
    _, _, key = epilog.partition("KEY stands for")
    return words.replace(" KEY ", " " + key.partition("\n\n")[0].replace("\n", " ") + " ")


def test_a_verb_that_does_nothing_by_itself_names_those_below_it() -> None:
    for prog, parser in PARSERS.items():
        for child in children(parser):
            assert child.prog.split()[-1] in parser.format_help(), prog


def _is_verbs(action: argparse.Action) -> bool:
    return isinstance(action, argparse._SubParsersAction)
