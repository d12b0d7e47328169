"""R24, R30: the gas meter that sleeps, on the running house: what is for it waits for its wake, and no longer."""

import sys
import time
from typing import Any

import pytest

from hubd.bench.house.house import House
from hubd.bench.house.layout import GAS_METER, GAS_WAKES_EVERY_S
from tests.scenario.air_account import account_at, codes_sent
from tests.scenario.headend_book import eventually, messages, until_radio_is_up

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

WITHIN_S = 5.0
"""From the wake of a sleeping meter until the final receipt of its token is on the hub's disk."""


async def gas(house: House) -> dict[str, Any]:
    """The hub's own word on the gas meter."""
    devices = await house.ask({"do": "devices"})
    found: dict[str, Any] = next(each for each in devices if each["address"] == GAS_METER.ieee)
    return found


async def asleep(house: House) -> None:
    """Wait until the meter has just gone to sleep: for so long it will not wake by itself."""

    async def is_asleep() -> bool:
        view = await house.meter(GAS_METER)
        now_s = time.time()
        return view["next_wake_unix_s"] - now_s > GAS_WAKES_EVERY_S - 8 and view["awake_until_unix_s"] <= now_s

    await eventually(is_asleep, 120.0, "the gas meter to sleep")


async def wake(house: House) -> None:
    await house.ask_air({"do": "set", "ieee": GAS_METER.ieee, "wake": True})


async def order(house: House, request: str) -> dict[str, Any]:
    words = ["--home", str(house.layout.headend), "--meter", GAS_METER.pan, "--amount", "1.00", "--request", request]
    sale: dict[str, Any] = await house.head("vend", *words, "--wait", "0")
    return sale


async def queued(house: House, sale: dict[str, Any]) -> None:
    """The token is on the hub, and waits."""

    async def is_there() -> bool:
        return any(row["order"] == sale["order"] for row in await house.ask({"do": "vend"}))

    await eventually(is_there, 30.0, "the order to be on the hub")


async def accepted(house: House, sale: dict[str, Any]) -> int:
    return [row["tid"] for row in (await house.meter(GAS_METER))["accepted"]].count(sale["tid"])


async def volumes(house: House) -> int:
    """How many of its readings the head-end has."""
    return sum("volume_l" in row["body"] for row in await messages(house, device=GAS_METER.ieee))


async def ended(house: House, sale: dict[str, Any], within_s: float) -> list[dict[str, Any]]:
    async def is_final() -> bool:
        return bool(await messages(house, order=sale["order"], final=True))

    await eventually(is_final, within_s, "the final receipt")
    return await messages(house, order=sale["order"], final=True)


async def test_it_is_in_service_and_its_litres_and_balance_are_known_with_their_age_r24(house: House) -> None:
    async def measured() -> dict[str, Any] | None:
        known = await gas(house)
        return known if "volume_l" in known and "account_age_s" in known else None

    known = await eventually(measured, 60.0, "a wake, where the hub has just been started")
    assert (known["alias"], known["kind"], known["wakes_every_s"]) == ("gas-1", "gas_meter", GAS_WAKES_EVERY_S)
    assert known["volume_l"] >= 0
    assert "import_wh" not in known or known["import_wh"] is None
    assert known["age_s"] >= 0
    assert known["account_age_s"] >= 0
    assert known["balance_e5"] is not None


async def test_a_token_waits_for_the_wake_and_is_delivered_within_five_seconds_of_it_r24_r30(
    house: House,
) -> None:
    await asleep(house)
    number = await account_at(house)
    sale = await order(house, "gas-1")
    await queued(house, sale)
    assert (await gas(house))["waiting"][0] == "tokens"
    assert await messages(house, order=sale["order"], final=True) == []
    assert await codes_sent(house, number) == [], "nothing is sent to a meter that sleeps"
    woken_unix_s = time.time()
    await wake(house)
    receipts = await ended(house, sale, 30.0)
    took_s = receipts[-1]["at_unix_s"] - woken_unix_s
    print(f"\nwake to receipt: {took_s:.2f} s")
    assert took_s < WITHIN_S
    assert [row["body"]["outcome"] for row in receipts] == ["accepted"]
    assert await codes_sent(house, number) == [sale["token"]], "and once to one that is awake"
    assert await accepted(house, sale) == 1


