"""Loss of supply on the running house, from the pin to the head-end: the grid trips, the hub tells (R41 to R45).

The daemon runs on a clock twenty times as fast: a minute of the rules takes three seconds. The same stories in real
time, with the reclosers' own times: `make outage-house`.
"""

import resource
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from hubd.bench.grid import clock
from hubd.bench.house.house import House
from tests.scenario.headend_book import eventually
from tests.scenario.outage_house import OutageHouse, begin, on_a_clock

pytestmark = [pytest.mark.process, pytest.mark.asyncio(loop_scope="session")]

FACTOR = 20.0
THREE_YEARS_S = 3 * 365 * 86_400.0
RECLOSER = {"dead_s": [5.0, 5.0, 5.0], "fast_s": 4.0, "delayed_s": 8.0}
"""Slower than a real one, so that supply is back for at least a fifth of a real second."""
PATIENCE_S = 30.0
"""A busy machine is slow; a timer that a step of three years had moved would be later than that, or too early."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fast_house(house: House) -> AsyncIterator[OutageHouse]:
    async with on_a_clock(house, FACTOR) as fast:
        yield fast


@pytest_asyncio.fixture(loop_scope="session")
async def fast(fast_house: OutageHouse) -> OutageHouse:
    return await begin(fast_house)


async def house_is(house: House, *, dark: bool) -> bool:
    """Dark: mains meters are off the air and the consumer daemon is stopped, the utility's runs. Or none of it."""
    devices = await house.ask_air({"do": "devices"})
    meters = [device["powered"] for device in devices if device["kind"] != "gas_meter"]
    consumer, utility = (house.children[name].running for name in ("hubd-consumer", "hubd-utility"))
    return utility and consumer is not dark and (not any(meters) if dark else all(meters))


async def test_a_reclosing_that_succeeds_is_one_momentary_event_and_no_incident_r41(fast: OutageHouse) -> None:
    before = await fast.incidents("--ended", "24")
    await fast.trip("success", recloser=RECLOSER, fault={"below": "f1", "clears_after_trips": 3})
    (momentary,) = await fast.until_told("outage_momentary")
    assert (momentary["operations"], momentary["topology"]) == (3, "f1/s1/t1/h1")
    assert momentary["lasted_s"] == pytest.approx(5 + 4 + 5 + 8 + 5, abs=3.0)
    await eventually(lambda: house_is(fast.house, dark=False), PATIENCE_S, "load is taken back")
    assert await fast.incidents("--ended", "24") == before


async def test_a_reclosing_that_succeeds_while_the_hub_dies_in_the_wait_is_one_momentary_event_all_the_same_r43(
    fast: OutageHouse,
) -> None:
    before = await fast.incidents("--ended", "24")
    slow = RECLOSER | {"dead_s": [5.0, 5.0, 50.0]}
    await fast.trip("success", recloser=slow, fault={"below": "f1", "clears_after_trips": 3})

    async def riding_the_last() -> bool:
        supply = await fast.supply()
        return bool(supply.get("phase") == "riding" and supply["operations"] == 3)

    await fast.until(riding_the_last, "the third loss has begun")
    await fast.kill_and_start()
    (momentary,) = await fast.until_told("outage_momentary")
    assert momentary["operations"] == 3
    await eventually(lambda: house_is(fast.house, dark=False), PATIENCE_S, "load is taken back")
    assert await fast.incidents("--ended", "24") == before


@pytest.mark.parametrize(
    ("fault", "operations"),
    [({"below": "f1"}, 4), ({"below": "f1/s1", "fuse_s": 10.0}, 3)],
    ids=["a lock-out", "a blown fuse"],
)
async def test_an_outage_is_told_once_though_the_hub_dies_in_the_wait_and_in_the_send_r43(
    fast: OutageHouse, fault: dict[str, Any], operations: int
) -> None:
    began = time.time()
    await fast.trip("story", recloser=RECLOSER, fault=fault)
    await fast.killed_in_the_wait_and_in_the_send(operations)
    (alert,) = await fast.until_told("outage_alert")
    assert (alert["claim"], alert["operations"]) == ("alert", operations)
    await eventually(
        lambda: house_is(fast.house, dark=True), PATIENCE_S, "load is shed, and meters on mains are dark"
    )
    await fast.until_off("hub-0001")
    await fast.put(True)
    alert, restored = await fast.until_told("outage_alert", "outage_restored")
    await fast.until_off()
    await eventually(lambda: house_is(fast.house, dark=False), PATIENCE_S, "load is taken back")
    assert restored["outage"] == alert["outage"]
    for body in (alert, restored):
        assert body["began"]["earliest"] == body["began"]["latest"]
        assert body["began"]["earliest"]["unix_s"] == pytest.approx(began, abs=1.0)
    assert restored["alert_sent"] is True


