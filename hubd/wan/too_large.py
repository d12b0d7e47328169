"""A message that is larger than the broker takes, and the event that goes in its place.

A broker ends the session over a packet above its Maximum Packet Size (MQTT 5, 3.2.2.3.6), and would do so at every
new session: nothing behind the message would ever leave. So an event of the same lane and number stands for it; the
lane stays whole, and the head-end knows what it did not get.
"""

from dataclasses import replace
from typing import Final

import msgspec

from hubd.store.outbox import OutboxRow
from hubd.wan.messages import EventBody

NAME: Final = "message_too_large"
USUAL_MOST_OCTETS: Final = 65_536 - 1_024
"""Of a packet, where the broker does not say what it takes: what the reference broker takes, less some headroom."""
_LONGEST_NAME: Final = 100
_VARIABLE_LENGTH: Final = ((1 << 7, 1), (1 << 14, 2), (1 << 21, 3))


def packet_octets(topic: str, payload: bytes) -> int:
    """The whole PUBLISH packet of QoS 1 without properties (MQTT 5, 3.3): type, length, topic, id, no properties."""
    rest = 2 + len(topic.encode()) + 2 + 1 + len(payload)
    return 1 + next((octets for below, octets in _VARIABLE_LENGTH if rest < below), 4) + rest


def stands_for(row: OutboxRow, octets: int, most_octets: int) -> OutboxRow:
    """The event that goes in place of a message of so many octets: what it was and whom it concerned."""
    about = msgspec.json.decode(row.body, type=dict[str, msgspec.Raw])
    detail: dict[str, str | int | float | bool] = {"kind": row.kind, "octets": octets, "most_octets": most_octets}
    if (visit := _word(about, "visit")) is not None:
        detail["visit"] = visit
    words = "a message was larger than the broker takes, and this stands in its place"
    body = EventBody(NAME, _word(about, "device"), _word(about, "order"), words, detail)
    return replace(row, kind="event", body=msgspec.json.encode(body))


def _word(about: dict[str, msgspec.Raw], field: str) -> str | None:
    try:
        word = msgspec.json.decode(about.get(field, msgspec.Raw(b"null")), type=str)
    except msgspec.DecodeError:
        return None
    return word if len(word) <= _LONGEST_NAME else None