async def test_a_token_outlives_a_kill_of_the_daemon_and_goes_out_at_the_first_wake_r24_r30(house: House) -> None:
    daemon = house.children["hubd-utility"]
    await asleep(house)
    sale = await order(house, "gas-2")
    await queued(house, sale)
    await daemon.kill9()
    await daemon.restart(daemon.argv)
    await until_radio_is_up(house)
    await wake(house)
    receipts = await ended(house, sale, 30.0)
    assert [row["body"]["outcome"] for row in receipts] == ["accepted"]
    assert await accepted(house, sale) == 1


async def test_killed_between_the_answer_and_the_ledger_it_sends_again_and_duplicate_means_success_r24_r30(
    house: House,
) -> None:
    daemon = house.children["hubd-utility"]
    normal = daemon.argv
    await asleep(house)
    await daemon.kill9()
    dying = [sys.executable, "-m", "hubd.bench.dying_utility", "--config", str(house.layout.utility_config)]
    await daemon.restart([*dying, "--die-at", "1", "--place", "after SmartEnergyNetwork.top_up"])
    await until_radio_is_up(house)
    sale = await order(house, "gas-3")
    await queued(house, sale)
    await wake(house)

    async def dead() -> bool:
        return not daemon.running

    await eventually(dead, 60.0, "its death")
    assert await accepted(house, sale) == 1
    assert await messages(house, order=sale["order"], final=True) == []
    await daemon.kill9()
    await daemon.restart(normal)
    await until_radio_is_up(house)
    await wake(house)
    [receipt] = await ended(house, sale, 90.0)
    assert receipt["body"]["outcome"] == "accepted"
    assert receipt["body"]["attempts"] == 2
    assert await accepted(house, sale) == 1
    verdicts = [row["verdict"] for row in (await house.meter(GAS_METER))["log"]][-2:]
    assert verdicts == ["accepted", "used"]


async def test_friendly_hours_go_to_a_sleeping_meter_whole_in_one_wake_r24_r34(house: House) -> None:
    await asleep(house)
    words = ["--home", str(house.layout.headend), "--meter", GAS_METER.pan, "--request", "gas-friendly"]
    days = [f"{day} {hour:02}:00-23:00" for hour, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))]
    friendly = [word for day in days for word in ("--friendly", day)]
    queued = await house.head("prepayment", *words, *friendly, "--wait", "0")
    await eventually(lambda: _waits(house, queued["order"]), 30.0, "the order to be on the hub")
    wakes = (await house.meter(GAS_METER))["wakes"]
    await wake(house)
    [receipt] = await ended(house, queued, 30.0)
    assert receipt["body"]["outcome"] == "done"
    told = receipt["body"]["read_back"]
    assert [f"{day} {periods}" for day, periods in told.items()] == days
    view = await house.meter(GAS_METER)
    assert (view["friendly_hours"], view["wakes"]) == (told, wakes + 1)


async def _waits(house: House, name: str) -> bool:
    return name in (await gas(house))["waiting"]


async def test_a_reading_ordered_while_it_sleeps_comes_at_its_wake_and_is_no_failure_r24(house: House) -> None:
    await asleep(house)
    told = await house.hubctl("read", "gas-1", "--socket", str(house.layout.console))
    assert told["asleep"] is True
    assert told["order"] in told["waiting"]
    before = await volumes(house)
    await wake(house)

    async def was_read() -> bool:
        return told["order"] not in (await gas(house))["waiting"]

    await eventually(was_read, 10.0, "the reading")
    assert await volumes(house) > before
