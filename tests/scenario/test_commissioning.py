"""Commissioning on the running house: two suppliers in one visit, a token for another meter, kill -9 on the way."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import LAB_METER, METER, UTILITY_RADIO_IEEE
from hubd.bench.house.visit import VISIT, zero_token
from tests.scenario.headend_book import eventually, messages

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def standing(house: House) -> dict[str, Any]:
    """The house's meter, as the installer sees it."""
    visits = (await house.ask({"do": "pair"}))["visits"]
    return next(d for visit in visits for d in visit["devices"] if d["address"] == METER.ieee)


async def in_service(house: House) -> bool:
    return bool((await standing(house))["done"])


async def trial(house: House, *words: str, wait_s: float = 30.0, expect: int = 0) -> Any:
    home = ["--home", str(house.layout.headend), "--meter", METER.pan]
    return await house.head("trial", *home, *words, "--wait", str(wait_s), expect=frozenset({expect}))


async def test_the_house_came_into_service_by_one_command_and_its_statement_is_at_the_head_end_r14_r16(
    house: House, tmp_path: Path
) -> None:
    home, page = ["--home", str(house.layout.headend)], tmp_path / "statement.html"
    (kept,) = await house.head("statements", *home, "--visit", VISIT, "--html", str(page))
    body = kept["body"]
    suppliers = {each["supplier"] for each in body["equipment"] if each["kind"] == "electricity_meter"}
    assert suppliers >= {METER.supplier, LAB_METER.supplier}
    assert {"electricity_meter", "gas_meter"} <= {each["kind"] for each in body["equipment"]}
    assert body["complete"]
    hub, *others = body["serial_numbers"]
    assert (hub["alias"], hub["device"]) == ("hub", UTILITY_RADIO_IEEE)
    assert all(each["meter"] and each["nameplate"] for each in others)
    assert all(e["import_wh"] is not None or e["volume_l"] is not None for e in body["readings"])
    assert {each["vend_test"] for each in body["settings"]} == {"passed"}
    assert all(each["balance_e5"] is not None for each in body["balances"])
    on_the_hub = await house.hubctl("pair", "statement", "--visit", VISIT, "--socket", str(house.layout.console))
    assert on_the_hub == body
    assert METER.supplier in page.read_text()
    admitted = await messages(house, command="admit")
    assert admitted[0]["body"]["outcome"] == "done", "one order for both"
    for path in house.layout.utility.glob("journal.sqlite*"):
        assert METER.install_code.encode() not in path.read_bytes()


async def test_a_trial_token_for_another_meter_is_refused_by_the_meter_and_reported_r13_r31(house: House) -> None:
    before = await house.meter(METER)
    foreign = zero_token(LAB_METER, datetime(2004, 2, 1, 0, 5))
    answer = await trial(house, "--token", foreign, "--request", "trial-foreign", expect=1)
    assert answer["receipt"]["outcome"] == "rejected"
    held = await eventually(lambda: _held(house), 10.0, "the device held")
    assert (held["step"], held["held"]) == ("vend_test", "trial_rejected")
    events = await eventually(lambda: messages(house, name="commissioning_held"), 10.0, "the event")
    assert events[-1]["body"]["reason"] == "trial_rejected"
    after = await house.meter(METER)
    assert after["accepted"] == before["accepted"]
    assert after["balance_e5"] <= before["balance_e5"]
    right = await trial(house, "--request", "trial-right")
    assert right["receipt"]["case"] == "no_credit"
    await eventually(lambda: in_service(house), 10.0, "the meter in service again")


async def _held(house: House) -> dict[str, Any] | None:
    device = await standing(house)
    return device if device["held"] else None


async def test_the_installers_console_ends_with_the_visit_and_says_each_step_r14(house: House) -> None:
    visits = (await house.ask({"do": "pair"}))["visits"]
    visit = next(v["visit"] for v in visits if any(d["address"] == METER.ieee for d in v["devices"]))
    watching = await asyncio.create_subprocess_exec(
        str(Path(house.children["hubd-utility"].argv[0]).parent / "hubctl"),
        "pair", "--visit", visit, "--wait", "5", "--socket", str(house.layout.console),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await watching.communicate()
    assert watching.returncode == 0
    assert "electricity-1" in out.decode()
    assert "in service" in out.decode()
