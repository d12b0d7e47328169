"""What goes wrong while the house starts is said as one sentence, though its parts start side by side."""

import asyncio
from pathlib import Path

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import Layout
from hubd.errors import ConfigurationError


class WithoutBroker(House):
    """The other parts take for ever."""

    async def start_brokers(self) -> None:
        raise ConfigurationError("mosquitto is not installed. Cure: install it")

    async def start_radio(self, name: str, ieee: str) -> None:
        await asyncio.Event().wait()


@pytest.mark.process
async def test_the_first_reason_alone_is_raised_and_nothing_waits_for_the_rest(tmp_path: Path) -> None:
    async with WithoutBroker(Layout.at(tmp_path / "house")) as house:
        with pytest.raises(ConfigurationError, match="mosquitto is not installed"):
            await house.stand_up()
