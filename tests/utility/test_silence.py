"""A meter on mains that falls silent is told once, and unavailable to the consumer until it is heard again (R24)."""

from pathlib import Path
from typing import Any

import pytest

from hubd.bench.house.layout import METER
from hubd.feed.sender import FeedSender
from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64, parse_eui64
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.events import EventName
from hubd.utility.feeding import Feeding
from hubd.utility.household import Household
from hubd.utility.silence import MainsMeters
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

ADDRESS = parse_eui64(METER.ieee)
POLL_S = 300.0


class Clock(HubClock):
    """Moved by the test."""

    now_s = 1_000.0

    def monotonic_s(self) -> float:
        return self.now_s


class Joined(Household):
    """All its devices are on the network, which has no radio here."""

    def is_on_network(self, address: Eui64) -> bool:
        return True


class Hub:
    """A household of one meter, and what is told of it."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.clock = Clock(assume_synced=True)
        self.feeding = Feeding(FeedSender(folder / "feed.fifo"), "GBP")
        self.household = Joined(
            journal, SmartEnergyNetwork(RadioConfig("/dev/null"), lambda _: None), self.feeding, self.clock
        )
        self.radio_is_up = True
        self.told: list[tuple[str, int]] = []
        self.meters = MainsMeters(self.household, self.feeding, self.clock, lambda: self.radio_is_up, self._tell)

    async def _tell(self, name: EventName, **facts: Any) -> None:
        assert facts["device"] == ADDRESS
        self.told.append((str(name), facts["detail"]["silent_s"]))

    @property
    def reachable(self) -> bool:
        latest = self.feeding.latest(ADDRESS)
        return latest is not None and latest.reachable

    async def polls_in_vain(self, times: int) -> None:
        for _ in range(times):
            self.clock.now_s += POLL_S
            await self.meters.unanswered(ADDRESS, POLL_S)


@pytest.fixture
async def hub(tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    hub = Hub(tmp_path, journal)
    await journal.commit(lambda c: hub.household.record(c, ADDRESS, DeviceKind.ELECTRICITY_METER))
    await hub.household.reload()
    await hub.meters.answered(ADDRESS)
    assert hub.reachable
    yield hub
    await journal.close()


async def test_two_polls_in_vain_are_not_silence_three_are_and_told_once(hub: Hub) -> None:
    await hub.polls_in_vain(1)
    await hub.polls_in_vain(1)
    assert (hub.reachable, hub.told) == (True, [])
    await hub.polls_in_vain(5)
    assert (hub.reachable, hub.told) == (False, [("meter_silent", 900)])


async def test_the_first_answer_or_report_ends_it_and_that_is_told_once(hub: Hub) -> None:
    await hub.polls_in_vain(3)
    await hub.meters.answered(ADDRESS)
    await hub.meters.answered(ADDRESS)
    assert hub.reachable
    await hub.polls_in_vain(3)
    hub.clock.now_s += 1
    hub.household.heard_of(ADDRESS)
    assert hub.reachable, "a report is enough"
    await hub.meters.unanswered(ADDRESS, POLL_S)
    assert [name for name, _ in hub.told] == ["meter_silent", "meter_back"] * 2


async def test_a_meter_that_reports_and_does_not_answer_is_not_silent(hub: Hub) -> None:
    for _ in range(10):
        hub.household.heard_of(ADDRESS)
        await hub.polls_in_vain(1)
    assert (hub.reachable, hub.told) == (True, [])


async def test_while_the_radio_is_down_all_are_unreachable_and_nobody_is_silent(hub: Hub) -> None:
    hub.radio_is_up = False
    hub.household.radio_lost()
    assert not hub.reachable
    await hub.polls_in_vain(10)
    hub.radio_is_up = True
    await hub.polls_in_vain(3)
    assert hub.told == [], "it is asked only since the radio is back"
    await hub.polls_in_vain(1)
    assert [name for name, _ in hub.told] == ["meter_silent"]
    await hub.meters.answered(ADDRESS)
    assert hub.reachable
