"""Old meters' figures are corrected field by field, and reach the statement also after the visit has closed (R16)."""

import json
from pathlib import Path
from typing import Any

import pytest

from hubd.console import ConsoleRefusedError
from hubd.model.lane import Lane
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import outbox, visits
from hubd.store.journal import Journal
from hubd.utility.commissioning.noting import LATE_NOTES_S, note
from hubd.wan.statement import OldMeter, OldReading, VisitNotes

from .test_closing import MONDAY

WHEN = {"unix_s": 1.0, "trust": "network"}
STATEMENT = {
    "visit": "v-1", "opened_at": WHEN, "closed_at": WHEN,
    "complete": True, "software": "0", "currency": "GBP", "installer": None, "remarks": None, "follow_up_due": None,
    "equipment": [], "serial_numbers": [], "readings": [], "settings": [], "balances": [], "old_meters": [],
}  # fmt: skip
DAY = VisitNotes(old_meters=[OldMeter("S95", "electricity-1", [OldReading("day", "12345.6")], "3.20")])


def later(days: float) -> Stamp:
    return Stamp(MONDAY.unix_s + days * 86_400, MONDAY.trust)


@pytest.fixture
async def journal(tmp_path: Path) -> Any:
    opened = await Journal.open(tmp_path / "journal.sqlite")
    yield opened
    await opened.close()


async def visit(journal: Journal, name: str, closed: Stamp | None = None) -> None:
    def work(connection: Any) -> None:
        visits.open_visit(connection, name, MONDAY)
        if closed is not None:
            visits.close(connection, name, closed, json.dumps(STATEMENT | {"visit": name}).encode())

    await journal.commit(work)


async def sent(journal: Journal) -> list[dict[str, Any]]:
    return [json.loads(r.body) for r in await journal.read(lambda c: outbox.waiting(c, Lane.EVENT, 0, 100))]


async def kept(journal: Journal, name: str) -> dict[str, Any]:
    row = await journal.read(lambda c: visits.find(c, name))
    return dict(json.loads(row.notes))


async def test_a_figure_entered_again_corrects_that_figure_and_leaves_the_others_r16(journal: Journal) -> None:
    await visit(journal, "v-1")
    for given in (
        DAY,
        VisitNotes(old_meters=[OldMeter("S95", readings=[OldReading("night", "2.0")])]),
        VisitNotes(old_meters=[OldMeter("S95", readings=[OldReading("day", "12346.0")], debt="12.00")]),
        VisitNotes(installer="A. Fitter", old_meters=[OldMeter(replaced_by="electricity-1", balance="3.30")]),
        VisitNotes(old_meters=[OldMeter("G7", "gas-1")]),
    ):
        await journal.commit(lambda c, given=given: note(c, None, given, MONDAY))  # type: ignore[misc]
    assert await kept(journal, "v-1") == {
        "installer": "A. Fitter",
        "remarks": None,
        "old_meters": [
            {
                "serial": "S95", "replaced_by": "electricity-1", "balance": "3.30", "debt": "12.00",
                "readings": [
                    {"register": "day", "value": "12346.0", "unit": "kWh"},
                    {"register": "night", "value": "2.0", "unit": "kWh"},
                ],
            },
            {"serial": "G7", "replaced_by": "gas-1", "balance": None, "debt": None, "readings": []},
        ],
    }  # fmt: skip
    assert await sent(journal) == [], "the visit is open: its statement is still to come"


async def test_notes_come_five_days_after_the_visit_closed_and_its_statement_is_sent_again_r16(
    journal: Journal,
) -> None:
    await visit(journal, "v-1", closed=MONDAY)
    told = await journal.commit(lambda c: note(c, None, DAY, later(4.9)))
    assert (told.visit, told.sent_again) == ("v-1", True)
    (again,) = await sent(journal)
    assert (again["visit"], again["complete"], again["old_meters"][0]["serial"]) == ("v-1", True, "S95")
    row = await journal.read(lambda c: visits.find(c, "v-1"))
    assert json.loads(row.statement) == again
    assert row.closed_at == MONDAY, "it is closed since then"
    told = await journal.commit(lambda c: note(c, "v-1", DAY, later(4.9)))
    assert not told.sent_again
    assert len(await sent(journal)) == 1, "nothing new, nothing sent"


async def test_notes_that_come_later_are_refused_with_words_r16(journal: Journal) -> None:
    with pytest.raises(ConsoleRefusedError, match="no visit is open"):
        await journal.commit(lambda c: note(c, None, DAY, MONDAY))
    await visit(journal, "v-1", closed=MONDAY)
    for name in (None, "v-1"):
        with pytest.raises(ConsoleRefusedError, match="v-1 was closed more than 5 days ago"):
            await journal.commit(lambda c, name=name: note(c, name, DAY, later(5.1)))  # type: ignore[misc]
    with pytest.raises(ConsoleRefusedError, match="no visit 'v-9'"):
        await journal.commit(lambda c: note(c, "v-9", DAY, MONDAY))
    assert LATE_NOTES_S == 5 * 86_400


async def test_a_visit_that_ended_on_an_untrusted_clock_takes_notes_whatever_the_clock_says_now_r16(
    journal: Journal,
) -> None:
    await visit(journal, "v-1", closed=Stamp(1_000_000.0, TimeTrust.UNSYNCED))
    assert (await journal.commit(lambda c: note(c, None, DAY, MONDAY))).sent_again


async def test_an_open_visit_goes_before_one_that_is_closed_and_a_clock_that_was_set_back_hinders_nobody_r16(
    journal: Journal,
) -> None:
    await visit(journal, "v-1", closed=later(300))
    assert (await journal.commit(lambda c: note(c, None, DAY, MONDAY))).visit == "v-1"
    await visit(journal, "v-2")
    assert (await journal.commit(lambda c: note(c, None, DAY, MONDAY))).visit == "v-2"
