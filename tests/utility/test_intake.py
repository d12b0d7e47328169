"""What the broker delivers: tokens at once, all else behind, nothing lost or doubled by a kill (R5, R30)."""

import asyncio
import contextlib
import json
import sqlite3
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.store import outbox, spool
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.command_answers import CommandAnswers
from hubd.utility.intake import Intake
from hubd.wan.commands import MAX_COMMAND_BYTES

OTHERS = [role for role in Role if role is not Role.VENDING]


@dataclass
class Orders:
    """Notes what it takes; holds all but tokens until it is let go."""

    taken: list[tuple[Role, bytes]] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, role: Role, token: bytes) -> None:
        if role is not Role.VENDING:
            await self.go_on.wait()
        self.taken.append((role, token))


@contextlib.asynccontextmanager
async def journal_at(path: Path) -> AsyncIterator[Journal]:
    journal = await Journal.open(path / "journal.sqlite")
    try:
        yield journal
    finally:
        await journal.close()


@contextlib.asynccontextmanager
async def running(intake: Intake) -> AsyncIterator[None]:
    task = asyncio.ensure_future(intake.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def made(journal: Journal, orders: Orders, most: int = spool.MOST) -> Intake:
    return Intake(journal, orders, CommandAnswers(journal, HubClock(True), lambda: None), most)


async def until_nothing_waits(journal: Journal) -> None:
    async with asyncio.timeout(20.0):
        while await journal.read(spool.count):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("role", OTHERS)
async def test_a_token_does_not_wait_for_the_orders_of_any_other_role_before_it_r5(tmp_path: Path, role: Role):
    orders = Orders()
    async with journal_at(tmp_path) as journal:
        intake = made(journal, orders)
        async with running(intake):
            await intake.take(role, [b"1", b"2", b"3"])
            await intake.take(Role.VENDING, [b"token"])
            assert orders.taken == [(Role.VENDING, b"token")]
            assert await journal.read(spool.count) == 3, "on disk, so they may be acknowledged"
            orders.go_on.set()
            await until_nothing_waits(journal)
            assert [body for _, body in orders.taken] == [b"token", b"1", b"2", b"3"], "and in their own order"


async def test_security_goes_before_the_network_operator_and_he_before_management_r5(tmp_path: Path):
    orders = Orders()
    orders.go_on.set()
    async with journal_at(tmp_path) as journal:
        intake = made(journal, orders)
        for role in (Role.MANAGEMENT, Role.NETWORK_OPERATOR, Role.SECURITY_CENTRE):
            await intake.take(role, [b"1", b"2"])
        async with running(intake):
            await until_nothing_waits(journal)
    urgent = [Role.SECURITY_CENTRE, Role.NETWORK_OPERATOR, Role.MANAGEMENT]
    assert orders.taken == [(role, body) for role in urgent for body in (b"1", b"2")]


async def test_what_was_acknowledged_and_not_obeyed_is_obeyed_after_a_kill_r30(tmp_path: Path):
    async with journal_at(tmp_path) as journal:
        await made(journal, Orders()).take(Role.SECURITY_CENTRE, [b"1", b"2"])
    orders = Orders()
    orders.go_on.set()
    async with journal_at(tmp_path) as journal, running(made(journal, orders)):
        await until_nothing_waits(journal)
        assert [body for _, body in orders.taken] == [b"1", b"2"]


async def test_beyond_the_most_that_may_wait_orders_are_refused_and_tokens_are_not_r5(tmp_path: Path):
    orders = Orders()
    async with journal_at(tmp_path) as journal:
        intake = made(journal, orders, most=2)
        async with running(intake):
            await intake.take(Role.NETWORK_OPERATOR, [b"1", b"2"])
            await intake.take(Role.NETWORK_OPERATOR, [b"3", b"4", b"5"])
            await intake.take(Role.VENDING, [b"token"])
            assert orders.taken == [(Role.VENDING, b"token")], "and none is obeyed before those that came earlier"
            (event,) = [json.loads(row.body) for row in await journal.read(_events)]
            assert event["name"] == "command_refused"
            assert event["reason"].startswith("too_many_waiting")
            assert event["detail"] == {"topic": "network", "messages": 3, "times": 1}
            orders.go_on.set()
            await until_nothing_waits(journal)
            assert [body for _, body in orders.taken] == [b"token", b"1", b"2"]


async def test_a_role_that_floods_the_hub_has_no_other_role_s_order_refused_r5(tmp_path: Path):
    async with journal_at(tmp_path) as journal:
        intake = made(journal, Orders(), most=2)
        await intake.take(Role.MANAGEMENT, [b"1", b"2", b"3"])
        await intake.take(Role.SECURITY_CENTRE, [b"theirs"])
    orders = Orders()
    async with journal_at(tmp_path) as journal:
        intake = made(journal, orders, most=2)
        async with running(intake):
            for _ in range(5):
                await journal.read(spool.count)  # by then it has counted
            await intake.take(Role.MANAGEMENT, [b"4"])
            await intake.take(Role.SECURITY_CENTRE, [b"theirs too"])
            orders.go_on.set()
            await until_nothing_waits(journal)
    assert [body for _, body in orders.taken] == [b"theirs", b"theirs too", b"1", b"2", b"3"]


async def test_of_a_message_that_is_too_long_only_so_much_is_kept_as_shows_it_r9(tmp_path: Path):
    orders = Orders()
    orders.go_on.set()
    async with journal_at(tmp_path) as journal:
        intake = made(journal, orders)
        await intake.take(Role.MANAGEMENT, [b"x" * 1_000_000])
        async with running(intake):
            await until_nothing_waits(journal)
        assert [len(body) for _, body in orders.taken] == [MAX_COMMAND_BYTES + 1]


async def test_what_is_on_disk_is_obeyed_though_whoever_brought_it_gave_up_waiting_r30(tmp_path: Path):
    orders = Orders()
    orders.go_on.set()
    async with journal_at(tmp_path) as journal:
        intake = made(journal, orders)
        async with running(intake):
            for _ in range(5):
                await journal.read(spool.count)  # by then it has looked, and sleeps
            card = threading.Event()
            slow = asyncio.ensure_future(journal.read(lambda c: card.wait(5.0)))
            await asyncio.sleep(0)
            taking = asyncio.ensure_future(intake.take(Role.MANAGEMENT, [b"1"]))
            await asyncio.sleep(0)
            taking.cancel()
            card.set()
            await asyncio.wait({slow, taking})
            await until_nothing_waits(journal)
            assert [body for _, body in orders.taken] == [b"1"]


def _events(connection: sqlite3.Connection) -> list[outbox.OutboxRow]:
    return outbox.waiting(connection, Lane.EVENT, 0, 10)
