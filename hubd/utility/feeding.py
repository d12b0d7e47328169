"""What the consumer may see: the latest known state of each meter, sent over the feed as it changes and whole."""

import asyncio
from dataclasses import dataclass, replace

from hubd.feed.frames import Frame, Link, Mains, Meter, Prepayment, Reading, Supply, TopUp, When
from hubd.feed.sender import FeedSender
from hubd.model.credit_status import credit_status
from hubd.model.device import Device
from hubd.model.identity import Eui64
from hubd.model.metering import MeterReading
from hubd.model.stamp import Stamp
from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import PrepaymentState

WHOLE_STATE_EVERY_S = 30.0
WORTH_TELLING_S = 600.0

_NAMES = {"electricity_meter": "Electricity meter", "gas_meter": "Gas meter", "in_home_display": "In-home display"}


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest known of one device. None: never known."""

    device: Device
    reading: MeterReading | None = None
    prepayment: PrepaymentState | None = None
    reachable: bool = False
    top_up: tuple[TopUpCase, Stamp] | None = None
    credit_watched: bool = False
    """Its rate was reckoned with, so that it may be said whether the credit is running low."""
    credit_until: Stamp | None = None
    """When it will be used up; None: not within hours."""


class Feeding:
    """Keeps the latest state and feeds it. Nothing here waits for the consumer."""

    def __init__(self, sender: FeedSender, currency: str) -> None:
        self._sender = sender
        self._currency = currency
        self._latest: dict[Eui64, Latest] = {}
        self._mains: Mains | None = None

    async def run(self) -> None:
        """Send the whole state again and again, for a consumer that was away."""
        while True:
            self._sender.whole_state(self.whole_state())
            await asyncio.sleep(WHOLE_STATE_EVERY_S)

    def latest(self, device: Eui64) -> Latest | None:
        """What is known of a device."""
        return self._latest.get(device)

    def mains(self, on: bool, since: Stamp) -> None:
        """The house's supply has gone or come back, or was looked at for the first time."""
        self._mains = Mains("on" if on else "off", _when(since))
        self._sender.send(self._mains)

    def know(self, device: Device) -> None:
        """A device was admitted, or stood in the journal."""
        self._latest[device.address] = Latest(device)
        self._send(device.address)

    def forget(self, device: Eui64) -> None:
        """A device was removed: it is no longer part of the whole state."""
        if (gone := self._latest.pop(device, None)) is not None:
            self._sender.send(Link(alias=gone.device.alias, reachable=False))

    def reachable(self, device: Eui64, reachable: bool) -> None:
        """A device was heard of, or has been silent for too long."""
        known = self._latest.get(device)
        if known is not None and known.reachable != reachable:
            self._latest[device] = replace(known, reachable=reachable)
            self._sender.send(Link(alias=known.device.alias, reachable=reachable))

    def measured(self, device: Eui64, reading: MeterReading | None, prepayment: PrepaymentState | None) -> None:
        """New values of a device. Values it did not name keep what they were."""
        known = self._latest.get(device)
        if known is None:
            return
        had_export = _has_export(known)
        self._latest[device] = known = replace(
            known,
            reading=_merged(known.reading, reading),
            prepayment=_merged_account(known.prepayment, prepayment),
        )
        if had_export != _has_export(known):
            self._sender.send(_meter(known))
        for frame in _values(known, reading, prepayment, self._currency):
            self._sender.send(frame)

    def topped_up(self, device: Eui64, case: TopUpCase, at: Stamp) -> None:
        """What became of a top-up, or how it stands."""
        known = self._latest.get(device)
        if known is not None:
            self._latest[device] = known = replace(known, top_up=(case, at))
            self._send_top_up(known)

    def credit_lasts(self, device: Eui64, until: Stamp | None) -> None:
        """How long a meter's credit lasts at the present rate, where that is only hours; None: longer."""
        known = self._latest.get(device)
        if known is None:
            return
        self._latest[device] = after = replace(known, credit_watched=True, credit_until=until)
        if not known.credit_watched or _moved(known.credit_until, until):
            for frame in _values(after, None, after.prepayment, self._currency):
                self._sender.send(frame)

    def _send_top_up(self, known: Latest) -> None:
        for frame in _top_up(known):
            self._sender.send(frame)

    def whole_state(self) -> list[Frame]:
        """All that is known, in frames."""
        frames: list[Frame] = [] if self._mains is None else [self._mains]
        for known in self._latest.values():
            frames += [_meter(known), Link(alias=known.device.alias, reachable=known.reachable)]
            frames += _values(known, known.reading, known.prepayment, self._currency)
            frames += _top_up(known)
        return frames

    def _send(self, device: Eui64) -> None:
        self._sender.send(_meter(self._latest[device]))


