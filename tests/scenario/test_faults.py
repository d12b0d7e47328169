"""The hub comes back by itself: radio reset, freeze and loss of its port; broker and network lost (R7, R9, R30)."""

import os
import time
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from hubd.bench.house.house import House
from hubd.bench.house.layout import HUB, METER
from hubd.model.lane import Lane
from tests.scenario.air_account import account_after, account_at
from tests.scenario.headend_book import eventually, messages, until_radio_is_up, vend
from tests.scenario.measured import (
    ALIAS,
    METERS,
    WITHIN_S,
    Frames,
    Mark,
    all_stored,
    burst,
    handed_over,
    mark,
    shown_registers,
    stored,
)
from tests.scenario.overheard import HeardHouse

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

BACK_WITHIN_S = 60.0
Beginning = tuple[int, Mark]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def beginning(house: House) -> Beginning:
    """The coordinator's last frame and the meters' registers before anything goes wrong here."""
    return await account_at(house), await mark(house)


async def lost_count(house: House) -> int:
    return len(await messages(house, name="radio_lost"))


def radio_said(house: HeardHouse) -> list[str]:
    """What the hub's status on the WAN has said of the radio, in turn."""
    statuses = [msgspec.json.decode(octets) for topic, octets in house.heard if topic == f"hubd/v1/{HUB}/status"]
    return [status["radio"] for status in statuses if "radio" in status]


@pytest.mark.parametrize("kind", ["reset", "port_loss", "freeze"])
async def test_the_radio_is_back_within_a_minute_and_the_process_was_not_restarted_r7(
    house: HeardHouse, beginning: Beginning, kind: str
) -> None:
    await until_radio_is_up(house, BACK_WITHIN_S)
    process, outages, said = house.children["hubd-utility"].pid, await lost_count(house), len(radio_said(house))
    began_s = time.monotonic()
    await house.ask_air({"do": "fault", "kind": kind, "for_s": 3.0 if kind == "port_loss" else 12.0})

    async def noticed() -> bool:
        return await lost_count(house) > outages

    await eventually(noticed, BACK_WITHIN_S, "the outage is noticed and told")
    await until_radio_is_up(house, BACK_WITHIN_S - (time.monotonic() - began_s))
    os.kill(process, 0)
    assert house.children["hubd-utility"].pid == process

    async def told_in_its_status() -> bool:
        words = radio_said(house)[said:]
        return "lost" in words and words[-1] == "up"

    await eventually(told_in_its_status, BACK_WITHIN_S, "the status on the WAN follows the radio")
    receipt = (await vend(house, "--meter", METER.pan, "--amount", "0.10"))["receipt"]
    assert receipt["outcome"] == "accepted"


async def test_no_reading_is_doubled_by_any_of_it_r9(house: House, beginning: Beginning) -> None:
    await until_radio_is_up(house, BACK_WITHIN_S)
    number, low = beginning
    high = await mark(house)
    await all_stored(house)
    for ieee in METERS:
        frames = await handed_over(house, ieee, number, low, high)
        readings = await stored(house, ieee, low, high)
        assert readings <= frames.reported + frames.answered, "each reading is of a frame of its own"


@dataclass(frozen=True)
class Condition:
    """What goes wrong while each meter reports REPORTS times: to `count` of its frames, on the air, in the WAN."""

    name: str
    faults: tuple[dict[str, Any], ...] = ()
    loss: float = 0.0
    broker_away: bool = False

    @property
    def twice(self) -> int:
        return sum(len(METERS) * fault["count"] for fault in self.faults if fault["kind"] == "duplicate")


