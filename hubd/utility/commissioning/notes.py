"""What an installer may enter of a visit, and how much of it (pure).

The statement carries it to the head-end in one message, which a broker takes only up to a size: so each part has a
bound, and all of it together one that leaves room for the rest of the statement.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from hubd.wan.statement import OldMeter, VisitNotes

LONGEST_NAME: Final = 80
"""Characters of a name, a serial number, a register or a figure."""
LONGEST_REMARKS: Final = 2_000
MOST_METERS: Final = 20
MOST_READINGS: Final = 8
"""Of one old meter."""
MOST_OCTETS: Final = 32_768
"""Of everything, as JSON in UTF-8: half of what the reference broker takes in one message."""


def objection(notes: VisitNotes) -> str | None:
    """Why these notes cannot be kept, with the limit and the cure; None: they can."""
    return next(_objections(notes), None)


def _objections(notes: VisitNotes) -> Iterator[str]:
    yield from _too_long("installer", notes.installer, LONGEST_NAME)
    yield from _too_long("remarks", notes.remarks, LONGEST_REMARKS)
    if len(notes.old_meters) > MOST_METERS:
        yield f"{len(notes.old_meters)} old meters: at most {MOST_METERS} a visit. Cure: leave out what is no meter"
    for meter in notes.old_meters:
        yield from _objections_to_meter(meter)
    if (octets := len(msgspec.json.encode(notes))) > MOST_OCTETS:
        yield f"all notes together have {octets} octets: at most {MOST_OCTETS}. Cure: shorter words"


def _objections_to_meter(meter: OldMeter) -> Iterator[str]:
    whose = f"old meter {(meter.serial or meter.replaced_by or 'without a serial number')[:LONGEST_NAME]}"
    for name, word in (
        ("serial", meter.serial),
        ("replaced_by", meter.replaced_by),
        ("balance", meter.balance),
        ("debt", meter.debt),
    ):
        yield from _too_long(f"{whose}: {name}", word, LONGEST_NAME)
    if len(meter.readings) > MOST_READINGS:
        yield f"{whose}: {len(meter.readings)} readings: at most {MOST_READINGS} a meter. Cure: a reading a register"
    for reading in meter.readings:
        for name, word in (("register", reading.register), ("value", reading.value), ("unit", reading.unit)):
            yield from _too_long(f"{whose}: {name}", word, LONGEST_NAME)


def _too_long(name: str, word: str | None, most: int) -> Iterator[str]:
    if word is not None and len(word) > most:
        yield f"{name}: {len(word)} characters: at most {most}. Cure: shorter words"
