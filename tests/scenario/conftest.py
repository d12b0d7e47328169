"""One virtual house for all scenario tests: real processes, real brokers, real radio stack."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hubd.bench.house.house import House
from hubd.bench.house.layout import Layout


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Scenario tests share the house, so they share its event loop."""
    for item in items:
        if "scenario" in item.path.parts:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"))
            item.add_marker(pytest.mark.process)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    root: Path = tmp_path_factory.mktemp("house")
    async with House(Layout.at(root), seed=7, reports_per_s=0.5, say=print) as running:
        await running.start()
        yield running
