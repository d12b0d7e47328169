"""The hub comes back by itself: radio reset, freeze and loss of its port; broker and network lost (R7, R9, R30)."""

import asyncio
import os
import time
from typing import Any

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import METER
from hubd.model.lane import Lane
from tests.scenario.headend_book import eventually, messages, until_radio_is_up, vend

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

BACK_WITHIN_S = 60.0


async def lost_count(house: House) -> int:
    return len(await messages(house, name="radio_lost"))


@pytest.mark.parametrize("kind", ["reset", "port_loss", "freeze"])
async def test_the_radio_is_back_within_a_minute_and_the_process_was_not_restarted_r7(
    house: House, kind: str
) -> None:
    await until_radio_is_up(house, BACK_WITHIN_S)
    process, outages = house.children["hubd-utility"].pid, await lost_count(house)
    began_s = time.monotonic()
    await house.ask_air({"do": "fault", "kind": kind, "for_s": 3.0 if kind == "port_loss" else 12.0})

    async def noticed() -> bool:
        return await lost_count(house) > outages

    await eventually(noticed, BACK_WITHIN_S, "the outage is noticed and told")
    await until_radio_is_up(house, BACK_WITHIN_S - (time.monotonic() - began_s))
    os.kill(process, 0)
    assert house.children["hubd-utility"].pid == process
    receipt = (await vend(house, "--meter", METER.pan, "--amount", "0.10"))["receipt"]
    assert receipt["outcome"] == "accepted"


async def test_no_reading_is_doubled_by_any_of_it_r9(house: House) -> None:
    rows = await messages(house, device=METER.ieee)
    keys = [(row["journal"], row["lane"], row["seq"]) for row in rows]
    assert len(keys) == len(set(keys))
    readings = [row["body"] for row in rows if row["kind"] == "reading" and "import_wh" in row["body"]]
    moments = [(body["measured_at"]["unix_s"], body["import_wh"]) for body in readings]
    assert len(moments) == len(set(moments))


async def test_a_duplicated_frame_makes_one_reading_r9(house: House) -> None:
    await house.ask_air({"do": "fault", "kind": "duplicate", "ieee": METER.ieee, "count": 3})

    async def all_used() -> bool:
        return not await house.ask_air({"do": "faults"})

    await eventually(all_used, 30.0, "three frames of the meter came twice")
    await test_no_reading_is_doubled_by_any_of_it_r9(house)


@pytest.mark.parametrize("kind", ["confirm_lost", "confirm_failed"])
async def test_a_lying_delivery_confirm_changes_nothing_r30(house: House, kind: str) -> None:
    await house.ask_air({"do": "fault", "kind": kind, "ieee": METER.ieee, "count": 1})
    receipt = (await vend(house, "--meter", METER.pan, "--amount", "0.10"))["receipt"]
    assert (receipt["outcome"], receipt["attempts"]) == ("accepted", 1)


async def test_a_code_keyed_in_while_the_wan_is_down_is_taken_and_reported_later_r32(house: House) -> None:
    sale = await house.head(
        "vend", "--home", str(house.layout.headend), "--meter", METER.pan, "--amount", "0.10", "--wait", "0",
        "--request", "keyed-in",
    )  # fmt: skip
    await eventually(lambda: messages(house, order=sale["order"], final=True), 15.0, "the receipt of the sale")
    await house.children["broker-wan"].kill9()
    answer = await house.hubctl(
        "top-up", "electricity-1", sale["token"], "--socket", str(house.layout.console), expect=frozenset({0})
    )
    assert answer["outcome"] == "duplicate"
    assert answer["source"] == "local"
    await house.children["broker-wan"].restart()
    rows = await eventually(lambda: messages(house, order=answer["order"], final=True), 60.0, "the local receipt")
    assert rows[-1]["lane"] == Lane.RECEIPT
    assert await messages(house, name="local_top_up", order=answer["order"])


async def test_what_was_measured_while_the_broker_was_away_arrives_in_order_and_once_r9(house: House) -> None:
    await house.children["broker-wan"].kill9()
    away_from = time.time()
    await asyncio.sleep(0.09)
    for _ in range(3):
        await house.hubctl("read", "electricity-1", "--socket", str(house.layout.console))
    await house.children["broker-wan"].restart()

    async def arrived() -> list[dict[str, Any]] | None:
        rows = [r for r in await messages(house, device=METER.ieee) if r["kind"] == "reading"]
        late = [r for r in rows if r["body"]["measured_at"]["unix_s"] >= away_from]
        return late if len(late) >= 3 else None

    late = await eventually(arrived, 60.0, "the readings of the outage")
    assert [row["seq"] for row in late] == sorted(row["seq"] for row in late)
