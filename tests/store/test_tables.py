"""The tables, through a journal that is closed and opened again."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubd.model.device import DeviceKind
from hubd.model.identity import Eui64
from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp, TimeTrust
from hubd.model.topup import Outcome, TopUpAnswer, TopUpResult
from hubd.store import counters, devices, inbox, meta, outbox, profiles, top_ups
from hubd.store.journal import Journal
from hubd.store.profiles import HALF_HOUR_S, KEPT_HALF_HOURS

from .conftest import AT

TOKEN = "12345678901234567890"
METER = Eui64("00:0d:6f:00:00:00:00:01")


def meter(number: int) -> Eui64:
    return Eui64(f"00:0d:6f:00:00:00:00:{number:02x}")


def vend(connection: sqlite3.Connection, order: str, device: Eui64 = METER) -> None:
    top_ups.add(
        connection,
        order=order,
        device=device,
        token=Secret(TOKEN),
        source="wan",
        at=AT,
        give_up_at=Stamp(9.0, AT.trust),
    )


async def reopened(path: Path, *works: Callable[[sqlite3.Connection], Any]) -> list[Any]:
    """Each piece of work in a journal of its own session."""
    results = []
    for work in works:
        journal = await Journal.open(path)
        results.append(await journal.commit(work))
        await journal.close()
    return results


async def test_a_whole_report_costs_the_log_three_pages(path: Path):
    """The lane's number, the leaf, and now and then a page above it."""
    journal = await Journal.open(path)
    body = b'{"' + b"x" * 240 + b'":1}'

    async def put(reports: int) -> None:
        for _ in range(reports):
            await journal.commit(lambda c: outbox.put(c, Lane.READING, "reading", body, AT))

    await put(100)
    await journal.empty_log()
    await put(100)
    pages = (Path(f"{path}-wal").stat().st_size - 32) // (1_024 + 24)
    await journal.close()
    assert pages <= 300, "of 1,024 octets"


async def test_numbers_of_a_lane_rise_by_one_and_are_never_used_twice(path: Path):
    def put(c: sqlite3.Connection) -> int:
        return outbox.put(c, Lane.READING, "reading", b"{}", AT)

    def delete_all(c: sqlite3.Connection) -> int:
        return outbox.delete_stored(c, {Lane.READING: 99})

    assert await reopened(path, put, put, delete_all, put, delete_all, put) == [1, 2, 2, 3, 1, 4]


async def test_a_number_that_was_rolled_back_is_given_again_so_that_no_gap_stays(journal: Journal):
    """The head-end acknowledges up to where nothing is missing: a gap would stop it for ever."""

    def fails(c: sqlite3.Connection) -> None:
        outbox.put(c, Lane.ALARM, "event", b"{}", AT)
        raise LookupError

    with pytest.raises(LookupError):
        await journal.commit(fails)
    assert await journal.commit(lambda c: outbox.put(c, Lane.ALARM, "event", b"{}", AT)) == 1


async def test_lanes_are_counted_kept_and_deleted_each_by_itself(journal: Journal):
    for lane in (Lane.ALARM, Lane.READING, Lane.READING):
        await journal.commit(lambda c, la=lane: outbox.put(c, la, "event", b'{"n":1}', AT))
    (row,) = await journal.read(lambda c: outbox.waiting(c, Lane.READING, 1, 10))
    assert row == outbox.OutboxRow(Lane.READING, 2, "event", b'{"n":1}', AT, after=1)
    assert await journal.commit(lambda c: outbox.delete_stored(c, {Lane.READING: 1})) == 1
    backlog = await journal.read(outbox.backlog)
    assert backlog == {Lane.ALARM: 1, Lane.RECEIPT: 0, Lane.EVENT: 0, Lane.AUDIT: 0, Lane.READING: 1}
    assert await journal.read(outbox.last_numbers) == {Lane.ALARM: 1, Lane.READING: 2}
    (row,) = await journal.read(lambda c: outbox.waiting(c, Lane.READING, 1, 10))
    assert row.after == 0, "nothing before it is here any more"


async def test_a_counter_never_falls(path: Path):
    def raise_to(n: int) -> Callable[[sqlite3.Connection], None]:
        return lambda c: counters.raise_to(c, "vend-1", n)

    results = await reopened(
        path, lambda c: counters.last(c, "vend-1"), raise_to(7), raise_to(3), lambda c: counters.last(c, "vend-1")
    )
    assert results == [0, None, None, 7]


async def test_an_order_is_known_once_and_its_arguments_go_when_it_ends(path: Path):
    def add(c: sqlite3.Connection) -> None:
        inbox.add(c, "jti-1", "vend-1", Role.VENDING, "vend", b"digest", b'{"token":"%s"}' % TOKEN.encode(), AT)

    await reopened(path, add)
    with pytest.raises(sqlite3.IntegrityError):
        await reopened(path, add)
    (unfinished,) = await reopened(path, inbox.unfinished)
    assert [row.jti for row in unfinished] == ["jti-1"]
    assert TOKEN not in repr(unfinished)
    _, row, left = await reopened(
        path, lambda c: inbox.finish(c, "jti-1"), lambda c: inbox.find(c, "jti-1"), inbox.unfinished
    )
    assert (row.finished, row.args, row.body_sha256, row.role) == (True, None, b"digest", Role.VENDING)
    assert left == []


