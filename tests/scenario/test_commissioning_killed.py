"""A visit through SIGKILL of the real daemon at every step of a meter's way into service (R13, R14)."""

import sys
from pathlib import Path
from typing import Any

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB, METER, Layout
from tests.scenario.headend_book import eventually, messages

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

BEFORE_THE_TOKEN = (
    "invite", "join", "interview", "key_establishment", "clock_check", "first_reading", "vend_test/waiting",
)  # fmt: skip
WITH_THE_TOKEN = ("vend_test/before", "vend_test/sending", "vend_test/after")


async def next_life(house: House, place: str) -> None:
    """The daemon begins anew, to die as soon as it is on disk that the meter stands here."""
    daemon = house.children["hubd-utility"]
    dying = [sys.executable, "-m", "hubd.bench.dying_utility", "--config", str(house.layout.utility_config)]
    await daemon.kill9()
    await daemon.restart([*dying, "--die-when", place])


async def dies_at(house: House, place: str) -> None:
    daemon = house.children["hubd-utility"]

    async def dead() -> bool:
        return not daemon.running

    await eventually(dead, 90.0, f"its death at {place}")
    assert daemon.last_words() == f"dies at {place}"


async def order(house: House, verb: str, *words: str) -> Any:
    return await house.head(verb, "--home", str(house.layout.headend), *words, "--wait", "0")


async def admit(house: House, tmp_path: Path) -> None:
    code = tmp_path / "code.hex"
    code.write_text(METER.install_code)
    device = ["--device", METER.ieee, "--kind", "electricity_meter", "--install-code-file", str(code)]
    await order(house, "admit", "--hub", HUB, *device, "--visit", "v-1", "--window", "600")


async def test_a_visit_outlives_kill_9_at_every_step_and_finishes_r13_r14(tmp_path: Path) -> None:
    async with House(Layout.at(tmp_path / "house"), seed=7, meters=(METER,)) as house:
        await house.stand_up()
        normal, console = house.children["hubd-utility"].argv, ["--socket", str(house.layout.console)]
        for place in BEFORE_THE_TOKEN:
            await next_life(house, place)
            if place == BEFORE_THE_TOKEN[0]:
                await admit(house, tmp_path)
            await dies_at(house, place)
        for place in WITH_THE_TOKEN:
            await next_life(house, place)
            if place == WITH_THE_TOKEN[0]:
                await house.hubctl(
                    "pair", "note", "--old-meter-serial", "S95", "--old-meter-reading", "day=12.5", *console
                )
                await order(house, "trial", "--meter", METER.pan, "--request", "trial-1")
            await dies_at(house, place)
        await house.children["hubd-utility"].restart(normal)
        (statement,) = await eventually(lambda: messages(house, visit="v-1"), 60.0, "the statement")
        assert statement["body"]["complete"]
        (old,) = statement["body"]["old_meters"]
        assert (old["serial"], old["readings"]) == ("S95", [{"register": "day", "value": "12.5", "unit": "kWh"}])
        assert [row["amount_e5"] for row in (await house.meter(METER))["accepted"]] == [0]
        for command, outcome in (("admit", "done"), ("vend", "accepted")):
            final = await messages(house, command=command, final=True)
            assert {row["body"]["outcome"] for row in final} == {outcome}
            assert len({row["body"]["order"] for row in final}) == 1
        assert len(await messages(house, name="commissioned")) == 1
