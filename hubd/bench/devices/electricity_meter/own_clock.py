"""The meter's own clock: how far it is from true time, and when to ask the hub (client of the Time cluster)."""

from dataclasses import dataclass, replace

ASK_EVERY_S = 3_600.0
ASK_AGAIN_S = 60.0
"""After a question that was not answered, or answered by a hub that does not know the time."""
TOLERANCE_S = 2.0
"""Less than this is the whole seconds of the answer and its way; the clock is left alone."""
_NO_TIME = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class OwnClock:
    """`offset_s`: how far the meter's clock is ahead. `ask_at_unix_s`: when to read the hub's time next."""

    offset_s: float = 0.0
    ask_at_unix_s: float = 0.0
    answered_unix_s: float | None = None

    def asked(self, unix_s: float) -> "OwnClock":
        """The question went out."""
        return replace(self, ask_at_unix_s=unix_s + ASK_AGAIN_S)

    def heard(self, zigbee_time: int, served_unix_s: float, unix_s: float) -> "OwnClock":
        """The hub's Time came: `zigbee_time` as on the wire, `served_unix_s` the same as Unix time."""
        if zigbee_time == _NO_TIME:
            return self
        off_s = served_unix_s - (unix_s + self.offset_s)
        offset_s = self.offset_s if abs(off_s) <= TOLERANCE_S else served_unix_s - unix_s
        return OwnClock(offset_s, unix_s + ASK_EVERY_S, unix_s)
