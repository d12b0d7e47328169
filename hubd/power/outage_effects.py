"""The duties that the last-gasp machine gives to the shell around it, to be done in the order given."""

from dataclasses import dataclass

from hubd.power.outage import LossBegan, Row
from hubd.power.phases import AlertKind, Failure


@dataclass(frozen=True, slots=True)
class ShedLoad:
    """Duty: within a second, stop what the alert does not need. Harmless to do twice."""


@dataclass(frozen=True, slots=True)
class TakeLoad:
    """Duty: start again what was shed. Harmless where nothing was."""


@dataclass(frozen=True, slots=True)
class Persist:
    """Duty: make the row durable before the next effect."""

    row: Row


@dataclass(frozen=True, slots=True)
class SendAlert:
    """Duty: publish on the open session. The head-end throws a repeated outage id away, so repeating is safe.

    `off_for_s` is the loss as far as it was seen without a gap, `since_first_s` the time since the first loss of the
    event (None after a start in another life of the machine). Both are of the monotonic clock: the head-end reckons
    back from them where the hub's wall time is not to be trusted.
    """

    outage_id: str
    kind: AlertKind
    began: LossBegan
    off_for_s: float
    since_first_s: float | None
    operations: int
    attempt: int


@dataclass(frozen=True, slots=True)
class SendRestored:
    """Duty: in one transaction, put the restoration into the outbox and take the row away.

    `lasted_s` is from the first loss to the last return; None where only the wall times of `began` can tell.
    """

    outage_id: str
    began: LossBegan
    lasted_s: float | None
    operations: int
    alert_sent: bool
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class RecordMomentary:
    """Duty: in one transaction, record a momentary event and take its row away, if there is one."""

    outage_id: str
    began: LossBegan
    lasted_s: float | None
    operations: int
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class ShutDown:
    """Duty: go down in order, finish it, and start again where supply is back by then. `alert_sent` False is the
    silent shutdown. The rules do nothing more: the next start takes up the row.
    """

    alert_sent: bool
    failure: Failure | None


Effect = ShedLoad | TakeLoad | Persist | SendAlert | SendRestored | RecordMomentary | ShutDown
