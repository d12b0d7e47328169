"""A journal in a folder of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubd.model.stamp import Stamp, TimeTrust
from hubd.store.journal import Journal

AT = Stamp(1_795_348_800.0, TimeTrust.NETWORK)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
async def journal(path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(path)
    yield opened
    await opened.close()
