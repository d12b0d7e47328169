"""Issuing tokens: 20 digits for one meter. Every function raises ValueError where an argument does not fit."""

from hubd.sts import block
from hubd.sts.amount import encode_tenths
from hubd.sts.currency import encode_e5
from hubd.sts.key_change import SECTIONS, bodies
from hubd.sts.meter_key import MeterKey
from hubd.sts.misty1 import Misty1
from hubd.sts.tid import MAX_TID, is_reserved
from hubd.sts.token import TokenClass, to_digits

_UNIT_SUBCLASSES = range(block.FIRST_CURRENCY_SUBCLASS)
_CURRENCY_SUBCLASSES = range(block.FIRST_CURRENCY_SUBCLASS, block.LAST_CURRENCY_SUBCLASS + 1)


def issue_credit_units(key: MeterKey, subclass: int, tenths: int, tid: int, rnd: int) -> str:
    """Credit in tenths of a unit. Subclass 0 electricity (kWh), 1 water, 2 gas (m3), 3 time (minutes); `rnd` 0-15."""
    if subclass not in _UNIT_SUBCLASSES:
        raise ValueError(f"subclass {subclass} carries no units: 0 electricity, 1 water, 2 gas, 3 time")
    return _sealed(key, TokenClass.CREDIT, subclass, _body(rnd, tid, encode_tenths(tenths)))


def issue_currency(key: MeterKey, subclass: int, amount_e5: int, tid: int) -> str:
    """Credit as money, in 10^-5 of the currency unit. Subclass 4 electricity, 5 water, 6 gas, 7 time. What is
    carried is `encoded_e5(amount_e5)`; the upper four bits of the amount take the place of the random ones.
    """
    if subclass not in _CURRENCY_SUBCLASSES:
        raise ValueError(f"subclass {subclass} carries no money: 4 electricity, 5 water, 6 gas, 7 time")
    field = encode_e5(amount_e5)
    return _sealed(key, TokenClass.CREDIT, subclass, _body(field >> 16, tid, field & 0xFFFF))


def issue_management(key: MeterKey, subclass: int, value16: int, tid: int, rnd: int) -> str:
    """A management token with a 16-bit field: 0 maximum power limit, 1 clear credit, 2 tariff rate, 5 clear tamper,
    6 maximum phase power unbalance, 7 water meter factor, 10-15. Key changes: `issue_key_change`.
    """
    if subclass in SECTIONS or not 0 <= subclass <= 15:
        raise ValueError(f"subclass {subclass} is no management token with a field: 0-2, 5-7 or 10-15")
    if not 0 <= value16 <= 0xFFFF:
        raise ValueError("the field of a management token has 16 bits: 0000 to FFFF")
    return _sealed(key, TokenClass.MANAGEMENT, subclass, _body(rnd, tid, value16))


def issue_key_change(old: MeterKey, new: MeterKey, ken: int = 255, rollover: bool = False) -> tuple[str, ...]:
    """The four tokens that bring a meter from the old key to the new one. Both must name the same meter."""
    if old.pan != new.pan:
        raise ValueError("a key change is for one meter: the old and the new key name different PANs")
    return tuple(_sealed(old, TokenClass.MANAGEMENT, subclass, body) for subclass, body in bodies(new, ken, rollover))


def issue_display(subclass: int, control: int, manufacturer: int) -> str:
    """A test or display token, the same for every meter. Subclass 0: 36 control bits, manufacturer of two digits;
    subclass 1: 28 control bits, manufacturer of four digits.
    """
    if subclass not in (0, 1):
        raise ValueError(f"subclass {subclass} is no test token: 0 (two-digit manufacturer) or 1 (four digits)")
    control_bits, digits = (36, 2) if subclass == 0 else (28, 4)
    if not (0 <= control < 2**control_bits and 0 <= manufacturer < 10**digits):
        raise ValueError(f"a test token of subclass {subclass} holds {control_bits} control bits and {digits} digits")
    sealed = block.seal(TokenClass.DISPLAY, subclass, control << 44 - control_bits | manufacturer)
    return to_digits(TokenClass.DISPLAY, sealed)


def _body(nibble: int, tid: int, field: int) -> int:
    if not 0 <= nibble <= 15:
        raise ValueError(f"the random part {nibble} is not 0 to 15")
    if not 0 <= tid <= MAX_TID or is_reserved(tid):
        raise ValueError(f"token identifier {tid}: it is 0 to {MAX_TID} and never the reserved minute 00:01")
    return nibble << 40 | tid << 16 | field


def _sealed(key: MeterKey, cls: TokenClass, subclass: int, body: int) -> str:
    cipher = Misty1(key.decoder_key().reveal())
    return to_digits(cls, cipher.encrypt(block.seal(cls, subclass, body)))
