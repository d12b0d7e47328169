"""Prints, as JSON, the messages that `hubd consumer` publishes for a house with one full meter. Run by
`tools/peers-home-assistant` in hubd's own environment; `discovery_in_home_assistant.py` reads it in Home Assistant's.
"""

import json

from hubd.consumer.home_assistant import states
from hubd.consumer.home_assistant.topics import Topics
from hubd.consumer.meter import KnownMeter, remember
from hubd.feed.frames import Frame, Link, Meter, Prepayment, Reading, Supply, When
from hubd.model.stamp import TimeTrust

ALIAS = "electricity-1"
AT = When(1_700_000_000, TimeTrust.NETWORK)
UNSYNCED = When(12, TimeTrust.UNSYNCED)
TOPICS = Topics("hubd", "homeassistant")

FIRST: list[Frame] = [
    Meter(ALIAS, "electricity_meter", "Electricity meter", True),
    Link(ALIAS, True),
    Reading(ALIAS, AT, 1_234_567, 70, -300),
    Supply(ALIAS, "on", AT),
    Prepayment(ALIAS, AT, "GBP", balance_e5=1_300_024, emergency_credit_e5=500_000, debt_e5=4_800_000),
]
LATER: dict[str, list[Frame]] = {
    "changed": [Reading(ALIAS, AT, 1_234_600, 70, 250), Supply(ALIAS, "armed", AT)],
    "unsynced": [Reading(ALIAS, UNSYNCED, 1_234_601)],
    "away": [Link(ALIAS, False)],
    "back": [Link(ALIAS, True)],
    "exchanged": [Meter(ALIAS, "electricity_meter", "Electricity meter", True, 1)],
    "read again": [Reading(ALIAS, AT, 12)],
}


def main() -> None:
    """The list of steps: a name, and the messages in order."""
    meter = _after(KnownMeter(ALIAS), FIRST)
    steps = [("everything", states.everything(TOPICS, {}, [meter]))]
    for name, frames in LATER.items():
        before, meter = meter, _after(meter, frames)
        steps.append((name, states.changed(TOPICS, {}, before, meter)))
    print(json.dumps({name: [[m.topic, m.payload.decode()] for m in said] for name, said in steps}))


def _after(meter: KnownMeter, frames: list[Frame]) -> KnownMeter:
    for frame in frames:
        meter = remember(meter, frame).meter
    return meter


if __name__ == "__main__":
    main()
