"""A display on the utility HAN: it shows what the meter knows (R33), and its top-ups are told of later (R32)."""

import json
from pathlib import Path
from typing import Any

import pytest

from hubd.bench.devices.electricity_meter import ElectricityMeter
from hubd.bench.devices.ihd import InHomeDisplay
from hubd.bench.devices.ihd.in_home_display import ASK_EVERY_S
from hubd.model.han import DeviceJoined
from hubd.model.lane import Lane
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import outbox, top_ups
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.top_ups_elsewhere import TopUpsElsewhere

from .conftest import INSTALL_CODE
from .test_with_the_virtual_meter import KEY, METER, VENDING_KEY, token

DISPLAY = "00:0d:6f:00:0a:90:70:01"


async def events(journal: Journal) -> list[dict[str, Any]]:
    rows = await journal.read(lambda c: outbox.waiting(c, Lane.EVENT, 0, 100))
    return [json.loads(row.body) for row in rows]


@pytest.fixture
async def home(make_bench):
    """The meter and a display that asks it often, so that no test waits half a minute."""
    table = {"ieee": METER, "open": True, "prepayment": {**KEY, "vending_key": VENDING_KEY, "balance": "5.00"}}
    meter, display = ElectricityMeter.from_table(table, 1), InHomeDisplay(DISPLAY, METER, ask_every_s=0.05)
    return make_bench([meter, display], codes={METER: INSTALL_CODE, DISPLAY: INSTALL_CODE})


async def test_what_is_keyed_in_at_a_display_is_shown_and_told_of_once_r32_r33(home, tmp_path: Path):
    meter, display = home.meters
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:
        async with home.joined() as network:
            await network.admit(DISPLAY, Secret(INSTALL_CODE), 60)
            await home.until(lambda: len(home.of(DeviceJoined)) == 2)
            display.set(code=token(800_000).reveal())
            home.virtual.air.changed(home.node(display))
            await home.until(lambda: len(meter.view()["accepted"]) == 1)
            await home.until(lambda: abs(display.view()["shows"]["balance_e5"] - meter.view()["balance_e5"]) < 1_000)
            assert display.view()["answer"] == "accepted"
            elsewhere = TopUpsElsewhere(journal, network, HubClock(True), lambda: None)
            await elsewhere.look(METER)
            await elsewhere.look(METER)
        (event,) = await events(journal)
        assert event["name"] == "top_up_elsewhere"
        detail = event["detail"]
        assert (detail["source"], detail["token_ends"]) == ("in_home_display", token(800_000).reveal()[-4:])
        assert detail["at_unix_s"] > 1_700_000_000
        assert detail["amount_e5"] == meter.view()["accepted"][0]["amount_e5"]
    finally:
        await journal.close()


async def test_what_came_through_the_hub_is_not_told_of_again_r32(home, tmp_path: Path):
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:
        async with home.joined() as network:
            now, code = Stamp(1.0, TimeTrust.NETWORK), token(800_000)
            await journal.commit(
                lambda c: top_ups.add(
                    c, order="local:1", device=METER, token=code, source="local", at=now, give_up_at=now
                )
            )
            await network.top_up(METER, code)
            await TopUpsElsewhere(journal, network, HubClock(True), lambda: None).look(METER)
        assert await events(journal) == []
    finally:
        await journal.close()


def test_a_display_asks_often_enough_to_show_within_a_minute_what_the_meter_knows_r33():
    assert 2 * ASK_EVERY_S <= 60.0, "one answer may be lost"
