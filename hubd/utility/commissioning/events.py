"""What may happen to a device on its way, and what its way asks of the shell (pure)."""

from dataclasses import dataclass

from hubd.model.metering import MeterReading
from hubd.model.nameplate import MeterSettings, Nameplate
from hubd.model.topup import Outcome, PrepaymentState

# What happens


@dataclass(frozen=True, slots=True)
class Invited:
    """A signed command named the device; its joining window lasts so long."""

    window_s: float


@dataclass(frozen=True, slots=True)
class WindowShut:
    """The machine has begun another life, and nobody can say how long the joining window has stood open."""


@dataclass(frozen=True, slots=True)
class DoorOpened:
    """The radio lets the device in."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """The device is on the network and is being interviewed."""


@dataclass(frozen=True, slots=True)
class Interviewed:
    """The network knows the device's endpoints: it can be spoken to."""


@dataclass(frozen=True, slots=True)
class NameplateRead:
    """The device told what it is."""

    nameplate: Nameplate


@dataclass(frozen=True, slots=True)
class KeyReady:
    """Smart Energy may be spoken. `suite` of the key establishment; None: under the key of the install code."""

    suite: int | None


@dataclass(frozen=True, slots=True)
class KeyFailed:
    """The key establishment was refused."""

    reason: str


@dataclass(frozen=True, slots=True)
class ClockRead:
    """The device's time less the hub's; None: it cannot be judged, and `note` says why."""

    drift_s: float | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReadingTaken:
    """The meter's registers, account (None: it has none) and settings."""

    reading: MeterReading
    account: PrepaymentState | None
    settings: MeterSettings


@dataclass(frozen=True, slots=True)
class AccountRead:
    """The balance and the register at one moment; None where the meter does not say."""

    balance_e5: int | None
    import_wh: int | None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The question that was out came to nothing."""


@dataclass(frozen=True, slots=True)
class TrialCame:
    """A signed trial token for this meter was accepted from the vending office."""

    order: str


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """What became of the trial token at the meter."""

    order: str
    outcome: Outcome
    top_up_value_e5: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Left:
    """The device left the network."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame of the device came in."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The installer asks to try again."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time passed."""


Event = (
    Invited
    | WindowShut
    | DoorOpened
    | Arrived
    | Interviewed
    | NameplateRead
    | KeyReady
    | KeyFailed
    | ClockRead
    | ReadingTaken
    | AccountRead
    | Unanswered
    | TrialCame
    | TrialEnded
    | Left
    | Heard
    | Retry
    | Clock
)

# What the shell is asked to do. A question ends in its answer or in Unanswered.


@dataclass(frozen=True, slots=True)
class OpenDoor:
    """Let the device in until the window is over; then DoorOpened."""

    until_s: float


@dataclass(frozen=True, slots=True)
class AskNameplate:
    """Then NameplateRead."""


@dataclass(frozen=True, slots=True)
class AskKey:
    """See to it that a key is established; KeyReady or KeyFailed come by themselves."""


@dataclass(frozen=True, slots=True)
class AskClock:
    """Then ClockRead."""


@dataclass(frozen=True, slots=True)
class AskReading:
    """Then ReadingTaken."""


@dataclass(frozen=True, slots=True)
class AskAccount:
    """Then AccountRead."""


@dataclass(frozen=True, slots=True)
class SendTrial:
    """Move the token into the ledger of top-ups, in the transaction that saves the state, and send it; then
    TrialEnded.
    """

    order: str


@dataclass(frozen=True, slots=True)
class EraseInstallCode:
    """The code has done its work: off the disk with it, in the transaction that saves the state."""


@dataclass(frozen=True, slots=True)
class TellDrift:
    """The device's clock is off: an event. Nothing is set."""

    drift_s: float


@dataclass(frozen=True, slots=True)
class TestPassed:
    """Write down that the vend test was passed, in the transaction that saves the state."""

    __test__ = False


Effect = (
    OpenDoor
    | AskNameplate
    | AskKey
    | AskClock
    | AskReading
    | AskAccount
    | SendTrial
    | EraseInstallCode
    | TellDrift
    | TestPassed
)
