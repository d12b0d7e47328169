"""The steps and the reasons as tables of words, for docs/commissioning.md.

python -m hubd.utility.commissioning.document docs/commissioning.md     writes both between their marks in that file
"""

import argparse
from pathlib import Path

from hubd.errors import ConfigurationError
from hubd.utility.commissioning.steps import RULES, Step
from hubd.utility.commissioning.why import WORDS, Held, Why, cure

STEPS = ("<!-- drawn from hubd.utility.commissioning.steps: begin -->", "<!-- steps: end -->")
REASONS = ("<!-- drawn from hubd.utility.commissioning.why: begin -->", "<!-- reasons: end -->")
_AT = {
    Why.RADIO_NOT_OPENED: Step.INVITE,
    Why.WINDOW_OVER: Step.JOIN,
    Why.NOT_INTERVIEWED: Step.INTERVIEW,
    Why.NO_KEY: Step.KEY_ESTABLISHMENT,
    Why.KEY_REFUSED: Step.KEY_ESTABLISHMENT,
    Why.CLOCK_NOT_TOLD: Step.CLOCK_CHECK,
    Why.READING_NOT_TAKEN: Step.FIRST_READING,
}


def steps() -> str:
    """A Markdown table, in the order of the steps."""
    lines = ["| step | waits for | awake | asleep | when it fails |", "|---|---|---|---|---|"]
    lines += [
        f"| `{step}` | {rule.waits_for} | {_clock(step, rule.awake_s)} | {_clock(step, rule.sleeping_s)} | "
        f"{rule.if_it_fails or '-'} |"
        for step, rule in RULES.items()
    ]
    return "\n".join(lines)


def reasons() -> str:
    """A Markdown table of what may hold a device up."""
    lines = ["| reason | meaning | to do |", "|---|---|---|"]
    lines += [
        f"| `{why}` | {words} | {cure(Held(why), _AT.get(why, Step.VEND_TEST))} |" for why, words in WORDS.items()
    ]
    return "\n".join(lines)


def put_into(document: str) -> str:
    """The document with both tables drawn anew. ConfigurationError where a mark is missing."""
    for (begin, end), drawn in ((STEPS, steps()), (REASONS, reasons())):
        before, found, rest = document.partition(begin)
        _, ends, after = rest.partition(end)
        if not found or not ends:
            raise ConfigurationError(f"the document lacks the marks {begin} and {end}")
        document = f"{before}{begin}\n\n{drawn}\n\n{end}{after}"
    return document


def _clock(step: Step, seconds: float | None) -> str:
    if seconds is None:
        return "-" if step is Step.DONE else "the window"
    return f"{seconds:g} s" if seconds < 600 else f"{seconds / 60:g} min"


def main() -> None:
    """Draw into the file named."""
    parser = argparse.ArgumentParser(description="draw the steps of commissioning into a document")
    parser.add_argument("document", type=Path)
    path = parser.parse_args().document
    path.write_text(put_into(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
