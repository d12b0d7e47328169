"""What docs/commissioning.md says is what the machine does."""

from pathlib import Path

import pytest

from hubd.errors import ConfigurationError
from hubd.utility.commissioning.document import put_into
from hubd.utility.commissioning.steps import Step
from hubd.utility.commissioning.why import Why

DOCUMENT = Path(__file__).parents[3] / "docs" / "commissioning.md"


def test_the_document_is_drawn_from_the_code() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert put_into(document) == document, "python -m hubd.utility.commissioning.document docs/commissioning.md"
    assert [name for name in (*Step, *Why) if f"`{name}`" not in document] == []


def test_a_document_without_marks_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="lacks the marks"):
        put_into("# Commissioning")
