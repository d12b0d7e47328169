"""The discovery messages: one device a meter by way of the hub, entities for what the meter has, and no other."""

import json
from dataclasses import replace
from typing import Any

import pytest

from hubd.consumer.home_assistant import discovery
from hubd.consumer.home_assistant.topics import Topics
from hubd.consumer.meter import KnownMeter, recalled
from hubd.feed.frames import When
from hubd.model.stamp import TimeTrust

TOPICS = Topics("hubd", "homeassistant")
AT = When(1_700_000_000, TimeTrust.NETWORK)
BARE = KnownMeter("electricity-1", kind="electricity_meter", name="Electricity meter")
FULL = replace(
    BARE,
    has_export=True,
    measured_at=AT,
    import_wh=1,
    export_wh=2,
    power_w=3,
    volume_l=7,
    balance_e5=4,
    emergency_credit_e5=5,
    debt_e5=6,
    currency="GBP",
    credit_low=True,
    credit_status="low",
    low_credit_warning=True,
    credit_until=AT,
    supply="on",
    top_up="locked",
    top_up_at=AT,
)

ENERGY = {"dev_cla": "energy", "stat_cla": "total_increasing", "unit_of_meas": "kWh", "sug_dsp_prc": 2}
MONEY = {"dev_cla": "monetary", "unit_of_meas": "GBP", "sug_dsp_prc": 2}
WHAT_THEY_ARE: dict[str, dict[str, object]] = {
    "import": {"p": "sensor", **ENERGY},
    "export": {"p": "sensor", **ENERGY},
    "power": {"p": "sensor", "dev_cla": "power", "stat_cla": "measurement", "unit_of_meas": "W"},
    "volume": {
        "p": "sensor",
        "dev_cla": "gas",
        "stat_cla": "total_increasing",
        "unit_of_meas": "m³",
        "sug_dsp_prc": 2,
    },
    "balance": {"p": "sensor", **MONEY},
    "emergency_credit": {"p": "sensor", **MONEY},
    "debt": {"p": "sensor", **MONEY},
    "credit_low": {"p": "binary_sensor", "dev_cla": "problem"},
    "credit_status": {
        "p": "sensor",
        "dev_cla": "enum",
        "ops": ["ok", "low", "emergency_credit_available", "emergency_credit_in_use", "exhausted"],
    },
    "credit_until": {"p": "sensor", "dev_cla": "timestamp"},
    "last_top_up": {"p": "sensor", "ic": "mdi:cash-check"},
    "last_top_up_at": {"p": "sensor", "dev_cla": "timestamp"},
    "supply": {"p": "binary_sensor", "dev_cla": "power"},
    "supply_state": {"p": "sensor", "dev_cla": "enum", "ops": ["off", "armed", "on"], "ent_cat": "diagnostic"},
    "measured_at": {"p": "sensor", "dev_cla": "timestamp", "ent_cat": "diagnostic"},
    "connection": {"p": "binary_sensor", "dev_cla": "connectivity", "ent_cat": "diagnostic"},
}


def payload(meter: KnownMeter, names: dict[str, str] | None = None) -> dict[str, Any]:
    message = discovery.meter(TOPICS, names or {}, meter)
    assert message is not None
    assert message.topic == f"homeassistant/device/hubd_{meter.alias}/config"
    document: dict[str, Any] = json.loads(message.payload)
    return document


def test_a_meter_is_a_device_by_way_of_the_hub_and_available_only_with_it() -> None:
    document = payload(FULL)
    assert document["dev"] == {
        "ids": ["hubd_electricity-1"],
        "name": "Electricity meter",
        "mdl": "Electricity meter",
        "via_device": "hubd",
    }
    assert document["o"]["name"] == "hubd"
    assert document["avty"] == [{"t": "hubd/availability"}, {"t": "hubd/electricity-1/availability"}]
    assert document["avty_mode"] == "all"


@pytest.mark.parametrize("key", WHAT_THEY_ARE)
def test_each_entity_is_what_home_assistant_accepts_as_such_r49(key: str) -> None:
    component = payload(FULL)["cmps"][key]
    assert component.pop("uniq_id") == f"hubd_electricity-1_{key}"
    assert component.pop("stat_t") == f"hubd/electricity-1/{key}"
    assert component.pop("name")
    component.pop("avty", None)
    assert component == WHAT_THEY_ARE[key]


def test_the_list_of_entities_is_this_one_and_their_ids_never_change() -> None:
    assert list(payload(FULL)["cmps"]) == list(WHAT_THEY_ARE)


def test_what_was_never_said_has_no_entity() -> None:
    assert list(payload(BARE)["cmps"]) == ["connection"]


def test_no_export_meter_no_export_entity_r19() -> None:
    assert "export" not in payload(replace(FULL, has_export=False))["cmps"]


def test_what_a_meter_had_in_an_earlier_run_it_still_has() -> None:
    assert payload(recalled(FULL)) == payload(FULL)


def test_the_connection_is_shown_while_the_meter_is_away() -> None:
    assert payload(FULL)["cmps"]["connection"]["avty"] == [{"t": "hubd/availability"}]


def test_the_household_names_its_meters_and_a_second_one_bears_its_number() -> None:
    assert payload(FULL, {"electricity-1": "House"})["dev"]["name"] == "House"
    assert payload(replace(FULL, alias="electricity-2"))["dev"]["name"] == "Electricity meter 2"


def test_a_meter_that_the_feed_has_not_presented_is_not_announced() -> None:
    assert discovery.meter(TOPICS, {}, KnownMeter("electricity-1", import_wh=5)) is None


def test_the_hub_is_a_device_of_its_own() -> None:
    message = discovery.hub(TOPICS)
    document = json.loads(message.payload)
    assert message.topic == "homeassistant/device/hubd/config"
    assert document["dev"]["ids"] == ["hubd"]
    assert document["cmps"]["feed"]["stat_t"] == "hubd/feed"
    assert document["cmps"]["mains"]["stat_t"] == "hubd/mains"


def test_keys_that_later_home_assistants_no_longer_know_are_not_used() -> None:
    for message in (discovery.hub(TOPICS), discovery.meter(TOPICS, {}, FULL)):
        assert message is not None
        for gone in (b"object_id", b"obj_id", b'"stat_cla":""', b"child_devices"):
            assert gone not in message.payload
