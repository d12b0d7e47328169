"""Prepayment on the running house: settings with read-back (R34), and re-arming as the consumer's act (R37)."""

import asyncio
from typing import Any

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import METER
from hubd.mqtt.client import Client
from tests.scenario.headend_book import eventually, until_radio_is_up, vend

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]


async def set_up(house: House, *words: str) -> dict[str, Any]:
    home = ["--home", str(house.layout.headend), "--meter", METER.pan, "--wait", "30"]
    order: dict[str, Any] = await house.head("prepayment", *home, *words)
    return order


async def test_a_signed_setting_is_obeyed_and_its_receipt_states_the_value_read_r34(house: House) -> None:
    emergency = await set_up(house, "--emergency-credit", "5.00", "1.00")
    assert emergency["receipt"]["read_back"] == {"limit_e5": 500_000, "threshold_e5": 100_000}
    low = await set_up(house, "--low-credit", "1.50")
    assert (low["status"], low["receipt"]["read_back"]) == ("done", {"level_e5": 150_000})
    await set_up(house, "--emergency-credit", "0", "0")


async def test_two_settings_ordered_at_once_are_each_read_back_as_ordered_r34(house: House) -> None:
    ordered = {"1.50": 150_000, "2.50": 250_000, "3.50": 350_000}
    answers = await asyncio.gather(*(set_up(house, "--low-credit", level) for level in ordered))
    assert [each["status"] for each in answers] == ["done"] * 3
    assert [each["receipt"]["read_back"]["level_e5"] for each in answers] == list(ordered.values())
    await set_up(house, "--low-credit", "1.50")


async def test_friendly_hours_are_set_and_stated_as_the_meter_says_them_r34(house: House) -> None:
    words = ["--friendly", "mon-fri 18:00-09:00", "--friendly", "sat,sun 00:00-24:00"]
    working = "00:00-09:00 18:00-24:00"
    week = {"mon": "18:00-24:00", "tue": working, "wed": working, "thu": working, "fri": working}
    week |= {"sat": "00:00-24:00", "sun": "00:00-24:00"}
    order = await set_up(house, *words)
    assert (order["status"], order["receipt"]["read_back"]) == ("done", week)
    assert (await house.meter(METER))["friendly_hours"] == week
    cleared = await set_up(house, "--friendly", "none")
    assert cleared["receipt"]["read_back"] == dict.fromkeys(week, "none")
    assert (await house.meter(METER))["friendly_now"] is False


async def test_friendly_hours_keep_an_exhausted_supply_on_until_they_end_r34(house: House) -> None:
    balance = (await house.meter(METER))["balance_e5"]
    await set_up(house, "--friendly", "mon-sun 00:00-24:00")
    await house.ask_air({"do": "set", "ieee": METER.ieee, "balance": "-0.50"})
    assert (await house.meter(METER))["supply"] == "on"
    await set_up(house, "--friendly", "none")
    assert (await house.meter(METER))["supply"] == "off"
    await house.ask_air({"do": "set", "ieee": METER.ieee, "balance": f"{balance / 1e5:.5f}"})
    await house.ask_air({"do": "set", "ieee": METER.ieee, "supply": "on"})


async def test_after_credit_the_supply_is_armed_and_only_the_consumer_switches_it_on_r37(house: House) -> None:
    balance = (await house.meter(METER))["balance_e5"]
    await house.ask_air({"do": "set", "ieee": METER.ieee, "balance": "-0.50"})
    assert (await house.meter(METER))["supply"] == "off"
    sale = await vend(house, "--meter", METER.pan, "--amount", "2.00")
    assert "can be switched on at the meter" in sale["receipt"]["reason"]

    async def read_back(state: str) -> bool:
        devices = await house.ask({"do": "devices"})
        return any(row["address"] == METER.ieee and row.get("supply") == state for row in devices)

    await eventually(lambda: read_back("armed"), 10.0, "the armed supply is read back")
    await house.ask({"do": "read", "device": METER.ieee})
    assert (await house.meter(METER))["supply"] == "armed", "nothing the hub does switches it on"
    await house.ask_air({"do": "set", "ieee": METER.ieee, "supply": "on"})
    await eventually(lambda: read_back("on"), 10.0, "the consumer's act is seen")
    await house.ask_air({"do": "set", "ieee": METER.ieee, "balance": f"{balance / 1e5:.5f}"})


async def at_home_assistant(house: House, key: str, value: bytes) -> None:
    """What the consumer's broker retains becomes this."""
    async with asyncio.timeout(20.0), Client("127.0.0.1", house.layout.consumer_port) as client:
        await client.subscribe(f"hubd/electricity-1/{key}")
        async for message in client.messages:
            if message.payload == value:
                return


async def test_the_household_hears_that_its_credit_is_low_with_the_wan_down_r40_r49(house: House) -> None:
    balance = (await house.meter(METER))["balance_e5"]
    await house.children["broker-wan"].kill9()
    try:
        await house.ask_air({"do": "set", "ieee": METER.ieee, "balance": "1.20"})
        await house.ask({"do": "read", "device": METER.ieee})
        await at_home_assistant(house, "credit_low", b"ON")
        await at_home_assistant(house, "credit_status", b"low")
        devices = {row["address"]: row for row in await house.ask({"do": "devices"})}
        assert devices[METER.ieee]["credit_status"] == "low"
        assert devices[METER.ieee]["emergency_credit_e5"] is not None
    finally:
        await house.children["broker-wan"].restart()
        await house.ask_air({"do": "set", "ieee": METER.ieee, "balance": f"{balance / 1e5:.5f}"})
    await house.ask({"do": "read", "device": METER.ieee})
    await at_home_assistant(house, "credit_low", b"OFF")
    await until_radio_is_up(house)
