"""What happens to one meter's queue of top-ups, and what its shell has to do then: see `vending_machine.py`. Pure."""

from dataclasses import dataclass

from hubd.model.secret import Secret
from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import Outcome, TopUpAnswer
from hubd.utility.key_change_course import Progress
from hubd.utility.vending_queue import TopUp


@dataclass(frozen=True, slots=True)
class Ordered:
    """A token was accepted from its issuer and is on disk."""

    top_up: TopUp


@dataclass(frozen=True, slots=True)
class Answered:
    """The meter answered the token being sent."""

    order: str
    answer: TopUpAnswer


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The token went out and nothing came back in time."""

    order: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """The token did not leave the hub."""

    order: str


@dataclass(frozen=True, slots=True)
class NotReady:
    """The meter answered that it cannot take the command now; it has not looked at the token."""

    order: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reachable:
    """The meter was heard of: no need to wait with a token that did not leave."""


@dataclass(frozen=True, slots=True)
class Asleep:
    """The meter sleeps, or is taken to."""


@dataclass(frozen=True, slots=True)
class Awake:
    """The meter woke, and is kept awake for its tokens."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time passed."""


Event = Ordered | Answered | Unanswered | Unsent | NotReady | Reachable | Asleep | Awake | Clock


@dataclass(frozen=True, slots=True)
class Send:
    """Duty: put the attempt on disk, then send, then come back with Answered, Unanswered or Unsent."""

    order: str
    token: Secret[str]
    attempt: int
    progress: Progress = Progress.TOKEN


@dataclass(frozen=True, slots=True)
class Finish:
    """Duty: ledger and final receipt in one transaction. `reason` is for people."""

    order: str
    outcome: Outcome
    reason: str
    attempts: int
    answer: TopUpAnswer | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Duty: put on disk that the meter wants nothing for so long. `fate_known`: no try of this order, its head when
    it asked for time, may have worked.
    """

    order: str
    retry_in_s: float
    fate_known: bool


@dataclass(frozen=True, slots=True)
class Defer:
    """Duty: `hold`, and with it tell the issuer why this token has to wait. Not final; once for each reason."""

    hold: Hold
    case: TopUpCase
    reason: str
    attempts: int
    answer: TopUpAnswer | None = None

    @property
    def order(self) -> str:
        """Which."""
        return self.hold.order


@dataclass(frozen=True, slots=True)
class Offer:
    """Duty: tell the issuer that the code may be entered at the meter by hand. Once an order; delivery goes on."""

    order: str
    attempts: int


Effect = Send | Finish | Hold | Defer | Offer
