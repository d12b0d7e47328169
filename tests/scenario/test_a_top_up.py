"""The main journey on the running house: a signed top-up reaches its meter, the balance reaches Home Assistant."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from hubd.bench.house.house import House
from hubd.bench.house.layout import LAB_METER, METER
from hubd.mqtt.client import Client
from tests.scenario.headend_book import eventually, messages, vend

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

COMPLIANCE_TOKEN = "59386323472137426967"
"""STS531-1-04, CTSA01: 0.1 kWh for PAN 600727000000000009."""


class HomeAssistantView:
    """What the consumer's broker shows to whoever subscribes."""

    def __init__(self) -> None:
        self.latest: dict[str, bytes] = {}

    def values(self, alias: str) -> dict[str, Any]:
        """All state of one meter, whatever topics it is spread over."""
        merged: dict[str, Any] = {}
        for topic, payload in self.latest.items():
            if f"/{alias}" in topic and not topic.startswith("homeassistant/"):
                try:
                    value = json.loads(payload)
                except ValueError:
                    value = payload.decode()
                merged |= value if isinstance(value, dict) else {topic.rsplit("/", 1)[-1]: value}
        return merged


@pytest_asyncio.fixture(loop_scope="session")
async def home_assistant(house: House) -> AsyncIterator[HomeAssistantView]:
    view = HomeAssistantView()
    async with Client("127.0.0.1", house.layout.consumer_port) as client, asyncio.TaskGroup() as group:
        await client.subscribe("#")

        async def watch() -> None:
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                view.latest[str(message.topic)] = message.payload

        task = group.create_task(watch())
        yield view
        task.cancel()


async def test_ten_pounds_at_twenty_percent_of_fifty_pounds_debt_r35_r30_r49(
    house: House, home_assistant: HomeAssistantView
) -> None:
    home = ["--home", str(house.layout.headend)]
    await house.head("debt", *home, "--meter", METER.pan, "--set", "50.00", "--percent", "20")
    before = await house.meter(METER)
    sale = await vend(house, "--meter", METER.pan, "--amount", "10.00", "--request", "till-1")
    assert (sale["debt_pence"], sale["debt_remaining_pence"], sale["credit_pence"]) == (200, 4800, 800)
    assert sale["final"]
    assert sale["receipt"]["outcome"] == "accepted"
    after = await house.meter(METER)
    assert after["accepted"][-1]["amount_e5"] == sale["encoded_e5"] == 800_024
    assert len(after["accepted"]) == len(before["accepted"]) + 1
    answered_e5 = sale["receipt"]["credit_remaining_e5"]
    began_s = time.monotonic()
    balance = await eventually(
        lambda: _near(home_assistant.values("electricity-1").get("balance"), answered_e5),
        5.0,
        "the balance at Home Assistant",
    )
    assert balance
    assert time.monotonic() - began_s < 5.0
    await house.head("debt", *home, "--meter", METER.pan, "--set", "0", "--percent", "0")


def _near(shown: Any, answered_e5: int) -> bool:
    """The balance as shown, at most a penny of consumption below what the meter answered."""
    return shown is not None and abs(float(shown) - answered_e5 / 1e5) < 0.02


async def test_the_same_request_returns_the_same_token_and_a_changed_one_is_refused_r30(house: House) -> None:
    first = await vend(house, "--meter", METER.pan, "--amount", "1.00", "--request", "till-2")
    again = await vend(house, "--meter", METER.pan, "--amount", "1.00", "--request", "till-2")
    assert again["token"] == first["token"]
    assert again["repeated"]
    await vend(house, "--meter", METER.pan, "--amount", "2.00", "--request", "till-2", expect=frozenset({1}))
    accepted = [row["tid"] for row in (await house.meter(METER))["accepted"]]
    assert accepted.count(first["tid"]) == 1


async def test_a_published_compliance_token_is_accepted_once_and_then_a_duplicate_r10_r30(house: House) -> None:
    token = ["--meter", LAB_METER.pan, "--token", COMPLIANCE_TOKEN]
    first = await vend(house, *token, "--request", "ctsa01-a")
    assert first["receipt"]["outcome"] == "accepted"
    second = await vend(house, *token, "--request", "ctsa01-b")
    assert second["receipt"]["outcome"] == "duplicate"
    verdicts = [row["verdict"] for row in (await house.meter(LAB_METER))["log"]]
    assert [v.lower() for v in verdicts[-2:]] == ["accepted", "used"]


async def test_readings_reach_the_head_end_and_home_assistant_with_export_only_where_present_r19_r49(
    house: House, home_assistant: HomeAssistantView
) -> None:
    await eventually(lambda: messages(house, device=METER.ieee), 20.0, "a reading at the head-end")
    values = await eventually(
        lambda: (v := home_assistant.values("electricity-1")) and v.get("import_energy", v.get("import")) and v,
        20.0,
        "energy at Home Assistant",
    )
    assert values
    configs = {t: json.loads(p) for t, p in home_assistant.latest.items() if t.endswith("/config") and p}
    assert len(configs) >= 2, "one device a meter"
    with_export = [t for t, c in configs.items() if any("export" in name for name in c["cmps"])]
    assert len(with_export) == 1, "the second meter has no export register"


async def test_every_published_reading_names_the_trust_of_its_time_r19(house: House) -> None:
    rows = await messages(house, device=METER.ieee)
    readings = [row["body"] for row in rows if "measured_at" in row["body"]]
    assert readings
    assert all(body["measured_at"]["trust"] in ("network", "meter", "unsynced") for body in readings)


async def test_half_hours_are_collected_whole_for_each_channel_the_meter_has_r19_r20(house: House) -> None:
    def slots(rows: list[dict[str, Any]], channel: str) -> list[int]:
        bodies = [r["body"] for r in rows if r["kind"] == "profile" and r["body"]["channel"] == channel]
        return [b["start_unix_s"] + i * b["interval_s"] for b in bodies for i in range(len(b["wh"]))]

    async def two_days() -> list[dict[str, Any]] | None:
        rows = await messages(house, device=METER.ieee)
        return rows if min(len(slots(rows, "import")), len(slots(rows, "export"))) >= 90 else None

    rows = await eventually(two_days, 30.0, "two days of half-hours on both channels")
    for channel in ("import", "export"):
        starts = sorted(slots(rows, channel))
        assert len(starts) == len(set(starts)), "each half-hour once"
        assert starts == list(range(starts[0], starts[-1] + 1, 1_800)), "no half-hour is missing"
    lab = await messages(house, device=LAB_METER.ieee)
    assert not slots(lab, "export"), "no export register, no export profile"
