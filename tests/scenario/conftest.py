"""One virtual house for all scenario tests: real processes, real brokers, real radio stack.

Every module here says `pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]`: the house
lives on the session's event loop, and so do the tests.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hubd.bench.house.layout import Layout
from tests.scenario.overheard import HeardHouse


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HeardHouse]:
    root: Path = tmp_path_factory.mktemp("house")
    capture = root / "air.pcap"
    async with HeardHouse(Layout.at(root), seed=7, reports_per_s=0.5, say=print, capture=capture) as running:
        await running.start()
        yield running
