"""The consumer's messages in the real MQTT integration of Home Assistant (R49). Not part of the suite: it needs Home
Assistant's own environment; run `tools/peers-home-assistant`.
"""

import json
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry, entity_registry
from pytest_homeassistant_custom_component.common import async_fire_mqtt_message

STEPS: dict[str, list[list[str]]] = json.loads(Path(os.environ["HUBD_MESSAGES"]).read_text())
ID = "hubd_electricity-1"

Say = Callable[[str], Awaitable[None]]


@pytest.fixture
def expected_lingering_timers() -> bool:
    return True


@pytest.fixture
async def say(hass: HomeAssistant, mqtt_mock: Any) -> Say:
    async def step(name: str) -> None:
        """A broker gives the retained states to an entity when it subscribes; here they follow the announcements."""
        for announcements in (True, False):
            for topic, payload in STEPS[name]:
                if topic.endswith("/config") is announcements:
                    async_fire_mqtt_message(hass, topic, payload)
            await hass.async_block_till_done(wait_background_tasks=True)

    return step


def state_of(hass: HomeAssistant, key: str, platform: str = "sensor") -> str:
    entity_id = entity_registry.async_get(hass).async_get_entity_id(platform, "mqtt", f"{ID}_{key}")
    assert entity_id is not None, key
    state = hass.states.get(entity_id)
    assert state is not None, key
    return str(state.state)


def shown(hass: HomeAssistant) -> dict[str, str]:
    found = {}
    for entry in entity_registry.async_get(hass).entities.values():
        if entry.unique_id.startswith(ID) and (state := hass.states.get(entry.entity_id)) is not None:
            found[entry.unique_id.removeprefix(f"{ID}_")] = state.state
    return found


async def test_every_entity_appears_with_its_value_and_without_a_complaint(
    hass: HomeAssistant, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    await say("everything")
    assert shown(hass) == {
        "import": "1234.567",
        "export": "0.070",
        "power": "-300",
        "balance": "13.00",
        "emergency_credit": "5.00",
        "debt": "48.00",
        "supply": "on",
        "supply_state": "on",
        "measured_at": "2023-11-14T22:13:20+00:00",
        "connection": "on",
    }
    # The test's own way of loading a platform is complained of by homeassistant.helpers.frame, whatever is announced.
    complaints = [
        r for r in caplog.records if r.levelno >= logging.WARNING and r.name != "homeassistant.helpers.frame"
    ]
    assert [f"{record.name}: {record.getMessage()}" for record in complaints] == []


async def test_the_meter_is_a_device_by_way_of_the_hub(hass: HomeAssistant, say: Say) -> None:
    await say("everything")
    devices = device_registry.async_get(hass)
    hub = devices.async_get_device(identifiers={("mqtt", "hubd")})
    meter = devices.async_get_device(identifiers={("mqtt", ID)})
    assert hub is not None
    assert meter is not None
    assert meter.via_device_id == hub.id
    assert meter.name == "Electricity meter"


async def test_energy_is_what_the_energy_dashboard_takes(hass: HomeAssistant, say: Say) -> None:
    await say("everything")
    for key in ("import", "export"):
        entity_id = entity_registry.async_get(hass).async_get_entity_id("sensor", "mqtt", f"{ID}_{key}")
        assert entity_id is not None
        state = hass.states.get(entity_id)
        assert state is not None
        said = state.attributes
        assert (said["device_class"], said["state_class"], said["unit_of_measurement"]) == (
            "energy",
            "total_increasing",
            "kWh",
        )


async def test_changes_an_unknown_time_and_a_meter_that_is_away(hass: HomeAssistant, say: Say) -> None:
    await say("everything")
    await say("changed")
    assert (state_of(hass, "import"), state_of(hass, "power")) == ("1234.600", "250")
    assert (state_of(hass, "supply", "binary_sensor"), state_of(hass, "supply_state")) == ("off", "armed")
    await say("unsynced")
    assert state_of(hass, "measured_at") == "unknown"
    await say("away")
    assert state_of(hass, "import") == "unavailable"
    assert state_of(hass, "connection", "binary_sensor") == "off"
    await say("back")
    assert state_of(hass, "import") == "1234.601"


async def test_an_exchanged_meter_keeps_its_entities(hass: HomeAssistant, say: Say) -> None:
    for name in STEPS:
        await say(name)
    assert state_of(hass, "import") == "0.012"
    assert len(shown(hass)) == 10


async def test_told_twice_at_once_everything_is_still_there(
    hass: HomeAssistant, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    """As after a birth: what the broker retains, and the same again."""
    for topic, payload in STEPS["everything"]:
        async_fire_mqtt_message(hass, topic, payload)
    await say("everything")
    assert len(shown(hass)) == 10
    assert "unknown" not in shown(hass).values()
