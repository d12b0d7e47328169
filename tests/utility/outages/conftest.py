"""A journal, and a clock for outages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubd.bench.grid.clock import ClockFile
from hubd.store.journal import Journal

from .hub import FACTOR


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "journal.sqlite")
    yield opened
    await opened.close()


@pytest.fixture
def clock_file(tmp_path: Path) -> Path:
    path = tmp_path / "clock.json"
    ClockFile(factor=FACTOR).write(path)
    return path
