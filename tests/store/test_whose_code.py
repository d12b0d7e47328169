"""Whose code it is, as far as the ledger knows (R31), and what is kept of the sections of a key change."""

from pathlib import Path

import pytest

from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.topup import Outcome
from hubd.store import devices, top_ups
from hubd.store.journal import Journal

from .conftest import AT

METER = Eui64("00:0d:6f:00:00:00:00:01")
CODE = Secret("12345678901234567890")
SECTIONS = tuple(Secret(str(n) * 20) for n in range(1, 5))


async def journal_with(path: Path, source: str, outcome: Outcome | None, *, admitted: bool = True) -> Journal:
    journal = await Journal.open(path / "journal.sqlite")

    def work(connection) -> None:  # type: ignore[no-untyped-def]
        if admitted:
            devices.add(connection, METER, DeviceKind.ELECTRICITY_METER, AT)
        top_ups.add(connection, order="o-1", device=METER, token=CODE, source=source, at=AT, give_up_at=AT)
        if outcome is not None:
            top_ups.finish(connection, "o-1", outcome, "words", None, AT)

    await journal.commit(work)
    return journal


@pytest.mark.parametrize(
    ("source", "outcome", "admitted", "known"),
    [
        ("wan", None, True, True),
        ("local", None, True, False),
        ("local", Outcome.ACCEPTED, True, True),
        ("wan", Outcome.DUPLICATE, True, True),
        ("local", Outcome.REJECTED, True, False),
        ("wan", Outcome.UNREACHABLE, True, False),
        ("wan", Outcome.ACCEPTED, False, False),
    ],
)
async def test_a_code_is_a_meters_where_it_took_it_or_its_issuer_sent_it_and_it_is_still_here_r31(
    tmp_path: Path, source: str, outcome: Outcome | None, admitted: bool, known: bool
) -> None:
    journal = await journal_with(tmp_path, source, outcome, admitted=admitted)
    try:
        found = await journal.read(lambda c: top_ups.meter_of_code(c, CODE))
        assert found == (METER if known else None)
        assert await journal.read(lambda c: top_ups.meter_of_code(c, Secret("0" * 20))) is None
    finally:
        await journal.close()


async def test_sections_are_kept_with_how_far_they_went_and_erased_with_the_token_r4_r30(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "journal.sqlite")
    try:
        await journal.commit(
            lambda c: top_ups.add(
                c, order="k-1", device=METER, token=CODE, source="wan", at=AT, give_up_at=AT, before=SECTIONS
            )
        )
        await journal.commit(lambda c: top_ups.mark_sending(c, "k-1", 1))
        (row,) = await journal.read(top_ups.unfinished)
        assert ([s.reveal() for s in row.before], row.progress) == ([s.reveal() for s in SECTIONS], 1)
        await journal.commit(lambda c: top_ups.finish(c, "k-1", Outcome.ACCEPTED, "words", None, AT))
        (row,) = await journal.read(lambda c: top_ups.recent(c, 1))
        assert (row.token, row.before) == (None, ())
    finally:
        await journal.close()
