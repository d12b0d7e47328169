"""Opening a UTRN as a meter does: form, check digit, counter, MAC. What comes out is judged like any other token."""

from hubd.headend.utrn import UtrnKey, mac
from hubd.model.secret import Secret
from hubd.model.token_schemes import fault_of
from hubd.model.token_schemes.form import form_fault
from hubd.model.token_schemes.gb_utrn import Fields, fields
from hubd.sts import Decoded, Rejected, RejectReason, TokenClass

_ROUND = 1 << 10
"""Only ten bits of the counter travel."""
_MONEY_SUBCLASS = 4


def opened(key: UtrnKey, digits: str, highest: int) -> Decoded | Rejected:
    """`highest`: the highest number of a code that this meter has taken. A counter is meant that is near to it: the
    next of those ten bits, or one of the half round behind.
    """
    if form_fault(digits) is not None:
        return Rejected(RejectReason.FORMAT)
    if fault_of(digits, "gb_utrn") is not None:
        return Rejected(RejectReason.RANGE)
    parts = fields(digits)
    number = _number(parts, highest)
    if mac(key, number, parts) != parts.mac or parts.amount_e5 is None:
        return Rejected(RejectReason.CRC)
    return Decoded(TokenClass.CREDIT, _MONEY_SUBCLASS, Secret(parts.upper), number, amount_e5=parts.amount_e5)


def _number(parts: Fields, highest: int) -> int:
    lowest = max(highest - _ROUND // 2, 0)
    return lowest + (parts.counter10 - lowest) % _ROUND
