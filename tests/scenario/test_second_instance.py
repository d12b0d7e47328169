"""A second instance beside a running one is refused, and takes nothing from the first (R30)."""

import asyncio
import sys
from pathlib import Path

import pytest

from hubd.bench.house.house import House
from hubd.cli.exit_codes import Exit

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def ended(*words: str) -> tuple[int | None, str]:
    program = str(Path(sys.executable).with_name("hubd"))
    process = await asyncio.create_subprocess_exec(
        program, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    return process.returncode, out.decode()


@pytest.mark.parametrize("which", ["utility", "consumer", "bench"])
async def test_a_second_one_on_the_same_folder_ends_and_the_first_goes_on(house: House, which: str) -> None:
    layout = house.layout
    configuration = layout.utility_config if which == "utility" else layout.consumer_config
    options = ("--state", str(layout.root)) if which == "bench" else ("--config", str(configuration))
    code, words = await ended(which, *options, *(("--plain", "--for", "1") if which == "bench" else ()))
    assert code == Exit.IN_USE, words
    assert "works on it already. Cure: end that one first" in words
    assert "Traceback" not in words
    assert (await house.ask({"do": "status"}))["radio"]["state"] == "up"
    assert layout.radio("utility").exists()
