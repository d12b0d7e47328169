"""The commands against the running house: what they print, their exit codes, and what they say to wrong input."""

import asyncio
import json
import os
import signal

import pytest

from hubd.bench.house import supply_files
from hubd.bench.house.house import BINARIES, House
from hubd.bench.house.layout import METER
from tests.scenario.headend_book import eventually

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def run(program: str, *words: str, **environment: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        str(BINARIES / program),
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    assert "Traceback" not in err.decode()
    return process.returncode, out.decode(), err.decode()


async def test_status_says_radio_and_wan_and_is_zero_when_both_are_up(house: House) -> None:
    socket = ["--socket", str(house.layout.console)]

    async def up() -> bool:
        return (await run("hubctl", "status", *socket))[0] == 0

    await eventually(up, 30.0, "radio and WAN are up")
    code, out, _ = await run("hubctl", "status", *socket)
    assert code == 0
    assert "radio      up" in out
    document = json.loads((await run("hubctl", "status", "--json", *socket))[1])
    assert document["radio"]["state"] == "up"
    assert document["wan"]["connected"] is True


async def test_devices_and_read_agree_by_alias_and_by_address(house: House) -> None:
    socket = ["--socket", str(house.layout.console), "--json"]
    devices = json.loads((await run("hubctl", "devices", *socket))[1])
    assert [device["alias"] for device in devices] == ["electricity-1", "electricity-2", "gas-1"]
    by_alias = json.loads((await run("hubctl", "read", "electricity-1", *socket))[1])
    by_address = json.loads((await run("hubctl", "read", METER.ieee.upper(), *socket))[1])
    assert by_alias["address"] == by_address["address"] == METER.ieee
    assert by_alias["import_wh"] <= by_address["import_wh"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["read", "gas-9"], 1, "known: electricity-1, electricity-2, gas-1"),
        (["top-up", "electricity-1", "123"], 1, "A code has 20 digits"),
        (["top-up", "electricity-1", "5938632347213742696x"], 1, "no letters"),
        (["vend", "no-such-order"], 1, "no order 'no-such-order'"),
        (["top-up", "electricity-1"], 2, "required: code"),
        (["raed", "electricity-1"], 2, "invalid choice"),
    ],
)
async def test_wrong_input_is_a_sentence_and_an_exit_code(
    house: House, words: list[str], code: int, says: str
) -> None:
    socket = [] if code == 2 else ["--socket", str(house.layout.console)]
    got, out, err = await run("hubctl", *words, *socket)
    assert got == code
    assert says in err
    assert out == ""


async def test_no_daemon_is_exit_code_4_with_a_cure(house: House) -> None:
    code, _, err = await run("hubctl", "status", "--socket", str(house.layout.root / "none.sock"))
    assert code == 4
    assert "Cure" in err


async def test_the_house_s_own_files_pass_check_config_and_doctor(house: House) -> None:
    files = ["--utility", str(house.layout.utility_config), "--consumer", str(house.layout.consumer_config)]
    code, out, err = await run("hubd", "check-config", *files)
    assert (code, err) == (0, "")
    assert out.count("good") == 2
    code, out, _ = await run("hubd", "doctor", "--json", *files, **supply_files.environment(house.layout))
    findings = json.loads(out)
    assert code == 0, [finding for finding in findings if not finding["good"]]
    assert {"radio", "certificate", "broker of the WAN", "broker of Home Assistant"} <= {f["what"] for f in findings}


async def test_a_wrong_key_in_a_file_is_named_with_the_nearest_known_one(house: House) -> None:
    broken = house.layout.root / "broken.toml"
    broken.write_text(house.layout.utility_config.read_text().replace("channel = 20", "chanel = 20"))
    code, _, err = await run("hubd", "check-config", "--utility", str(broken))
    assert code == 3
    assert "radio.chanel" in err
    assert "did you mean radio.channel?" in err
    code, _, err = await run("hubd", "utility", "--config", str(broken))
    assert code == 3
    assert "radio.chanel" in err


async def test_hubd_run_runs_both_daemons_and_ends_both_on_sigterm(house: House) -> None:
    layout = house.layout
    for name in ("hubd-utility", "hubd-consumer"):
        await house.children[name].stop()
    with (layout.logs / "hubd-run.log").open("ab") as log:
        both = await asyncio.create_subprocess_exec(
            str(BINARIES / "hubd"),
            "run",
            *("--utility", str(layout.utility_config), "--consumer", str(layout.consumer_config)),
            stdout=log,
            stderr=log,
            env={**os.environ, **supply_files.environment(layout)},
        )
    try:
        await eventually(layout.console.exists, 30.0, "the utility daemon's console")
        assert (await house.ask({"do": "status"}))["hub"] == "hub-0001"
        both.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(both.wait(), 30.0) == 0
        assert not layout.console.exists()
    finally:
        if both.returncode is None:
            os.kill(both.pid, signal.SIGKILL)
        for name in ("hubd-utility", "hubd-consumer"):
            await house.children[name].restart()


async def test_a_daemon_told_to_stop_while_it_starts_ends_in_order(house: House) -> None:
    daemon = house.children["hubd-utility"]
    for _ in range(3):
        await daemon.stop()
        await daemon.restart()
        await daemon.stop()
        assert daemon.exit_code == 0
    await daemon.restart()
