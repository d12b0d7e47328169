"""The end of a visit: gas first, followed up, overdue; closing what is not finished (R14, R16)."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64, parse_eui64
from hubd.model.lane import Lane
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import commissioning, devices, follow_ups, outbox, visits
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.commissioning import following_up, saved
from hubd.utility.commissioning.closing import Closing
from hubd.utility.commissioning.guest import Guest
from hubd.utility.commissioning.steps import Step
from hubd.utility.commissioning.way import Way

GAS = parse_eui64("00:0d:6f:00:0a:90:69:01")
ELECTRICITY = parse_eui64("00:0d:6f:00:0a:90:69:02")
MONDAY = Stamp(1_795_435_200.0, TimeTrust.NETWORK)
"""2026-11-23 12:00 UTC."""


@dataclass
class Office:
    """A journal with a closing over it."""

    journal: Journal
    closing: Closing

    async def guest(self, device: Eui64, kind: DeviceKind, step: Step, visit: str) -> Guest:
        way = Way(kind, step=step)
        until = commissioning.Window(MONDAY.unix_s + 240)

        def work(connection: Any) -> None:
            devices.add(connection, device, kind, MONDAY)
            visits.open_visit(connection, visit, MONDAY)
            commissioning.invite(
                connection,
                device,
                visit=visit,
                supplier=None,
                install_code=Secret("AB"),
                window=until,
                admit_order="o",
                state=saved.encode(way),
            )

        await self.journal.commit(work)
        return Guest(device, visit, None, "o", until, way)

    async def said(self) -> list[tuple[str, dict[str, Any]]]:
        rows = await self.journal.read(lambda c: outbox.waiting(c, Lane.EVENT, 0, 100))
        return [(row.kind, json.loads(row.body)) for row in rows]

    async def names(self) -> list[str]:
        return [str(body.get("name", kind)) for kind, body in await self.said()]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    journal = await Journal.open(tmp_path / "journal.sqlite")
    yield Office(journal, Closing(journal, HubClock(assume_synced=True), lambda: None, "GBP", lambda: None))
    await journal.close()


async def test_gas_first_is_due_in_five_working_days_and_the_electricity_meter_meets_it_r14(office: Office) -> None:
    gas = await office.guest(GAS, DeviceKind.GAS_METER, Step.DONE, "v-1")
    await office.journal.commit(lambda c: office.closing.arrived_in_service(c, gas, [gas], MONDAY))
    (due, statement) = await office.said()
    assert (due[1]["name"], due[1]["detail"]["due"]) == ("follow_up_due", "2026-11-30")
    assert (statement[0], statement[1]["follow_up_due"]) == ("statement", "2026-11-30")
    meter = await office.guest(ELECTRICITY, DeviceKind.ELECTRICITY_METER, Step.DONE, "v-2")
    await office.journal.commit(lambda c: office.closing.arrived_in_service(c, meter, [gas, meter], MONDAY))
    assert (await office.names())[2:] == ["follow_up_met", "statement"]
    assert await office.journal.read(follow_ups.unmet) == []


async def test_a_day_that_is_over_is_told_once_r14(office: Office) -> None:
    gas = await office.guest(GAS, DeviceKind.GAS_METER, Step.DONE, "v-1")
    await office.journal.commit(lambda c: office.closing.arrived_in_service(c, gas, [gas], MONDAY))
    for day in (7, 8, 9):
        at = replace(MONDAY, unix_s=MONDAY.unix_s + day * 86_400)
        await office.journal.commit(lambda c, at=at: following_up.tell(c, at))  # type: ignore[misc]
    assert (await office.names()).count("follow_up_overdue") == 1


async def test_electricity_and_gas_of_two_suppliers_close_together_without_a_follow_up_r14(office: Office) -> None:
    gas = await office.guest(GAS, DeviceKind.GAS_METER, Step.DONE, "v-1")
    waits = await office.guest(ELECTRICITY, DeviceKind.ELECTRICITY_METER, Step.VEND_TEST, "v-1")
    await office.journal.commit(lambda c: office.closing.arrived_in_service(c, gas, [gas, waits], MONDAY))
    assert await office.names() == [], "the visit waits for its second device"
    done = replace(waits, way=replace(waits.way, step=Step.DONE))
    await office.journal.commit(lambda c: office.closing.arrived_in_service(c, done, [gas, done], MONDAY))
    assert await office.names() == ["statement"]


async def test_a_visit_closed_by_hand_says_what_is_missing_and_is_closed_once_r14_r16(office: Office) -> None:
    gas = await office.guest(GAS, DeviceKind.GAS_METER, Step.DONE, "v-1")
    waits = await office.guest(ELECTRICITY, DeviceKind.ELECTRICITY_METER, Step.JOIN, "v-1")
    for _ in range(2):
        await office.journal.commit(lambda c: office.closing.close(c, "v-1", [gas, waits], MONDAY))
    said = await office.said()
    assert [kind for kind, _ in said] == ["event", "statement"]
    body = said[1][1]
    assert (body["complete"], body["follow_up_due"]) == (False, "2026-11-30")
    assert [each["waits_for"] for each in body["equipment"]] == [None, None, "join: under way"]
    assert body["readings"][0]["import_wh"] is None
    assert body["balances"][1]["balance_e5"] is None
    done = replace(waits, way=replace(waits.way, step=Step.DONE))
    for _ in range(2):
        await office.journal.commit(lambda c: office.closing.arrived_in_service(c, done, [gas, done], MONDAY))
    statements = [body for kind, body in await office.said() if kind == "statement"]
    assert [body["complete"] for body in statements] == [False, True], "the whole of it follows, once"
