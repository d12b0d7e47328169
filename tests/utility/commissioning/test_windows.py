"""A joining window lasts no longer than its command said, through restarts, power cuts and wrong clocks (R15)."""

from pathlib import Path

from hubd.store import commissioning, inbox

from .hub import Life, MortalHub
from .one_meter import ABSENT, ADDRESS, CODE, admission, bodies, hub_with

WINDOW_S = 60
HOUR_S = 3_600.0


async def admitted_and_killed(tmp_path: Path) -> MortalHub:
    """A device was admitted for a minute, the door is open, and the daemon is gone."""
    hub, _ = hub_with(tmp_path, admission(devices=(ABSENT,), window_s=WINDOW_S))
    async with hub.living(dies_when=lambda: hub.place(ABSENT) == "join/waiting") as life:
        assert not await hub.until(life, lambda: False)
    return hub


async def is_shut_and_told(hub: MortalHub, life: Life, why: str) -> None:
    assert await hub.until(life, lambda: bodies(hub, "receipt", order="admit-1", final=True), 5.0)
    assert [body["outcome"] for body in bodies(hub, "receipt", order="admit-1", final=True)] == ["failed"]
    assert await hub.until(life, lambda: life.visits.guest(ABSENT).way.held)
    assert [body["reason"] for body in bodies(hub, "event", name="commissioning_held")] == [why]
    assert str(life.visits.guest(ABSENT).way.held.why) == why
    row = await life.journal.read(lambda c: commissioning.find(c, ABSENT))
    assert row.install_code is None
    assert await life.journal.read(inbox.unfinished) == []


def kept_words(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in tmp_path.glob("journal.sqlite*"))


async def test_a_clock_set_back_opens_no_window_for_longer_however_often_the_daemon_starts_r15(
    tmp_path: Path,
) -> None:
    hub = await admitted_and_killed(tmp_path)
    try:
        hub.clock.step_s = -HOUR_S
        for waited_s in (10.0, 20.0, 30.0):
            hub.clock.ahead_s = waited_s
            async with hub.living() as life:
                assert await hub.until(life, lambda: life.visits.guest(ABSENT))
                assert 0 < life.visits.seconds_left(ABSENT) <= WINDOW_S - waited_s
    finally:
        hub.coordinator.close()


async def test_a_window_that_ended_while_the_daemon_was_down_is_over_told_and_its_code_erased_r15(
    tmp_path: Path,
) -> None:
    hub = await admitted_and_killed(tmp_path)
    try:
        hub.clock.ahead_s = WINDOW_S + 1.0
        async with hub.living() as life:
            await is_shut_and_told(hub, life, "window_over")
    finally:
        hub.coordinator.close()
    assert CODE.encode() not in kept_words(tmp_path)


async def test_after_a_power_cut_nobody_can_say_how_long_the_window_stood_and_it_is_shut_r15(tmp_path: Path) -> None:
    hub = await admitted_and_killed(tmp_path)
    try:
        hub.clock.life, hub.clock.step_s = "second", -HOUR_S
        async with hub.living() as life:
            await is_shut_and_told(hub, life, "window_shut")
            await life.orders.take(*admission(2, devices=(ABSENT,), window_s=WINDOW_S))
            assert await hub.until(life, lambda: hub.place(ABSENT) == "join/waiting")
    finally:
        hub.coordinator.close()


async def test_a_device_that_had_been_interviewed_before_the_power_cut_goes_on_r14_r15(tmp_path: Path) -> None:
    hub, _ = hub_with(tmp_path, admission())
    try:
        async with hub.living(dies_when=lambda: hub.on_disk(ADDRESS).get("interviewed")) as life:
            await hub.until(life, lambda: False)
        hub.clock.life, hub.clock.step_s = "second", -HOUR_S
        async with hub.living() as life:
            assert await hub.until(life, lambda: hub.place(ADDRESS) == "vend_test/waiting")
    finally:
        hub.coordinator.close()
