"""Opening a token with a meter's key. What is wrong with a token is a value; unknown kinds come out as data."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hubd.model.secret import Secret
from hubd.sts import block
from hubd.sts.amount import decode_tenths
from hubd.sts.currency import decode_e5
from hubd.sts.key_change import SECTIONS, KeyChangeSection
from hubd.sts.meter_key import MeterKey
from hubd.sts.misty1 import Misty1
from hubd.sts.tid import moment_of
from hubd.sts.token import MAX_TOKEN, TokenClass, from_number, has_token_form


class RejectReason(StrEnum):
    """Why a token cannot be opened."""

    FORMAT = "format"
    """It is not 20 digits."""
    RANGE = "range"
    """It is 20 digits, but above 2^66 - 1."""
    CRC = "crc"
    """The checksum does not fit: another meter's, another key's, or a typing error; nobody can tell which."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The token was not opened."""

    reason: RejectReason


@dataclass(frozen=True, slots=True)
class Decoded:
    """An opened token. Fields its kind does not carry are None; a kind nobody knows carries `body` alone.

    `issued_at` is naive UTC. `units_tenths`: credit in units. `amount_e5`: credit as money. `value16`: the field of a
    management token. `section`: a part of a key change. `control` and `manufacturer`: a test token.
    """

    cls: TokenClass
    subclass: int
    body: Secret[int]
    tid: int | None = None
    issued_at: datetime | None = None
    rnd: int | None = None
    units_tenths: int | None = None
    amount_e5: int | None = None
    value16: int | None = None
    section: KeyChangeSection | None = None
    control: int | None = None
    manufacturer: int | None = None


def decode(key: MeterKey, digits: str) -> Decoded | Rejected:
    """Open a token with the key of this meter."""
    return decode_with(key.decoder_key(), key.base, digits)


def decode_with(decoder_key: Secret[bytes], base: int, digits: str) -> Decoded | Rejected:
    """As `decode`, with the 16-octet decoder key itself: what a meter has after a key change."""
    if not has_token_form(digits):
        return Rejected(RejectReason.FORMAT)
    if int(digits) > MAX_TOKEN:
        return Rejected(RejectReason.RANGE)
    cls, sealed = from_number(int(digits))
    if cls is not TokenClass.DISPLAY:
        sealed = Misty1(decoder_key.reveal()).decrypt(sealed)
    opened = block.opened(cls, sealed)
    if opened is None:
        return Rejected(RejectReason.CRC)
    return _read(cls, *opened, base=base)


def _read(cls: TokenClass, subclass: int, body: int, base: int) -> Decoded:
    if cls is TokenClass.CREDIT and subclass <= block.LAST_CURRENCY_SUBCLASS:
        return _credit(subclass, body, base)
    if cls is TokenClass.MANAGEMENT and subclass in SECTIONS:
        section = KeyChangeSection(subclass, Secret(body))
        return Decoded(cls, subclass, Secret(body), section=section)
    if cls is TokenClass.MANAGEMENT:
        tid = body >> 16 & 0xFF_FFFF
        issued_at = moment_of(tid, base)
        return Decoded(cls, subclass, Secret(body), tid, issued_at, rnd=body >> 40, value16=body & 0xFFFF)
    if cls is TokenClass.DISPLAY and subclass <= 1:
        manufacturer_bits = 8 if subclass == 0 else 16
        control, manufacturer = body >> manufacturer_bits, body & 2**manufacturer_bits - 1
        return Decoded(cls, subclass, Secret(body), control=control, manufacturer=manufacturer)
    return Decoded(cls, subclass, Secret(body))


def _credit(subclass: int, body: int, base: int) -> Decoded:
    nibble, tid, field = body >> 40, body >> 16 & 0xFF_FFFF, body & 0xFFFF
    opened = (TokenClass.CREDIT, subclass, Secret(body), tid, moment_of(tid, base))
    if block.carries_currency(TokenClass.CREDIT, subclass):
        return Decoded(*opened, amount_e5=decode_e5(nibble << 16 | field))
    return Decoded(*opened, rnd=nibble, units_tenths=decode_tenths(field))
