"""What the installer enters is bounded: the statement must fit into one message (R16)."""

from typing import Any

import msgspec
import pytest

from hubd.utility.commissioning import notes
from hubd.wan.statement import OldMeter, OldReading, VisitNotes
from hubd.wan.too_large import USUAL_MOST_OCTETS

WIDE = "\N{CJK UNIFIED IDEOGRAPH-4E00}"
READING = OldReading("day", "1.0")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"remarks": "x" * 2_001}, "remarks: 2001 characters: at most 2000"),
        ({"installer": "x" * 81}, "installer: 81 characters: at most 80"),
        ({"old_meters": [OldMeter(f"S{n}") for n in range(21)]}, "21 old meters: at most 20"),
        ({"old_meters": [OldMeter("S", readings=[READING] * 9)]}, "old meter S: 9 readings: at most 8"),
        ({"old_meters": [OldMeter("x" * 900_000)]}, "serial: 900000 characters: at most 80"),
        ({"old_meters": [OldMeter("S", "x" * 81)]}, "replaced_by: 81 characters: at most 80"),
        ({"old_meters": [OldMeter("S", readings=[OldReading("x" * 81, "1")])]}, "register: 81 characters"),
        ({"old_meters": [OldMeter("S", readings=[OldReading("", "7")])]}, "reading '7' has no register"),
        ({"old_meters": [OldMeter("S", readings=[OldReading("day", "-5")])]}, "reading '-5' is not a figure"),
        (
            {"old_meters": [OldMeter("S", readings=[OldReading("day", "1", "litres")])]},
            "unit 'litres' is none of kWh",
        ),
        ({"old_meters": [OldMeter("S", balance="3,20")]}, "balance '3,20' is not a figure"),
        ({"old_meters": [OldMeter("S", debt="")]}, "debt '' is not a figure"),
        ({"old_meters": [OldMeter(" ")]}, "serial is empty"),
        ({"installer": ""}, "installer is empty"),
        ({"remarks": "\x1b[2J"}, "remarks: a character that cannot be printed"),
        (
            {"old_meters": [OldMeter(f"S{n}", readings=[OldReading(WIDE * 80, "1")] * 8) for n in range(20)]},
            "octets: at most 32768",
        ),
    ],
)
def test_notes_above_a_limit_are_refused_with_the_limit_and_the_cure_r16(given: dict[str, Any], words: str) -> None:
    said = notes.objection(VisitNotes(**given))
    assert said is not None
    assert words in said
    assert "Cure: " in said
    assert len(said) < 400


def test_notes_at_every_limit_are_kept_and_leave_half_of_a_message_to_the_rest_r16() -> None:
    meters = [OldMeter(f"S{n}", readings=[READING] * 8, balance="3.20") for n in range(20)]
    most = VisitNotes("x" * 80, WIDE * 2_000, meters)
    assert notes.objection(most) is None
    assert len(msgspec.json.encode(most)) < USUAL_MOST_OCTETS / 2
    assert notes.objection(VisitNotes()) is None
    owing = OldMeter("S", readings=[OldReading("total", "0", "m3")], balance="-3.20", debt="0.00")
    assert notes.objection(VisitNotes(remarks="two\nlines", old_meters=[owing])) is None
