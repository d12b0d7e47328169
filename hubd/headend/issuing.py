"""A token of some credit for one meter, in the scheme that the meter takes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hubd.headend import utrn
from hubd.headend.meters import Meter
from hubd.headend.refused import Refused
from hubd.headend.utrn import UtrnKey
from hubd.model.device import DeviceKind
from hubd.model.money import E5_PER_PENNY
from hubd.sts.currency import encoded_e5
from hubd.sts.issue import issue_currency
from hubd.sts.meter_key import MeterKey
from hubd.sts.tid import MAX_TID, moment_of, tid_after

_SUBCLASS = {DeviceKind.ELECTRICITY_METER: 4, DeviceKind.GAS_METER: 6}
"""Token subclass for an amount of money (IEC 62055-41, class 0)."""


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """A token, its identifier, and what it carries in 10^-5 of the currency unit. Not written anywhere yet."""

    tid: int
    token: str
    encoded_e5: int


def credit(meter: Meter, pence: int, now: float) -> Issued | Refused:
    """The next token of this meter. The caller raises the meter's last identifier in the same transaction."""
    if meter.kind not in _SUBCLASS:
        return Refused(f"{meter.pan} is a device of kind {meter.kind}: nothing is sold to it, for it takes no tokens")
    moment = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    if isinstance(meter.key, MeterKey) and moment > (last := moment_of(MAX_TID, meter.key.base)):
        return Refused(
            f"token identifiers of base {meter.key.base}, which the key of {meter.pan} counts from, ran out on "
            f"{last:%Y-%m-%d}. Cure: hubctl head key-change --meter {meter.pan} --rollover"
        )
    amount_e5 = pence * E5_PER_PENNY
    try:
        if isinstance(meter.key, UtrnKey):
            number = meter.last_tid + 1
            return Issued(number, utrn.issue(meter.key, pence, number), amount_e5)
        tid = tid_after(meter.last_tid, moment, meter.key.base)
        return Issued(tid, issue_currency(meter.key, _SUBCLASS[meter.kind], amount_e5, tid), encoded_e5(amount_e5))
    except ValueError as error:
        return Refused(f"no token can be issued: {error}")
