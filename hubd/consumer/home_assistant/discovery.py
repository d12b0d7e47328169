"""The discovery messages: one device a meter, reached by way of the hub. Pure.

Device-based discovery of Home Assistant 2024.11 and later; the keys used are valid up to the 2026 schemas (no
`object_id`, no `child_devices`).
"""

from collections.abc import Mapping

import msgspec

from hubd import __version__
from hubd.consumer.home_assistant.entities import Entity, shown_of
from hubd.consumer.home_assistant.publication import Publication
from hubd.consumer.home_assistant.topics import Topics
from hubd.consumer.meter import KnownMeter

_ORIGIN = {"name": "hubd", "sw": __version__}


def hub(topics: Topics) -> Publication:
    """The hub itself, with whether meter data comes. It is sent before any meter that names it."""
    payload = {
        "dev": {"ids": [topics.prefix], "name": "Metering hub", "mf": "hubd", "sw": __version__},
        "o": _ORIGIN,
        "avty": [{"t": topics.bridge}],
        "cmps": {
            "feed": {
                "p": "binary_sensor",
                "uniq_id": f"{topics.prefix}_feed",
                "name": "Meter data",
                "dev_cla": "connectivity",
                "ent_cat": "diagnostic",
                "stat_t": topics.feed,
            },
            "mains": {
                "p": "binary_sensor",
                "uniq_id": f"{topics.prefix}_mains",
                "name": "Mains supply",
                "dev_cla": "power",
                "stat_t": topics.mains,
            },
        },
    }
    return Publication(topics.config(topics.prefix), msgspec.json.encode(payload), sure=True, settles=True)


def meter(topics: Topics, names: Mapping[str, str], known: KnownMeter) -> Publication | None:
    """A meter and the entities it has. None until the feed has said what it is."""
    if known.name is None or known.kind is None:
        return None
    device = topics.device(known.alias)
    payload = {
        "dev": {
            "ids": [device],
            "name": names.get(known.alias) or _name(known),
            "mdl": known.name,
            "via_device": topics.prefix,
        },
        "o": _ORIGIN,
        "avty": [{"t": topics.bridge}, {"t": topics.availability(known.alias)}],
        "avty_mode": "all",
        "cmps": {entity.key: _component(topics, known, entity) for entity in shown_of(known)},
    }
    return Publication(topics.config(device), msgspec.json.encode(payload), sure=True, settles=True)


def _component(topics: Topics, known: KnownMeter, entity: Entity) -> dict[str, object]:
    component = {
        "p": entity.platform,
        "uniq_id": f"{topics.device(known.alias)}_{entity.key}",
        "name": entity.name,
        "stat_t": topics.state(known.alias, entity.key),
        **entity.options(known),
    }
    if entity.also_when_away:
        component["avty"] = [{"t": topics.bridge}]
    return component


def _name(known: KnownMeter) -> str:
    """The second meter of a kind bears its number."""
    number = known.alias.rpartition("-")[2]
    return f"{known.name}" if number == "1" else f"{known.name} {number}"
