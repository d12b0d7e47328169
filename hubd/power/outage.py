"""The values of the last-gasp machine: an outage, the state, and the row that outlives the hub."""

from dataclasses import dataclass

from hubd.model.stamp import Stamp
from hubd.power.phases import AlertKind, Failure, Phase
from hubd.power.rules import Rules


@dataclass(frozen=True, slots=True)
class LossBegan:
    """When the first loss of an event began, in wall time: between two moments, which are one where it is known."""

    earliest: Stamp
    latest: Stamp

    @classmethod
    def at(cls, moment: Stamp) -> "LossBegan":
        """The hub saw it."""
        return cls(moment, moment)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that has been handed over. `sent_at_s` is its first sending since the program started."""

    kind: AlertKind
    sent_at_s: float
    attempts: int = 1
    stored: bool = False


@dataclass(frozen=True, slots=True)
class Outage:
    """One event: every loss until supply has held for a minute. One id for all of it.

    `first_loss_s` is None after a start in another life of the machine, whose monotonic clock is another.
    `off_since_s` is None while supply is on, `on_since_s` until it has come back for the first time.
    `lasting`: a loss within it was as long as the policy's, or nobody can know.
    """

    outage_id: str
    began: LossBegan
    operations: int
    first_loss_s: float | None
    off_since_s: float | None
    on_since_s: float | None = None
    lasting: bool = False
    spread_until_s: float = 0.0
    alert: Alert | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The machine's state. `send_by_s` and `down_by_s`: the last moments to begin sending and to begin shutting down
    that the energy covers; None where energy is taken as sufficient. They hold for the present loss alone.
    """

    rules: Rules
    phase: Phase = Phase.STARTING
    outage: Outage | None = None
    shed: bool = False
    send_by_s: float | None = None
    down_by_s: float | None = None
    now_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """What is on disk of an open outage. The shell keeps the machine's boot id beside it."""

    outage_id: str
    began: LossBegan
    first_loss_s: float | None
    operations: int
    lasting: bool
    alert: AlertKind | None
    stored: bool
    failure: Failure | None
