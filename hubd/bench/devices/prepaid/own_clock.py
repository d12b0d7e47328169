"""The meter's own clock: how far it is from true time, and when to ask the hub (client of the Time cluster)."""

from dataclasses import dataclass, replace

from hubd.model.stamp import ZIGBEE_EPOCH_UNIX_S

ASK_EVERY_S = 3_600.0
ASK_AGAIN_S = 60.0
"""After a question that was not answered, or answered by a hub that does not know the time."""
TOLERANCE_S = 2.0
"""Less than this is the whole seconds of the answer and its way; the clock is left alone."""
_NO_TIME = 0xFFFF_FFFF


def zigbee_time(unix_s: float) -> int:
    """As UTCTime on the wire; a moment that it cannot hold becomes the nearest one it can."""
    return min(max(int(unix_s) - ZIGBEE_EPOCH_UNIX_S, 0), _NO_TIME - 1)


@dataclass(frozen=True, slots=True)
class OwnClock:
    """`offset_s`: how far the meter's clock is ahead. `ask_at_unix_s`: when to read the hub's time next."""

    offset_s: float = 0.0
    ask_at_unix_s: float = 0.0
    answered_unix_s: float | None = None

    def asked(self, unix_s: float) -> "OwnClock":
        """The question went out."""
        return replace(self, ask_at_unix_s=unix_s + ASK_AGAIN_S)

    def heard(self, told: int, unix_s: float) -> "OwnClock":
        """The hub's Time came, as on the wire."""
        if told == _NO_TIME:
            return self
        off_s = told + ZIGBEE_EPOCH_UNIX_S - (unix_s + self.offset_s)
        offset_s = self.offset_s if abs(off_s) <= TOLERANCE_S else self.offset_s + off_s
        return OwnClock(offset_s, unix_s + ASK_EVERY_S, unix_s)