async def test_finished_orders_are_forgotten_oldest_first_and_open_ones_never(journal: Journal):
    def many(c: sqlite3.Connection) -> None:
        for n in range(inbox.KEPT_FINISHED + 600):
            at = Stamp(float(n), TimeTrust.NETWORK)
            inbox.add(c, f"jti-{n}", "k", Role.VENDING, "vend", b"", b"{}", at)
        c.execute("UPDATE inbox SET finished = 1 WHERE jti != 'jti-0'")
        inbox.finish(c, "jti-1")

    await journal.commit(many)
    assert await journal.read(lambda c: inbox.find(c, "jti-0")) is not None
    assert await journal.read(lambda c: inbox.find(c, "jti-2")) is None
    assert await journal.read(lambda c: inbox.find(c, f"jti-{inbox.KEPT_FINISHED + 599}")) is not None


async def test_a_tokens_digits_leave_the_file_when_its_order_ends(path: Path):
    await reopened(
        path,
        lambda c: vend(c, "order-1"),
        lambda c: top_ups.mark_sending(c, "order-1"),
        lambda c: top_ups.mark_sending(c, "order-1"),
    )
    ((row,),) = await reopened(path, top_ups.unfinished)
    assert (row.attempts, row.outcome, row.last4) == (2, None, "7890")
    assert row.token.reveal() == TOKEN
    assert TOKEN not in repr(row)
    answer = TopUpAnswer(TopUpResult.ACCEPTED, 800_024, None)
    _, unfinished, (ended,) = await reopened(
        path,
        lambda c: top_ups.finish(c, "order-1", Outcome.ACCEPTED, "taken", answer, AT),
        top_ups.unfinished,
        lambda c: top_ups.recent(c, 5),
    )
    assert unfinished == []
    assert (ended.token, ended.outcome, ended.answer()) == (None, Outcome.ACCEPTED, answer)
    assert TOKEN.encode() not in b"".join(p.read_bytes() for p in path.parent.iterdir())


async def test_top_ups_come_back_in_the_order_of_their_coming(journal: Journal):
    for n in (3, 1, 2):
        await journal.commit(lambda c, n=n: vend(c, f"order-{n}", meter(n)))
    assert [row.order for row in await journal.read(top_ups.unfinished)] == ["order-3", "order-1", "order-2"]
    with pytest.raises(sqlite3.IntegrityError):
        await journal.commit(lambda c: vend(c, "order-1"))


async def test_an_unknown_result_code_is_kept_as_it_is(journal: Journal):
    await journal.commit(lambda c: vend(c, "o"))
    answer = TopUpAnswer(0x77, None, None)
    await journal.commit(lambda c: top_ups.finish(c, "o", Outcome.REJECTED, "no", answer, AT))
    row = await journal.read(lambda c: top_ups.find(c, "o"))
    assert row is not None
    assert row.answer() == answer


async def test_aliases_are_given_in_order_and_never_again(path: Path):
    def add(number: int, kind: DeviceKind) -> Callable[[sqlite3.Connection], str]:
        return lambda c: devices.add(c, meter(number), kind, AT).alias

    electricity, gas, display = DeviceKind
    results = await reopened(
        path,
        add(1, electricity),
        add(2, electricity),
        add(3, gas),
        add(4, display),
        lambda c: devices.remove(c, meter(2), AT),
        add(5, electricity),
        add(1, electricity),
    )
    assert results == ["electricity-1", "electricity-2", "gas-1", "display-1", None, "electricity-3", "electricity-1"]


async def test_the_last_fifteen_removed_devices_are_remembered(journal: Journal):
    for n in range(20):
        await journal.commit(lambda c, n=n: devices.add(c, meter(n), DeviceKind.GAS_METER, AT))
        await journal.commit(lambda c, n=n: devices.remove(c, meter(n), AT))
    removed = await journal.read(devices.removed)
    assert [device.address for device in removed] == [meter(n) for n in range(19, 4, -1)]
    assert {device.removed_unix_s for device in removed} == {AT.unix_s}
    assert await journal.read(devices.all_devices) == []


async def test_a_year_of_half_hours_is_kept_and_older_ones_go(journal: Journal):
    """R19: 12 months of half-hours a channel."""

    def fill(c: sqlite3.Connection) -> None:
        for n in range(KEPT_HALF_HOURS + 50):
            profiles.put(c, meter(1), "import", n * HALF_HOUR_S, n)

    await journal.commit(fill)
    whole = await journal.read(lambda c: profiles.between(c, meter(1), "import", 0, 1 << 40))
    assert len(whole) >= KEPT_HALF_HOURS >= 366 * 48
    assert whole[-1] == ((KEPT_HALF_HOURS + 49) * HALF_HOUR_S, KEPT_HALF_HOURS + 49)
    assert len(whole) <= KEPT_HALF_HOURS + 1


async def test_a_later_word_replaces_a_half_hour_and_channels_are_apart(journal: Journal):
    def work(c: sqlite3.Connection) -> list[Any]:
        profiles.put(c, meter(1), "import", 0, None)
        profiles.put(c, meter(1), "import", 0, 5)
        profiles.put(c, meter(1), "export", 0, 7)
        profiles.put(c, meter(2), "import", 1_800, 9)
        return [
            profiles.between(c, meter(1), "import", 0, 1_800),
            profiles.newest_end_unix_s(c, meter(1), "export"),
            profiles.newest_end_unix_s(c, meter(2), "export"),
        ]

    assert await journal.commit(work) == [[(0, 5)], 1_800, None]


async def test_a_fact_is_kept_under_its_name(path: Path):
    def put(value: str) -> Callable[[sqlite3.Connection], None]:
        return lambda c: meta.put(c, "radio", value)

    def get(c: sqlite3.Connection) -> str | None:
        return meta.get(c, "radio")

    assert await reopened(path, get, put("a"), put("b"), get) == [None, None, None, "b"]
