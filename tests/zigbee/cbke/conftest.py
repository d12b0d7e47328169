"""Fixtures of the key establishment tests."""

import pytest

from hubd.zigbee.cbke.suite import Suite

from .published import Published, published_exchange


@pytest.fixture(scope="session", params=list(Suite), ids=["suite1", "suite2"])
def published(request: pytest.FixtureRequest) -> Published:
    return published_exchange(request.param)
