"""What a meter asked for is on disk with the tokens that wait for it: why, and until when (R30)."""

import sqlite3
from pathlib import Path

import pytest

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp
from hubd.model.top_up_case import TopUpCase
from hubd.model.topup import Outcome
from hubd.store import top_ups
from hubd.store.journal import Journal
from hubd.store.top_ups import TopUpRow

from .conftest import AT

METER, OTHER = Eui64("00:0d:6f:00:00:00:00:01"), Eui64("00:0d:6f:00:00:00:00:02")
CODES = {order: Secret(str(number) * 20) for number, order in enumerate(("a", "b", "x"), 1)}
UNTIL_S = AT.unix_s + 1_290.0


def ordered(connection: sqlite3.Connection) -> None:
    """Two tokens for one meter, the first sent once; one for another."""
    for order, device in (("a", METER), ("b", METER), ("x", OTHER)):
        top_ups.add(
            connection,
            order=order,
            device=device,
            token=CODES[order],
            source="wan",
            at=AT,
            give_up_at=Stamp(9.0, AT.trust),
        )
    top_ups.mark_sending(connection, "a")


def held(connection: sqlite3.Connection) -> None:
    ordered(connection)
    top_ups.hold(connection, "a", UNTIL_S, fate_known=True)
    top_ups.told(connection, "a", TopUpCase.LOCKED)
    top_ups.told(connection, "b", TopUpCase.BEHIND)


async def rows(journal: Journal) -> dict[str, TopUpRow]:
    return {row.order: row for row in await journal.read(top_ups.unfinished)}


async def test_a_held_meter_is_still_held_after_a_restart_and_no_other_is_r30(path: Path):
    journal = await Journal.open(path)
    await journal.commit(held)
    await journal.close()
    journal = await Journal.open(path)
    try:
        found = await rows(journal)
        assert {order: row.case for order, row in found.items()} == {
            "a": TopUpCase.LOCKED,
            "b": TopUpCase.BEHIND,
            "x": TopUpCase.UNDER_WAY,
        }
        assert [row.held_until_unix_s for row in found.values()] == [UNTIL_S, UNTIL_S, None]
        assert found["a"].fate_known, "it was sent, and the meter said that it has not taken it"
    finally:
        await journal.close()


async def test_the_next_try_ends_the_hold_of_all_that_waited_r30(journal: Journal):
    await journal.commit(held)
    await journal.commit(lambda c: top_ups.mark_sending(c, "a"))
    found = await rows(journal)
    assert [(row.held_until_unix_s, row.case) for row in found.values()] == [(None, TopUpCase.UNDER_WAY)] * 3
    assert not found["a"].fate_known, "from now on it may be at the meter"
    assert found["a"].told_case is TopUpCase.LOCKED, "its issuer was told"


async def test_an_order_that_ended_says_how_it_ended_and_not_why_it_waited_r30(journal: Journal):
    await journal.commit(held)
    await journal.commit(lambda c: top_ups.finish(c, "a", Outcome.EXPIRED, "words", None, AT))
    row = await journal.read(lambda c: top_ups.find(c, "a"))
    assert row is not None
    assert row.case is TopUpCase.EXPIRED


@pytest.mark.parametrize(("order", "device", "known"), [("a", METER, "a"), ("a", OTHER, None), ("b", METER, "b")])
async def test_the_same_digits_for_the_same_meter_are_known_while_they_are_under_way_r30(
    journal: Journal, order: str, device: Eui64, known: str | None
):
    await journal.commit(ordered)
    found = await journal.read(lambda c: top_ups.under_way(c, device, CODES[order]))
    assert (found and found.order) == known
    await journal.commit(lambda c: top_ups.finish(c, order, Outcome.ACCEPTED, "taken", None, AT))
    assert await journal.read(lambda c: top_ups.under_way(c, device, CODES[order])) is None
