"""Visits, devices on their way into service, and follow-ups, through a journal that is closed and opened again."""

import sqlite3
from pathlib import Path

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.store import commissioning, follow_ups, visits
from hubd.store.journal import Journal

from .conftest import AT

METER = Eui64("00:0d:6f:00:00:00:00:01")
CODE = "83FED3407A939723A5C639B26916D505C3B5"
TOKEN = "12345678901234567890"


def invited(connection: sqlite3.Connection, device: Eui64 = METER, visit: str = "v-1") -> None:
    visits.open_visit(connection, visit, AT)
    commissioning.invite(
        connection,
        device,
        visit=visit,
        supplier="Northern",
        install_code=Secret(CODE),
        window=commissioning.Window(AT.unix_s + 240),
        admit_order="order-1",
        state=b"{}",
    )


async def test_a_vend_test_is_passed_only_once_it_is_written_down_and_forgotten_with_the_device_r13_r34(
    journal: Journal,
) -> None:
    assert not await journal.read(lambda c: commissioning.vend_test_passed(c, METER))
    await journal.commit(invited)
    assert not await journal.read(lambda c: commissioning.vend_test_passed(c, METER))
    await journal.commit(lambda c: commissioning.vend_test_has_passed(c, METER, AT))
    assert await journal.read(lambda c: commissioning.vend_test_passed(c, METER))
    await journal.commit(lambda c: invited(c, visit="v-2"))
    assert await journal.read(lambda c: commissioning.vend_test_passed(c, METER)), "a second visit unlearns nothing"
    await journal.commit(lambda c: commissioning.forget(c, METER))
    assert not await journal.read(lambda c: commissioning.vend_test_passed(c, METER))


async def test_install_code_and_trial_token_are_gone_from_the_file_once_erased_r4_r15(path: Path) -> None:
    journal = await Journal.open(path)
    await journal.commit(invited)
    await journal.commit(lambda c: commissioning.trial_ordered(c, METER, "trial-1", Secret(TOKEN)))
    await journal.close()
    journal = await Journal.open(path)
    row = await journal.read(lambda c: commissioning.find(c, METER))
    assert row is not None
    assert row.install_code is not None
    assert row.install_code.reveal() == CODE
    assert CODE not in repr(row)
    assert TOKEN not in repr(row)
    await journal.commit(lambda c: commissioning.erase_install_code(c, METER))
    await journal.commit(lambda c: commissioning.erase_trial_token(c, METER))
    await journal.close()
    on_disk = b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
    assert CODE.encode() not in on_disk
    assert TOKEN.encode() not in on_disk


async def test_closed_visits_keep_their_statement_and_the_oldest_are_forgotten_r16(journal: Journal) -> None:
    def through(connection: sqlite3.Connection, number: int) -> None:
        visits.open_visit(connection, f"v-{number}", AT)
        visits.note(connection, f"v-{number}", b'{"n": 1}')
        visits.close(connection, f"v-{number}", AT, b"{}")

    await journal.commit(lambda c: invited(c, visit="v-0"))
    for number in range(visits.KEPT_CLOSED + 5):
        await journal.commit(lambda c, n=number: through(c, n))  # type: ignore[misc]
    kept = await journal.read(lambda c: visits.recent(c, 100))
    assert len(kept) == visits.KEPT_CLOSED + 1, "and the one whose device is still on its way"
    assert kept[0].notes == b'{"n": 1}'
    assert kept[0].closed_at == AT
    assert (await journal.read(lambda c: visits.find(c, "v-0"))) is not None
    assert (await journal.read(lambda c: visits.find(c, "v-1"))) is None


async def test_a_follow_up_stands_until_it_is_met_r14(journal: Journal) -> None:
    await journal.commit(lambda c: follow_ups.add(c, "v-1"))
    assert [row.due for row in await journal.read(follow_ups.unmet)] == [None]
    await journal.commit(lambda c: follow_ups.set_due(c, "v-1", "2026-11-30"))
    await journal.commit(lambda c: follow_ups.add(c, "v-1"))
    (row,) = await journal.read(follow_ups.unmet)
    assert row == await journal.read(lambda c: follow_ups.find(c, "v-1"))
    assert (row.due, row.told_overdue) == ("2026-11-30", False)
    await journal.commit(lambda c: follow_ups.tell_overdue(c, "v-1"))
    assert [r.told_overdue for r in await journal.commit(lambda c: follow_ups.meet_all(c, AT))] == [True]
    assert await journal.read(follow_ups.unmet) == []


async def test_what_was_erased_is_gone_from_the_log_of_an_open_journal_too_r4(journal: Journal, path: Path) -> None:
    await journal.commit(invited)
    await journal.commit(lambda c: commissioning.erase_install_code(c, METER))
    log = path.with_name(path.name + "-wal")
    assert CODE.encode() in log.read_bytes(), "without it the log remembers"
    await journal.empty_log()
    assert all(CODE.encode() not in file.read_bytes() for file in path.parent.iterdir())
    assert await journal.read(lambda c: commissioning.find(c, METER)) is not None
