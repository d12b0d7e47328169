"""Older journals brought up to date: in little room, through kills, and with their order kept."""

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import inbox, outbox
from hubd.store.journal import Journal
from hubd.store.reserve import RESERVE_BYTES
from hubd.store.schema import _ONE_TREE, _ORDERS_IN_ORDER, MIGRATIONS, bring_up_to_date


def older_journal(path: Path, rows: Iterable[tuple[Lane, int, bytes]]) -> None:
    """One whose outbox has still a key of two columns."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; BEGIN")
        before = MIGRATIONS.index(_ONE_TREE)
        for step in MIGRATIONS[:before]:
            for statement in step.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {before}")
        connection.executemany(
            "INSERT INTO outbox VALUES (?, ?, 'event', ?, 5.0, 'network')",
            [(str(lane), seq, body) for lane, seq, body in rows],
        )
        connection.execute("COMMIT")


async def test_what_waits_in_an_older_journal_waits_in_its_lane_and_order_after_the_update(path: Path):
    older_journal(path, [(lane, seq, b"%d" % seq) for lane in Lane for seq in (3, 2, 7)])
    journal = await Journal.open(path)
    for lane in Lane:
        rows = await journal.read(lambda c, lane=lane: outbox.waiting(c, lane, 0, 100))
        assert [(row.lane, row.seq, row.body, row.after) for row in rows] == [
            (lane, 2, b"2", 0), (lane, 3, b"3", 2), (lane, 7, b"7", 3),
        ]  # fmt: skip
    assert set((await journal.read(outbox.backlog)).values()) == {3}
    await journal.close()


def test_an_older_journal_of_many_messages_needs_little_room_for_the_update_r30(path: Path):
    """A hub on a full card must start: what the head-end has stored makes room again."""
    older_journal(path, [(Lane.READING, seq, b"x" * 900) for seq in range(1, 5_001)])
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + RESERVE_BYTES // 2 // 1024}")
        connection.execute("PRAGMA secure_delete = ON")
        bring_up_to_date(connection)
        assert Path(f"{path}-wal").stat().st_size <= RESERVE_BYTES
        assert outbox.backlog(connection)[Lane.READING] == 5_000


async def test_an_update_that_is_killed_anywhere_loses_and_doubles_nothing_r30(path: Path):
    class Dies(sqlite3.Connection):
        left = 0

        def executescript(self, script: str) -> sqlite3.Cursor:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return super().executescript(script)

    numbers = [seq for seq in range(1, 2_100) if seq % 3]
    older_journal(path, [(lane, seq, b"{}") for lane in (Lane.ALARM, Lane.READING) for seq in numbers])
    deaths = 0
    while True:
        connection = sqlite3.connect(path, isolation_level=None, factory=Dies)
        connection.left = 1
        try:
            bring_up_to_date(connection)
            break
        except KeyboardInterrupt:
            deaths += 1
        finally:
            connection.close()
    assert deaths > 5
    journal = await Journal.open(path)
    for lane in (Lane.ALARM, Lane.READING):
        rows = await journal.read(lambda c, lane=lane: outbox.waiting(c, lane, 0, 10_000))
        assert [row.seq for row in rows] == numbers
    await journal.close()


def test_orders_are_taken_up_again_as_they_came_though_the_clock_was_set_back_between_them(path: Path):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        before = MIGRATIONS.index(_ORDERS_IN_ORDER)
        for step in MIGRATIONS[:before]:
            connection.executescript(step)
        connection.execute(f"PRAGMA user_version = {before}")
        for jti, at_unix_s in (("b", 60.0), ("a", 50.0)):
            row = (jti, "k", str(Role.VENDING), "vend", b"", b"{}", at_unix_s, "network", 0)
            connection.execute("INSERT INTO inbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        bring_up_to_date(connection)
        for jti, at_unix_s in (("d", 9.0), ("c", 8.0)):
            at = Stamp(at_unix_s, TimeTrust.UNSYNCED)
            inbox.add(connection, jti, "k", Role.MANAGEMENT, "prepayment", b"", b"{}", at)
        assert [row.jti for row in inbox.unfinished(connection)] == ["a", "b", "d", "c"]
