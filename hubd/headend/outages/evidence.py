"""What is known of a hub's supply: its losses, the last proof of life, the last loss of contact. Unix seconds.

Everything merges by least and greatest, so that messages which come twice, late or out of order change nothing.
"""

from dataclasses import dataclass
from enum import StrEnum


class LossKind(StrEnum):
    """How a loss is known."""

    ALERT = "alert"
    """The hub said so, after its policy's time."""
    PROVISIONAL = "provisional"
    """The hub said so, before its policy's time, for want of energy."""
    UNTOLD = "untold"
    """The hub told only its end: it had no energy to say more, or the alert was lost."""
    PRESUMED = "presumed"
    """Nobody said so: under an incident, not heard from since, and silent when asked."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One outage of one hub.

    `began_s` is the first loss of the event, `since_s` the present one (a recloser may lie between). `told_s` is when
    the head-end first heard of it, `ended_s` when supply came back for good. `incident` is the one it belongs to.
    """

    hub: str
    outage: str
    kind: LossKind
    began_s: float
    since_s: float
    told_s: float
    operations: int = 1
    ended_s: float | None = None
    ended_told_s: float | None = None
    incident: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Its identity: hub and outage id."""
        return self.hub, self.outage


@dataclass(frozen=True, slots=True)
class Heard:
    """A hub's last proof that supply was on at its place, and when the broker last said that contact was lost."""

    on_s: float | None = None
    lost_s: float | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The figures of the grouping. Seconds, but for `share`."""

    gather_s: float = 40.0
    """An incident gets its number so long after its first alert: by then the spread of the alerts is over."""
    gap_s: float = 30.0
    """Losses of one feeder further apart than this are different events."""
    slack_s: float = 5.0
    """Hubs' clocks may differ by so much: life proven earlier than this after a loss proves nothing."""
    share: float = 0.6
    """A node is out where so many of its hubs say so; some alerts never arrive."""
    weak_within_s: float = 600.0
    """Contact lost so long after a loss nearby is weak evidence of the same; later, of nothing."""
    stable_s: float = 60.0
    """Supply must have held so long before a hub says that it is restored."""
    ask_after_s: float = 190.0
    """So long after supply returned, all who are back have said so (60 s of supply, then the spread): ask others."""
    list_after_s: float = 235.0
    """So long after supply returned, who has neither spoken nor answered is still off."""
    look_s: float = 1.0
    """Grouping follows the messages by so much, so that a storm is grouped in few steps."""
    heard_within_s: float = 7 * 86_400.0
    """A hub that was not heard for so long before an outage is not presumed to be in it."""


DEFAULT_RULES = Rules()
