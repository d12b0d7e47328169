"""The card is full: the hub lives, tokens arrive, readings stop; it starts again on it, and goes on (R30)."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hubd.bench.house.house import House
from hubd.bench.house.layout import METER, Layout
from tests.scenario.headend_book import eventually, messages, until_radio_is_up, vend

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

WITHIN_S = 60.0
OF_SOMEBODY_ELSE = "somebody else's file"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def small(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house whose utility daemon keeps its state on a card of 16 MiB."""
    layout = Layout.at(tmp_path_factory.mktemp("small"))
    layout.utility.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "card", str(layout.utility)]
    if subprocess.run(mount, check=False).returncode:
        pytest.skip("nobody may mount here")
    try:
        async with House(layout, seed=3, reports_per_s=2.0, say=print, meters=(METER,)) as house:
            await house.start()
            yield house
    finally:
        subprocess.run(["umount", "-l", str(layout.utility)], check=True)


def fill(folder: Path) -> None:
    file = os.open(folder / OF_SOMEBODY_ELSE, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for size in (65_536, 512, 1):
        try:
            while True:
                os.write(file, b"x" * size)
        except OSError:
            pass
    os.close(file)


async def make_room(house: House) -> None:
    """Until the hub has noticed, and keeps its reserve again."""
    folder = house.layout.utility
    (folder / OF_SOMEBODY_ELSE).unlink()
    await eventually(lambda: (folder / "journal.sqlite.reserve").stat().st_size, WITHIN_S, "the reserve is kept")


async def readings(house: House) -> int:
    return len([row for row in await messages(house, device=METER.ieee) if row["kind"] == "reading"])


async def test_a_token_arrives_on_a_full_card_and_no_part_of_the_daemon_ends(small: House) -> None:
    process = small.children["hubd-utility"].pid
    await small.children["broker-wan"].kill9()  # so that nothing is stored, and the journal must grow
    fill(small.layout.utility)
    log = small.layout.logs / "hubd-utility.log"
    await eventually(lambda: "the card is full" in log.read_text(), WITHIN_S, "the hub has noticed")
    await small.children["broker-wan"].restart()
    receipt = (await vend(small, "--meter", METER.pan, "--amount", "0.10"))["receipt"]
    assert receipt["outcome"] == "accepted"
    assert (small.children["hubd-utility"].running, small.children["hubd-utility"].pid) == (True, process)


@pytest.mark.parametrize("ended", ["in order", "by a kill"])
async def test_it_starts_on_a_full_card_reaches_the_wan_and_vends(small: House, ended: str) -> None:
    await make_room(small)
    daemon = small.children["hubd-utility"]
    await (daemon.stop() if ended == "in order" else daemon.kill9())
    fill(small.layout.utility)
    await daemon.restart()
    await until_radio_is_up(small, WITHIN_S)

    async def connected() -> bool:
        return bool((await small.ask({"do": "status"}))["wan"]["connected"])

    await eventually(connected, WITHIN_S, "the WAN is reached")
    receipt = (await vend(small, "--meter", METER.pan, "--amount", "0.10"))["receipt"]
    assert receipt["outcome"] == "accepted"


async def test_with_room_again_readings_flow_again(small: House) -> None:
    await make_room(small)
    before = await readings(small)

    async def flow() -> bool:
        return await readings(small) > before + 3

    await eventually(flow, WITHIN_S, "readings are stored again")
    log = await asyncio.to_thread((small.layout.logs / "hubd-utility.log").read_text)
    assert "the card is full" in log
    assert "ExceptionGroup" not in log, "no part of the daemon has ended"
