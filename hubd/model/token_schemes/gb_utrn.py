"""GB UTRN (Unique Transaction Reference Number, GBCS section 14): 19 digits and a check digit.

The 19 digits are 7394156990786306048 plus a token of 61 bits, so they lie beyond every STS code:

    bits  60-57      56-47                   46-45             44-32        31-0
          subclass   originator's counter,   0 pence           value        supplier's MAC,
          0 credit   10 of its upper bits    1 whole pounds    0 to 8191    which only the meter can check

The amount stands in clear and may be shown; whether the code is genuine, the MAC decides, at the meter.
"""

from dataclasses import dataclass

from hubd.model.token_schemes.scheme import Scheme
from hubd.model.token_schemes.verhoeff import check_digit
from hubd.model.top_up_case import TopUpCase

OFFSET = 7_394_156_990_786_306_048
TOKEN_BITS = 61
HIGHEST_VALUE = 8_191
PENCE, POUNDS = 0, 1
_E5 = {PENCE: 1_000, POUNDS: 100_000}


@dataclass(frozen=True, slots=True)
class Fields:
    """What stands in a UTRN. `counter10`: bits 32 to 41 of the originator's 64-bit counter."""

    subclass: int
    counter10: int
    value_class: int
    value: int
    mac: int

    @property
    def amount_e5(self) -> int | None:
        """In 10^-5 of a pound; None where it is no credit, or of a value class that nobody has defined."""
        unit = _E5.get(self.value_class)
        return None if unit is None or self.subclass != 0 else self.value * unit

    @property
    def upper(self) -> int:
        """The upper 32 bits of the token, which the MAC is computed over among other things."""
        return self.subclass << 25 | self.counter10 << 15 | self.value_class << 13 | self.value


def fault(code: str) -> TopUpCase | None:
    """A number below all UTRNs, or above, is of another scheme; within, the check digit has to fit."""
    token = int(code[:-1]) - OFFSET
    if not 0 <= token < 1 << TOKEN_BITS:
        return TopUpCase.WRONG_SCHEME
    return None if check_digit(code[:-1]) == int(code[-1]) else TopUpCase.MISTYPED


def fields(code: str) -> Fields:
    """The fields of a code without fault."""
    token = int(code[:-1]) - OFFSET
    return Fields(
        subclass=token >> 57,
        counter10=token >> 47 & 0x3FF,
        value_class=token >> 45 & 3,
        value=token >> 32 & 0x1FFF,
        mac=token & 0xFFFF_FFFF,
    )


def compose(parts: Fields) -> str:
    """The reverse of `fields`: 20 digits. Raises ValueError where a part does not fit."""
    widths = ((parts.subclass, 4), (parts.counter10, 10), (parts.value_class, 2), (parts.value, 13), (parts.mac, 32))
    if any(not 0 <= part < 1 << bits for part, bits in widths):
        raise ValueError("a UTRN holds 4 bits of subclass, 10 of counter, 2 of class, 13 of value and 32 of MAC")
    digits = str(OFFSET + (parts.upper << 32 | parts.mac))
    return f"{digits}{check_digit(digits)}"


SCHEME = Scheme("gb_utrn", "GB UTRN, GBCS section 14", fault, lambda code: fields(code).amount_e5)
