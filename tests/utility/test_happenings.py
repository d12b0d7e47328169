"""R1: what anybody on the air can cause does not fill the outbox, whatever it varies."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from hubd.feed.sender import FeedSender
from hubd.model.device import DeviceKind
from hubd.model.han import (
    FrameBeforeKeyRefused,
    HanEvent,
    Heard,
    KeyEstablishmentFailed,
    KeyInDoubt,
    OwnCertificateUnusable,
    UnlistedDeviceRefused,
    UnsecuredFrameRefused,
)
from hubd.model.identity import Eui64
from hubd.model.lane import Lane
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility import repeats
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.utility.happenings import Happenings
from hubd.utility.household import Household
from hubd.wan.messages import EventBody
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

METER = Eui64("00:0d:6f:00:0a:90:69:e7")


def address(n: int) -> Eui64:
    octets = n.to_bytes(8, "big").hex()
    return Eui64(":".join(octets[at : at + 2] for at in range(0, 16, 2)))


@dataclass
class Hub:
    journal: Journal
    happenings: Happenings

    async def told(self, lane: Lane = Lane.EVENT) -> list[EventBody]:
        rows = await self.journal.read(lambda c: outbox.waiting(c, lane, 0, 10_000))
        return [msgspec.json.decode(row.body, type=EventBody) for row in rows]

    async def counted(self) -> int:
        """How many happenings the events stand for."""
        return sum(event.detail["times"] for event in await self.told())

    async def happen(self, *events: HanEvent) -> None:
        for event in events:
            self.happenings.put(event)
        async with asyncio.timeout(30.0):
            while not self.happenings._queue.empty():
                await asyncio.sleep(0)


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    journal = await Journal.open(tmp_path / "journal.sqlite")
    happenings = Happenings(journal, HubClock(assume_synced=True), lambda: None)
    task = asyncio.ensure_future(happenings.run(None, None, None, lambda device: None))  # type: ignore[arg-type]
    yield Hub(journal, happenings)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await journal.close()


async def test_five_thousand_different_reasons_of_one_device_are_one_event_r1(hub: Hub) -> None:
    """The reason quotes the sender's issuer: it is the sender's to choose."""
    for status in (0x01, 0x03):
        await hub.happen(
            *(
                KeyEstablishmentFailed(METER, f"its certificate is of issuer {address(n)}", status)
                for n in range(5_000)
            )
        )
    assert [event.detail["status"] for event in await hub.told()] == ["0x01", "0x03"]


async def test_five_thousand_invented_addresses_are_twenty_events_r1(hub: Hub) -> None:
    await hub.happen(*(UnlistedDeviceRefused(address(n)) for n in range(5_000)))
    assert len(await hub.told()) == repeats.MOST_AN_HOUR


async def test_clusters_that_are_made_up_are_no_kinds_of_their_own_r1(hub: Hub) -> None:
    await hub.happen(*(UnsecuredFrameRefused(METER, n) for n in range(500)))
    await hub.happen(*(FrameBeforeKeyRefused(METER, n) for n in range(500)))
    names = [event.name for event in await hub.told(Lane.ALARM)]
    assert names == ["unsecured_frame_refused", "frame_before_key_refused"]


async def test_what_was_only_counted_is_told_when_the_hour_is_over_though_nothing_more_happens_r1(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "AN_HOUR_S", 0.2)
    await hub.happen(*(UnlistedDeviceRefused(address(n)) for n in range(50)))
    async with asyncio.timeout(10.0):
        while await hub.counted() < 50:  # a busy machine takes several such hours
            await asyncio.sleep(0.01)
    counted = [event for event in await hub.told() if event.device is None]
    assert counted[0].name == "unlisted_device_refused"
    assert "counted" in counted[0].reason


async def test_a_key_in_doubt_is_an_event_and_the_hub_s_own_certificate_an_alarm_r6(hub: Hub) -> None:
    await hub.happen(
        KeyInDoubt(METER, "the radio holds no key for it"), OwnCertificateUnusable("hub.txt: does not fit")
    )
    (doubt,) = await hub.told()
    assert (doubt.name, doubt.device, doubt.reason) == ("key_in_doubt", METER, "the radio holds no key for it")
    (alarm,) = await hub.told(Lane.ALARM)
    assert (alarm.name, alarm.device, alarm.reason) == ("own_certificate_unusable", None, "hub.txt: does not fit")


async def test_a_display_is_reachable_again_with_whatever_it_says(tmp_path: Path) -> None:
    display, clock = address(2), HubClock(assume_synced=True)
    journal = await Journal.open(tmp_path / "journal.sqlite")
    feeding = Feeding(FeedSender(tmp_path / "feed.fifo"), "GBP")
    network = SmartEnergyNetwork(RadioConfig("/dev/null"), lambda _: None)
    household = Household(journal, network, feeding, clock)
    await journal.commit(lambda c: household.record(c, display, DeviceKind.IN_HOME_DISPLAY))
    await household.reload()
    happenings = Happenings(journal, clock, lambda: None)
    task = asyncio.ensure_future(
        happenings.run(household, None, None, lambda device: None)  # type: ignore[arg-type]
    )
    try:
        household.radio_lost()
        await Hub(journal, happenings).happen(Heard(address(3)), Heard(display))
        latest = feeding.latest(display)
        assert latest is not None
        assert latest.reachable
        assert household.heard_at(display) is not None
        assert household.heard_at(address(3)) is None
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await journal.close()
