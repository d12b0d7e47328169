"""What the consumer knows of one meter, and how a frame changes it. Pure.

Two rules keep false energy out of a household's statistics: a value is passed on only after this run of the daemon
has been told it (`fresh`), and a register never falls unless the meter behind the name was exchanged.
"""

from dataclasses import dataclass, field, replace

from hubd.feed.frames import Link, Meter, MeterFrame, Prepayment, Reading, Supply, TopUp, When
from hubd.model.credit_status import CreditStatus

REGISTERS = ("import_wh", "export_wh", "volume_l")


@dataclass(frozen=True, slots=True)
class KnownMeter:
    """The latest known of a meter. None: never said. Wh, W, litres, 10^-5 currency units.

    What stands here and is not `fresh` is a memory of an earlier run: it says what the meter has, and how far its
    registers had come, but not how it stands now.
    """

    alias: str
    kind: str | None = None
    name: str | None = None
    has_export: bool = False
    exchanges: int = 0
    measured_at: When | None = None
    import_wh: int | None = None
    export_wh: int | None = None
    power_w: int | None = None
    volume_l: int | None = None
    balance_e5: int | None = None
    emergency_credit_e5: int | None = None
    debt_e5: int | None = None
    currency: str | None = None
    credit_status: str | None = None
    low_credit_warning: bool | None = None
    """At the present rate the credit lasts only hours: until `credit_until`."""
    credit_until: When | None = None
    credit_low: bool | None = None
    """By the meter's own word, or by that warning."""
    supply: str | None = None
    top_up: str | None = None
    """What became of the last top-up: a row of `model/top_up_words.py`."""
    top_up_at: When | None = None
    reachable: bool | None = None
    silent: bool = True
    """The feed has said nothing about this meter for too long, or since the start."""
    fresh: frozenset[str] = field(default_factory=frozenset)
    """The fields that were said since the start."""

    @property
    def available(self) -> bool:
        """Whether its values are of now: the hub hears the meter, and the feed tells of it."""
        return self.reachable is True and not self.silent


@dataclass(frozen=True, slots=True)
class Change:
    """What a frame did. `refused` names the registers that fell and were kept as they were."""

    meter: KnownMeter
    refused: tuple[str, ...] = ()


def remember(meter: KnownMeter, frame: MeterFrame) -> Change:
    """The meter after a frame about it."""
    meter = replace(meter, silent=False)
    match frame:
        case Meter():
            return Change(_presented(meter, frame))
        case Reading():
            return _read(meter, frame)
        case Prepayment():
            return Change(_accounted(meter, frame))
        case TopUp():
            return Change(_with(meter, {"top_up": str(frame.case), "top_up_at": frame.at}))
        case Supply():
            return Change(_with(meter, {"supply": frame.state}))
        case Link():
            return Change(_with(meter, {"reachable": frame.reachable}))


def recalled(meter: KnownMeter) -> KnownMeter:
    """A meter as a new run of the daemon takes it from the memory of the last."""
    return replace(meter, silent=True, reachable=None, fresh=frozenset())


def _presented(meter: KnownMeter, frame: Meter) -> KnownMeter:
    """A utility daemon that has just started has read nothing yet and says no export: what was once there stays."""
    if frame.exchanges > meter.exchanges:
        kept = meter.fresh - {*REGISTERS, "power_w", "measured_at"}
        meter = replace(meter, import_wh=None, export_wh=None, volume_l=None, power_w=None)
        meter = replace(meter, measured_at=None, fresh=kept)
    return replace(
        meter,
        kind=frame.kind,
        name=frame.name,
        has_export=frame.has_export or meter.has_export,
        exchanges=max(frame.exchanges, meter.exchanges),
    )


def _accounted(meter: KnownMeter, frame: Prepayment) -> KnownMeter:
    names = ("balance_e5", "emergency_credit_e5", "debt_e5", "currency", "low_credit_warning", "credit_until")
    status = None if frame.credit_status is None else str(frame.credit_status)
    meter = _with(meter, {**{name: getattr(frame, name) for name in names}, "credit_status": status})
    if frame.credit_status is None and frame.low_credit_warning is None:
        return meter
    low_by_its_word = meter.credit_status is not None and meter.credit_status != CreditStatus.OK
    return _with(meter, {"credit_low": low_by_its_word or bool(meter.low_credit_warning)})


def _read(meter: KnownMeter, frame: Reading) -> Change:
    values = {
        "import_wh": frame.import_wh,
        "export_wh": frame.export_wh,
        "power_w": frame.power_w,
        "volume_l": frame.volume_l,
    }
    refused = tuple(name for name in REGISTERS if _fell(getattr(meter, name), values[name]))
    for name in refused:
        del values[name]
    if any(value is not None for value in values.values()):
        return Change(_with(meter, {**values, "measured_at": frame.measured_at}), refused)
    return Change(meter, refused)


def _fell(before: int | None, after: int | None) -> bool:
    return before is not None and after is not None and after < before


def _with(meter: KnownMeter, values: dict[str, object]) -> KnownMeter:
    said = {name: value for name, value in values.items() if value is not None}
    return replace(meter, **said, fresh=meter.fresh | said.keys())  # type: ignore[arg-type]