async def test_a_blown_fuse_is_told_by_those_behind_it_and_steps_of_the_wall_clock_move_no_timer_r41_r43(
    fast: OutageHouse,
) -> None:
    file = fast.house.layout.clock
    lost_s = time.monotonic()
    await fast.trip("blown-fuse", recloser=RECLOSER, fault={"below": "f1/s1", "fuse_s": 10.0})
    await fast.phase("riding")
    clock.change(file, wall_step_s=THREE_YEARS_S)
    (alert,) = await fast.until_told("outage_alert")
    assert (alert["operations"], alert["off_for_s"]) == (3, pytest.approx(62.5, abs=2.6))
    assert alert["since_first_s"] == pytest.approx(16.0 + 62.5, abs=5.0)
    assert 70.0 / FACTOR < time.monotonic() - lost_s < PATIENCE_S
    grid = await fast.house.ask_grid({"do": "state"})
    assert grid["hubs"] == {"hub-0001": "off", "hub-0002": "on"}
    await fast.until_off("hub-0001")
    clock.change(file, wall_step_s=-THREE_YEARS_S)
    back_s = time.monotonic()
    await fast.put(True)
    alert, restored = await fast.until_told("outage_alert", "outage_restored")
    await fast.until_off()
    assert restored["outage"] == alert["outage"]
    assert 60.0 / FACTOR <= time.monotonic() - back_s < PATIENCE_S
    assert restored["lasted_s"] == pytest.approx((back_s - lost_s) * FACTOR, abs=10.0)
    clock.change(file, wall_step_s=0.0)


async def test_after_a_deep_discharge_the_true_start_is_told_r42(fast: OutageHouse) -> None:
    house = fast.house
    began = time.time()
    await fast.put(False)
    await fast.phase("riding")
    await house.children["hubd-utility"].kill9()
    await house.children["hubd-consumer"].kill9()
    clock.change(house.layout.clock, wall_step_s=7_200.0)  # supply is back after two hours
    await fast.put(True)
    await house.services.boot()
    (restored,) = await fast.until_told("outage_restored")
    clock.change(house.layout.clock, wall_step_s=0.0)
    assert restored["alert_sent"] is False
    assert restored["began"]["earliest"]["unix_s"] == pytest.approx(began, abs=1.0)


async def test_a_full_card_keeps_no_alert_back_and_the_daemon_starts_anew_when_there_is_room_r43(
    fast: OutageHouse,
) -> None:
    daemon = fast.house.children["hubd-utility"]
    _let_it_write(daemon.pid, False)
    await fast.put(False)
    await fast.until_told("outage_alert")
    status = await fast.house.ask({"do": "status"})
    assert "see that the card has room" in status["not_written"]
    await fast.put(True)
    await fast.until_told("outage_alert", "outage_restored")
    assert daemon.running
    _let_it_write(daemon.pid, True)
    told = await fast.until_told(*["outage_alert", "outage_restored"] * 2)
    assert len({message["outage"] for message in told}) == 1
    await eventually(lambda: not daemon.running, PATIENCE_S, "meters and orders start anew, with the daemon")
    assert daemon.exit_code != 0
    await daemon.restart()
    await fast.ready()


def _let_it_write(pid: int, may: bool) -> None:
    """Writing to any file fails, as on a card that is full."""
    most = resource.RLIM_INFINITY if may else 1
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


async def test_energisation_and_supply_are_two_facts_each_with_its_age_r22(fast: OutageHouse) -> None:
    supply = await fast.supply()
    assert (supply["state"], supply["outage"]) == ("on", None)
    assert supply["since_s_ago"] >= 0
    meter: dict[str, Any] = await fast.house.ask({"do": "read", "device": "electricity-1"})
    assert meter.get("supply") in ("on", "armed", "off"), meter
    assert time.time() - meter["measured_at"] < 60


async def test_a_hub_whose_energy_ends_says_what_it_knows_goes_down_and_is_back_with_the_supply_r42(
    fast: OutageHouse,
) -> None:
    house = fast.house
    config = house.layout.utility_config
    before = config.read_text()
    daemon = house.children["hubd-utility"]
    try:
        config.write_text(before.replace("capacitance_f = 100", "capacitance_f = 20"))
        await daemon.stop()
        await daemon.restart()
        await fast.ready()
        await fast.put(False)
        (alert,) = await fast.until_told("outage_alert")
        assert (alert["claim"], alert["failure"]) == ("provisional", "energy_before_confirmed")
        assert alert["off_for_s"] >= 15.0
        await eventually(lambda: house.services.down and not daemon.running, PATIENCE_S, "the machine is off")
        await fast.put(True)
        alert, restored = await fast.until_told("outage_alert", "outage_restored")
        assert restored["outage"] == alert["outage"]
        assert restored["began"] == alert["began"]
    finally:
        config.write_text(before)  # the daemon reads it when it starts again on its own clock
