"""Admission: what is asked before the radio is up is done when it is (R3, R15)."""

from pathlib import Path

import pytest

from hubd.bench.house.layout import METER
from hubd.feed.sender import FeedSender
from hubd.model.device import DeviceKind
from hubd.model.han import HanEvent
from hubd.model.identity import Eui64, parse_eui64
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.feeding import Feeding
from hubd.utility.household import Household
from hubd.zigbee.radio_config import RadioConfig
from hubd.zigbee.smart_energy_network import SmartEnergyNetwork

ADDRESS = parse_eui64(METER.ieee)


def network_at(path: str, events: list[HanEvent]) -> SmartEnergyNetwork:
    return SmartEnergyNetwork(RadioConfig(path=path), events.append)


async def household_on(folder: Path, journal: Journal, network: SmartEnergyNetwork) -> Household:
    feeding = Feeding(FeedSender(folder / "feed.fifo"), "GBP")
    household = Household(journal, network, feeding, HubClock(assume_synced=True))
    await journal.commit(lambda c: household.record(c, ADDRESS, DeviceKind.ELECTRICITY_METER))
    await household.reload()
    return household


async def test_only_what_was_admitted_is_known_by_alias_and_by_address_r3_r31(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "journal.sqlite")
    household = await household_on(tmp_path, journal, network_at("/dev/none", []))
    assert household.find("electricity-1") == household.find(METER.ieee.upper())
    assert household.find("electricity-2") is None
    assert household.objection_to_meter(METER.ieee) is None
    assert (household.objection_to_meter("00:0d:6f:00:0a:90:ff:ff") or "").startswith("unknown_device")
    assert not household.knows(Eui64("00:0d:6f:00:0a:90:ff:ff"))
    await journal.close()


@pytest.mark.parametrize(
    ("kind", "code", "window_s", "says"),
    [
        ("toaster", METER.install_code, 60, "unknown_kind"),
        ("electricity_meter", METER.install_code[:-1] + "6", 60, "bad_install_code"),
        ("electricity_meter", METER.install_code, 0, "bad_window"),
        ("electricity_meter", METER.install_code, 10_000, "bad_window"),
        ("gas_meter", METER.install_code, 60, "other_kind"),
    ],
)
async def test_an_admission_that_cannot_be_is_refused_in_words_and_shows_no_code_r15(
    tmp_path: Path, kind: str, code: str, window_s: int, says: str
) -> None:
    journal = await Journal.open(tmp_path / "journal.sqlite")
    household = await household_on(tmp_path, journal, network_at("/dev/none", []))
    objection = household.objection_to_newcomer(METER.ieee, kind, code, window_s) or ""
    assert objection.startswith(says)
    assert code[:8] not in objection
    await journal.close()
