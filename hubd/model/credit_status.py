"""How a prepayment meter's credit stands, in one word: a closed list, made of the meter's own CreditStatus."""

from enum import IntFlag, StrEnum


class CreditStatusBit(IntFlag):
    """Bits of the attribute CreditStatus (Prepayment cluster 0x0705, 0x0003)."""

    CREDIT_OK = 0x01
    LOW_CREDIT = 0x02
    EMERGENCY_CREDIT_ENABLED = 0x04
    EMERGENCY_CREDIT_AVAILABLE = 0x08
    EMERGENCY_CREDIT_SELECTED = 0x10
    EMERGENCY_CREDIT_IN_USE = 0x20
    CREDIT_EXHAUSTED = 0x40


class CreditStatus(StrEnum):
    """The worst that the meter says. The value crosses to the consumer's side."""

    OK = "ok"
    LOW = "low"
    EMERGENCY_CREDIT_AVAILABLE = "emergency_credit_available"
    """Low, and the meter would lend."""
    EMERGENCY_CREDIT_IN_USE = "emergency_credit_in_use"
    EXHAUSTED = "exhausted"


_WORST_FIRST = (
    (CreditStatusBit.CREDIT_EXHAUSTED, CreditStatus.EXHAUSTED),
    (CreditStatusBit.EMERGENCY_CREDIT_IN_USE, CreditStatus.EMERGENCY_CREDIT_IN_USE),
    (CreditStatusBit.EMERGENCY_CREDIT_AVAILABLE, CreditStatus.EMERGENCY_CREDIT_AVAILABLE),
    (CreditStatusBit.LOW_CREDIT, CreditStatus.LOW),
    (CreditStatusBit.CREDIT_OK, CreditStatus.OK),
)


def credit_status(bits: int | None) -> CreditStatus | None:
    """The word for the attribute; None where the meter said nothing of it."""
    return None if bits is None else next((word for bit, word in _WORST_FIRST if bits & bit), None)
