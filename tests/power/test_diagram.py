"""What the document draws is what the machine does."""

from pathlib import Path

import pytest

from hubd.errors import ConfigurationError
from hubd.power.diagram import drawn, put_into
from hubd.power.last_gasp import TABLE
from hubd.power.phases import Failure

DOCUMENT = Path(__file__).parents[2] / "docs" / "outage.md"


def test_the_document_is_drawn_from_the_table() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert put_into(document) == document, "draw it again: python -m hubd.power.diagram docs/outage.md"


def test_every_row_of_the_table_stands_in_the_drawing() -> None:
    lines = drawn().splitlines()
    assert sum(line.startswith("| ") for line in lines) == len(TABLE) + 1


def test_the_document_names_every_reason() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert [reason for reason in Failure if f"`{reason}`" not in document] == []


def test_a_document_without_marks_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="lacks the marks"):
        put_into("# Loss of supply")
