"""docs/events.md is the page that a head-end's people read: it names every event, in its lane, and no other."""

import re
from pathlib import Path

from hubd.utility.events import EventName, lane_of

PAGE = (Path(__file__).parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
IN_ANY_LANE = {"message_too_large"}
"""It stands for a message of another lane, and goes in that one's."""
NOT_EVENTS = {"outage_alert", "outage_restored", "outage_momentary", "brown_out"}
"""Messages of their own kind, which the page tells of too."""


def test_the_page_names_every_event_in_its_lane_and_no_other_r1() -> None:
    told = dict(re.findall(r"^\| `([a-z_]+)` \| (alarm|event|audit) \|", PAGE, re.MULTILINE))
    assert {name: lane for name, lane in told.items() if name not in NOT_EVENTS} == {
        str(name): str(lane_of(name)) for name in EventName if name not in IN_ANY_LANE
    }
    assert all(f"| `{name}` |" in PAGE for name in IN_ANY_LANE)
