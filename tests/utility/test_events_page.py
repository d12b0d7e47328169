"""docs/events.md and the closed list of events name the same."""

import re
from pathlib import Path

from hubd.utility.events import EventName, lane_of

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def test_every_event_has_its_row_with_its_lane() -> None:
    table = PAGE.read_text().split("## Loss of supply")[0]
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|", table, re.MULTILINE))
    assert set(rows) == {str(name) for name in EventName}
    of_another = {EventName.MESSAGE_TOO_LARGE: "that of the message"}
    assert rows == {str(name): of_another.get(name, str(lane_of(name))) for name in EventName}
