"""One device's way into service, as it stands, and what was found on it (pure)."""

from dataclasses import dataclass, field

from hubd.model.device import DeviceKind
from hubd.model.metering import MeterReading
from hubd.model.nameplate import MeterSettings, Nameplate
from hubd.model.topup import PrepaymentState
from hubd.utility.commissioning.steps import Step
from hubd.utility.commissioning.trial import Trial
from hubd.utility.commissioning.why import Held


@dataclass(frozen=True, slots=True)
class Findings:
    """What the device told on its way: the matter of the statement. None: not read, and never filled in."""

    nameplate: Nameplate | None = None
    suite: int | None = None
    drift_s: float | None = None
    clock_note: str = ""
    reading: MeterReading | None = None
    account: PrepaymentState | None = None
    settings: MeterSettings | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """`asked`: a question is out. Times are seconds of the monotonic clock, and do not outlive the process."""

    kind: DeviceKind
    step: Step = Step.INVITE
    interviewed: bool = False
    keyed: bool = False
    key_refused: str | None = None
    held: Held | None = None
    trial: Trial = field(default_factory=Trial)
    findings: Findings = field(default_factory=Findings)
    asked: bool = False
    ends_at_s: float | None = None
    ask_at_s: float | None = None

    @property
    def done(self) -> bool:
        """In service."""
        return self.step is Step.DONE
