"""The table of the last-gasp rules, drawn: a Mermaid state diagram and a table of words, for docs/outage.md.

python -m hubd.power.diagram docs/outage.md     writes both between their marks in that file
"""

import argparse
from pathlib import Path

from hubd.errors import ConfigurationError
from hubd.power.last_gasp import TABLE, Transition
from hubd.power.phases import Phase

BEGIN = "<!-- drawn from hubd.power.last_gasp.TABLE: begin -->"
END = "<!-- drawn from hubd.power.last_gasp.TABLE: end -->"


def drawn() -> str:
    """Both, as they stand in the document."""
    return f"{BEGIN}\n\n```mermaid\n{diagram()}\n```\n\n{table()}\n\n{END}"


def diagram() -> str:
    """Mermaid source. What starts of the program do is left to the table, for the eye's sake."""
    lines = ["stateDiagram-v2", f"    [*] --> {Phase.NORMAL}"]
    lines += [f"    {row.before} --> {row.after}: {_label(row)}" for row in TABLE if row.before is not Phase.STARTING]
    return "\n".join(lines)


def table() -> str:
    """A Markdown table, in the order of the rules."""
    lines = ["| while | and then | the hub | and is |", "|---|---|---|---|"]
    lines += [
        f"| {_words(row.before)} | {row.trigger} | {row.does or 'only notes it'} | {_words(row.after)} |"
        for row in TABLE
    ]
    return "\n".join(lines)


def put_into(document: str) -> str:
    """The document with what stands between the marks drawn anew. ConfigurationError where a mark is missing."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ConfigurationError(f"the document lacks the marks {BEGIN} and {END}")
    return before + drawn() + after


def _label(row: Transition) -> str:
    return f"{row.trigger} / {row.does}" if row.does else str(row.trigger)


def _words(phase: Phase) -> str:
    return phase.replace("_", " ")


def main() -> None:
    """Draw into the file named."""
    parser = argparse.ArgumentParser(description="draw the last-gasp rules into a document")
    parser.add_argument("document", type=Path)
    path = parser.parse_args().document
    path.write_text(put_into(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
