"""Key change tokens of EA11: four sections that together carry a new 128-bit decoder key (IEC 62055-41).

Management subclasses 3, 4, 8 and 9, enciphered under the old key, without token identifier. They may be entered in
any order. The tariff index and the supply group code travel as binary numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hubd.model.secret import Secret
from hubd.sts.meter_key import MeterKey

FIRST_SECTION = 3
SECOND_SECTION = 4
THIRD_SECTION = 8
FOURTH_SECTION = 9
SECTIONS = (FIRST_SECTION, SECOND_SECTION, THIRD_SECTION, FOURTH_SECTION)
KEN_MAX = 255


@dataclass(frozen=True, slots=True)
class KeyChangeSection:
    """One section: its subclass and the 44 bits it carries, a part of the new key among them."""

    subclass: int
    body: Secret[int]


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What a whole set says. `ken`: the key expires with token identifiers above ken * 65536 + 65535.
    `rollover`: the meter forgets its token identifiers, and counts from the next base date.
    """

    decoder_key: Secret[bytes]
    sgc: str
    krn: int
    kt: int
    ti: str
    ken: int
    rollover: bool


def bodies(new: MeterKey, ken: int, rollover: bool) -> tuple[tuple[int, int], ...]:
    """(subclass, 44-bit body) of the four sections. Raises ValueError for a key expiry number over 255."""
    if not 0 <= ken <= KEN_MAX:
        raise ValueError(f"key expiry number {ken}: it is 0 to {KEN_MAX}")
    key, sgc = new.decoder_key().reveal(), int(new.sgc)
    w0, w1, w2, w3 = (int.from_bytes(key[i : i + 4]) for i in range(0, 16, 4))
    return (
        (FIRST_SECTION, ken >> 4 << 40 | new.krn << 36 | rollover << 35 | new.kt << 32 | w0),
        (SECOND_SECTION, (ken & 15) << 40 | int(new.ti) << 32 | w3),
        (THIRD_SECTION, (sgc & 0xFFF) << 32 | w1),
        (FOURTH_SECTION, sgc >> 12 << 32 | w2),
    )


def assemble(sections: Iterable[KeyChangeSection]) -> KeyChange | None:
    """The key change that the sections add up to, in whatever order; None while one is missing. Of two with the same
    subclass the later counts.
    """
    by_subclass = {section.subclass: section.body.reveal() for section in sections}
    if not by_subclass.keys() >= set(SECTIONS):
        return None
    first, second, third, fourth = (by_subclass[subclass] for subclass in SECTIONS)
    words = (first, third, fourth, second)
    return KeyChange(
        decoder_key=Secret(b"".join((word & 0xFFFF_FFFF).to_bytes(4) for word in words)),
        sgc=f"{fourth >> 32 << 12 | third >> 32:06d}",
        krn=first >> 36 & 15,
        kt=first >> 32 & 3,
        ti=f"{second >> 32 & 0xFF:02d}",
        ken=(first >> 40) << 4 | second >> 40,
        rollover=bool(first >> 35 & 1),
    )