def _has_export(known: Latest) -> bool:
    return known.reading is not None and known.reading.export_wh is not None


def _meter(known: Latest) -> Meter:
    return Meter(
        alias=known.device.alias,
        kind=str(known.device.kind),
        name=_NAMES[known.device.kind],
        has_export=_has_export(known),
    )


def _top_up(known: Latest) -> list[Frame]:
    if known.top_up is None:
        return []
    case, at = known.top_up
    return [TopUp(known.device.alias, case, _when(at))]


def _merged(old: MeterReading | None, new: MeterReading | None) -> MeterReading | None:
    if old is None or new is None:
        return new or old
    return MeterReading(
        measured_at=new.measured_at,
        import_wh=old.import_wh if new.import_wh is None else new.import_wh,
        export_wh=old.export_wh if new.export_wh is None else new.export_wh,
        power_w=old.power_w if new.power_w is None else new.power_w,
        supply=old.supply if new.supply is None else new.supply,
        volume_l=old.volume_l if new.volume_l is None else new.volume_l,
    )


def _merged_account(old: PrepaymentState | None, new: PrepaymentState | None) -> PrepaymentState | None:
    """A report names only a part of the account."""
    if old is None or new is None:
        return new or old
    return PrepaymentState(
        measured_at=new.measured_at,
        balance_e5=old.balance_e5 if new.balance_e5 is None else new.balance_e5,
        emergency_credit_e5=old.emergency_credit_e5 if new.emergency_credit_e5 is None else new.emergency_credit_e5,
        debt_e5=old.debt_e5 if new.debt_e5 is None else new.debt_e5,
        credit_status=old.credit_status if new.credit_status is None else new.credit_status,
        cut_off_e5=old.cut_off_e5 if new.cut_off_e5 is None else new.cut_off_e5,
    )


def _moved(before: Stamp | None, after: Stamp | None) -> bool:
    """Worth a frame of its own: the whole state brings it within half a minute anyway."""
    if before is None or after is None:
        return before is not after
    return abs(before.unix_s - after.unix_s) > WORTH_TELLING_S


def _when(stamp: Stamp) -> When:
    return When(stamp.unix_s, stamp.trust)


def _values(
    known: Latest, reading: MeterReading | None, prepayment: PrepaymentState | None, currency: str
) -> list[Frame]:
    alias, frames = known.device.alias, list[Frame]()
    if reading is not None:
        registers = (reading.import_wh, reading.export_wh, reading.power_w, reading.volume_l)
        if any(value is not None for value in registers):
            frames.append(Reading(alias, _when(reading.measured_at), *registers))
        if reading.supply is not None:
            state = reading.supply.name.lower()
            frames.append(Supply(alias=alias, state=state, measured_at=_when(reading.measured_at)))  # type: ignore[arg-type]
    if prepayment is not None and prepayment.balance_e5 is not None:
        frames.append(
            Prepayment(
                alias=alias,
                measured_at=_when(prepayment.measured_at),
                balance_e5=prepayment.balance_e5,
                emergency_credit_e5=prepayment.emergency_credit_e5,
                debt_e5=prepayment.debt_e5,
                credit_status=credit_status(prepayment.credit_status),
                low_credit_warning=known.credit_until is not None if known.credit_watched else None,
                credit_until=None if known.credit_until is None else _when(known.credit_until),
                currency=currency,
            )
        )
    return frames
