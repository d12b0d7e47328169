"""What an installer may enter of a visit, and how much of it; and what becomes of it when more comes (pure).

The statement carries it to the head-end in one message, which a broker takes only up to a size: so each part has a
bound, and all of it together one that leaves room for the rest of the statement.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from hubd.wan.statement import OldMeter, OldReading, VisitNotes

UNITS: Final = ("kWh", "m3", "ft3")
LONGEST_NAME: Final = 80
"""Characters of a name, a serial number, a register or a figure."""
LONGEST_REMARKS: Final = 2_000
MOST_METERS: Final = 20
MOST_READINGS: Final = 8
"""Of one old meter."""
MOST_OCTETS: Final = 32_768
"""Of everything, as JSON in UTF-8: half of what the reference broker takes in one message."""


_REGISTER: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,5})?")
_AMOUNT: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,5})?")
_AS_12345_6: Final = "Cure: digits, with a point, as 12345.6"


def objection(notes: VisitNotes) -> str | None:
    """Why these notes cannot be kept, with the limit and the cure; None: they can."""
    return next(_objections(notes), None)


def merged(kept: VisitNotes, given: VisitNotes) -> VisitNotes:
    """What is given corrects what stands there, field by field. An old meter is known by its serial number, else by
    what replaced it.
    """
    meters = list(kept.old_meters)
    for new in given.old_meters:
        at = next((number for number, old in enumerate(meters) if _is_same(old, new)), None)
        if at is None:
            meters.append(_corrected(OldMeter(), new))
        else:
            meters[at] = _corrected(meters[at], new)
    return VisitNotes(given.installer or kept.installer, given.remarks or kept.remarks, meters)


def _is_same(old: OldMeter, new: OldMeter) -> bool:
    if old.serial and new.serial:
        return old.serial == new.serial
    if old.replaced_by or new.replaced_by:
        return old.replaced_by == new.replaced_by
    return old.serial == new.serial


def _corrected(old: OldMeter, new: OldMeter) -> OldMeter:
    readings = {each.register: each for each in (*old.readings, *new.readings)}
    return OldMeter(
        new.serial or old.serial,
        new.replaced_by or old.replaced_by,
        list(readings.values()),
        new.balance or old.balance,
        new.debt or old.debt,
    )


def _objections(notes: VisitNotes) -> Iterator[str]:
    yield from _no_word("installer", notes.installer)
    yield from _no_word("remarks", notes.remarks, LONGEST_REMARKS, lines="\n\t")
    if len(notes.old_meters) > MOST_METERS:
        yield f"{len(notes.old_meters)} old meters: at most {MOST_METERS} a visit. Cure: leave out what is no meter"
    for meter in notes.old_meters:
        yield from _no_meter(meter)
    if (octets := len(msgspec.json.encode(notes))) > MOST_OCTETS:
        yield f"all notes together have {octets} octets: at most {MOST_OCTETS}. Cure: shorter words"


def _no_meter(meter: OldMeter) -> Iterator[str]:
    whose = f"old meter {(meter.serial or meter.replaced_by or 'without a serial number')[:LONGEST_NAME]}"
    yield from _no_word(f"{whose}: serial", meter.serial)
    yield from _no_word(f"{whose}: replaced_by", meter.replaced_by)
    for name, amount in (("balance", meter.balance), ("debt", meter.debt)):
        if amount is not None and not _AMOUNT.fullmatch(amount):
            yield f"{whose}: {name} {amount[:LONGEST_NAME]!r} is not a figure. {_AS_12345_6}"
    yield from _no_readings(whose, meter.readings)


def _no_readings(whose: str, readings: Sequence[OldReading]) -> Iterator[str]:
    if len(readings) > MOST_READINGS:
        yield f"{whose}: {len(readings)} readings: at most {MOST_READINGS} a meter. Cure: a reading a register"
    for reading in readings:
        value = reading.value[:LONGEST_NAME]
        if not reading.register.strip():
            yield f"{whose}: reading {value!r} has no register. Cure: its name, as day=12345.6, or the figure alone"
        yield from _no_word(f"{whose}: register", reading.register)
        if not _REGISTER.fullmatch(reading.value):
            yield f"{whose}: reading {value!r} is not a figure. {_AS_12345_6}"
        if reading.unit not in UNITS:
            yield f"{whose}: unit {reading.unit[:LONGEST_NAME]!r} is none of {', '.join(UNITS)}. Cure: one of these"


def _no_word(name: str, word: str | None, most: int = LONGEST_NAME, lines: str = "") -> Iterator[str]:
    if word is None:
        return
    if not word.strip():
        yield f"{name} is empty. Cure: leave it out, or say it"
    if len(word) > most:
        yield f"{name}: {len(word)} characters: at most {most}. Cure: shorter words"
    if not all(letter.isprintable() or letter in lines for letter in word):
        yield f"{name}: a character that cannot be printed. Cure: type it again"
