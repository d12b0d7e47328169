"""A follow-up has its day from a clock that is trusted, and is not overdue by one that is not (R14)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hubd.model.device import DeviceKind
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import follow_ups, visits
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.commissioning.closing import Closing
from hubd.utility.commissioning.steps import Step

from .test_closing import ELECTRICITY, GAS, MONDAY, Office

LONG_AGO = Stamp(1_000_000.0, TimeTrust.UNSYNCED)
"""January 1970: a Pi that has just been switched on."""


class TheClock(HubClock):
    def __init__(self) -> None:
        super().__init__(assume_synced=False)
        self.now = LONG_AGO

    def stamp(self) -> Stamp:
        return self.now


@pytest.fixture
async def at_the_office(tmp_path: Path) -> Any:
    journal, clock = await Journal.open(tmp_path / "journal.sqlite"), TheClock()
    yield Office(journal, Closing(journal, clock, lambda: None, "GBP", lambda: None)), clock
    await journal.close()


async def test_a_visit_that_ends_on_an_untrusted_clock_has_its_day_when_the_clock_is_right_r14(
    at_the_office: tuple[Office, TheClock],
) -> None:
    office, clock = at_the_office
    gas = await office.guest(GAS, DeviceKind.GAS_METER, Step.DONE, "v-1")
    await office.journal.commit(lambda c: office.closing.arrived_in_service(c, gas, [gas], LONG_AGO))
    await office.closing.look_after_follow_ups()
    (first,) = [body for kind, body in await office.said() if kind == "statement"]
    assert await office.names() == ["statement"], "nothing is due by a day that nobody knows"
    assert (first["follow_up_needed"], first["follow_up_due"]) == (True, None)
    clock.now = MONDAY
    for _ in range(2):
        await office.closing.look_after_follow_ups()
    assert await office.names() == ["statement", "follow_up_due", "statement"]
    assert (await office.said())[1][1]["detail"] == {"visit": "v-1", "due": "2026-11-30"}
    again = (await office.said())[2][1]
    assert again == first | {"follow_up_due": "2026-11-30"}
    row = await office.journal.read(lambda c: visits.find(c, "v-1"))
    assert row is not None
    assert row.closed_at == LONG_AGO


async def test_a_clock_that_is_not_trusted_makes_nothing_overdue_r14(at_the_office: tuple[Office, TheClock]) -> None:
    office, clock = at_the_office
    gas = await office.guest(GAS, DeviceKind.GAS_METER, Step.DONE, "v-1")
    await office.journal.commit(lambda c: office.closing.arrived_in_service(c, gas, [gas], MONDAY))
    clock.now = Stamp(MONDAY.unix_s + 365 * 86_400, TimeTrust.UNSYNCED)
    await office.closing.look_after_follow_ups()
    assert "follow_up_overdue" not in await office.names()
    clock.now = replace(clock.now, trust=TimeTrust.NETWORK)
    for _ in range(2):
        await office.closing.look_after_follow_ups()
    assert (await office.names()).count("follow_up_overdue") == 1


async def test_what_has_no_day_yet_can_be_met_r14(at_the_office: tuple[Office, TheClock]) -> None:
    office, clock = at_the_office
    gas = await office.guest(GAS, DeviceKind.GAS_METER, Step.DONE, "v-1")
    await office.journal.commit(lambda c: office.closing.arrived_in_service(c, gas, [gas], LONG_AGO))
    meter = await office.guest(ELECTRICITY, DeviceKind.ELECTRICITY_METER, Step.DONE, "v-2")
    await office.journal.commit(lambda c: office.closing.arrived_in_service(c, meter, [gas, meter], LONG_AGO))
    assert (await office.said())[1][1] == {"name": "follow_up_met", "detail": {"visit": "v-1"}}
    clock.now = MONDAY
    await office.closing.look_after_follow_ups()
    assert await office.journal.read(follow_ups.unmet) == []
    assert await office.names() == ["statement", "follow_up_met", "statement"]