REPORTS = 20
TWICE, AGAIN = {"kind": "duplicate", "count": 10}, {"kind": "duplicate", "count": 10, "by_s": 0.7}
LATE = {"kind": "late", "count": 10, "by_s": 0.7}
CONDITIONS = (
    Condition("frames come twice", (TWICE,)),
    Condition("frames come again behind later ones", (AGAIN,)),
    Condition("frames come late", (LATE,)),
    Condition("frames come late and again", (LATE, AGAIN)),
    Condition("two frames in five are lost", loss=0.8),
    Condition("the broker is away", broker_away=True),
)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
async def test_each_frame_that_the_radio_handed_over_is_one_reading_and_nothing_else_is_r9(
    house: House, condition: Condition
) -> None:
    number, said = await account_at(house), await frames_said(house)
    async with shown_registers(house) as shown:
        low, high = await sent_under(house, condition)
        await eventually(
            lambda: all_handed_over(house, number, condition), WITHIN_S, "what was to come late has come"
        )
        await all_stored(house)
        for ieee in METERS:
            frames = await handed_over(house, ieee, number, low, high)
            readings = await stored(house, ieee, low, high)
            assert frames.reported <= readings, "each report is a reading"
            assert readings <= frames.reported + frames.answered, "and one only"
            await seen_at_home_assistant(shown[ieee], low[ieee], high[ieee], frames)
    if condition.loss:
        heard = [entry for entry in await account_after(house, number) if not entry["down"]]
        assert sum((await frames_said(house)).values()) - sum(said.values()) > len(heard), "some were lost"


async def sent_under(house: House, condition: Condition) -> tuple[Mark, Mark]:
    """The burst, and the marks before and behind it."""
    low, before = await mark(house), await frames_said(house)
    for fault in condition.faults:
        for ieee in METERS:
            await house.ask_air({"do": "fault", **fault, "ieee": ieee})
    if condition.broker_away:
        await house.children["broker-wan"].kill9()
    await house.ask_air({"do": "loss", "share": condition.loss})
    try:
        await burst(house, 40.0, REPORTS)

        async def said_all() -> bool:
            said = await frames_said(house)
            return all(said[ieee] >= before[ieee] + REPORTS for ieee in METERS)

        await eventually(said_all, WITHIN_S, "the meters have said it all")
    finally:
        await house.ask_air({"do": "loss", "share": 0.0})
    high = await mark(house)
    if condition.broker_away:
        await house.children["broker-wan"].restart()
    return low, high


async def frames_said(house: House) -> dict[str, int]:
    """How many frames under its link key each meter has sent, heard or not."""
    devices = await house.ask_air({"do": "devices"})
    return {each["ieee"]: each["under_link_key"]["said"] for each in devices if each["ieee"] in METERS}


async def all_handed_over(house: House, number: int, condition: Condition) -> bool:
    """None is under way, and those that were to come twice did."""
    entries = [entry for entry in await account_after(house, number) if not entry["down"]]
    return all(entry["times"] for entry in entries) and sum(e["times"] == 2 for e in entries) == condition.twice


async def seen_at_home_assistant(shown: list[int], low: int, high: int, frames: Frames) -> None:
    """The registers that were sent and no others, each once, and none that falls: a late frame changes nothing."""
    await eventually(lambda: shown[-1:] >= [high], WITHIN_S, "Home Assistant has the last")
    seen = [wh for wh in shown if low < wh < high]
    assert seen == sorted(set(seen))
    assert set(seen) <= {values[0] for values in frames.reported + frames.answered}


async def test_the_consumer_s_memory_of_a_register_is_the_meter_s_last_r9(house: House) -> None:
    last = await mark(house)
    async with shown_registers(house) as shown:
        for ieee in METERS:
            await eventually(lambda ieee=ieee: shown[ieee][-1:] >= [last[ieee]], WITHIN_S, "it was told")
    daemon = house.children["hubd-consumer"]
    await daemon.stop()
    remembered = msgspec.json.decode((house.layout.consumer / "meters.json").read_bytes())
    await daemon.restart()
    registers = {meter["alias"]: meter["import_wh"] for meter in remembered["meters"]}
    after = await mark(house)
    assert all(last[ieee] <= registers[ALIAS[ieee]] < after[ieee] for ieee in METERS)


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
