"""R4, R9: whoever sends commands without end fills no card, and orders that are meant are answered."""

import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.model.stamp import Stamp, TimeTrust
from hubd.store import outbox
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.command_answers import MORE, TOO_MANY_REFUSED, CommandAnswers
from hubd.utility.events import EventName
from hubd.utility.receipts import command_receipt
from hubd.utility.repeats import AN_HOUR_S, MOST_AN_HOUR
from hubd.wan.messages import ReceiptBody

AT = Stamp(1_795_348_800.0, TimeTrust.NETWORK)
FEW = 5


class HandClock(HubClock):
    """Monotonic time as the test sets it."""

    now_s = 0.0

    def monotonic_s(self) -> float:
        return self.now_s


def refused(order: str, role: Role = Role.MANAGEMENT) -> ReceiptBody:
    return command_receipt(order, "read", role, "refused", "expired", None)


class Hub:
    """Answers on a journal, most of which may wait."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.clock = HandClock(True)
        self.answers = CommandAnswers(journal, self.clock, lambda: None, FEW)

    async def junk(self, reason: str = "not_a_token", role: Role = Role.MANAGEMENT) -> None:
        await self._commit(self.answers.of_nobody(role, reason))

    async def refuse(self, order: str, role: Role = Role.MANAGEMENT) -> None:
        await self._commit(lambda c: self.answers.answer(c, AT, role, refused(order, role)))

    async def _commit(self, work: Callable[[sqlite3.Connection], None]) -> None:
        await self.journal.commit(work)

    async def waiting(self, lane: Lane) -> list[dict[str, Any]]:
        rows = await self.journal.read(lambda c: outbox.waiting(c, lane, 0, 100_000))
        return [json.loads(row.body) for row in rows]

    async def orders_answered(self) -> list[str]:
        return [receipt["order"] for receipt in await self.waiting(Lane.RECEIPT)]


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    journal = await Journal.open(tmp_path / "journal.sqlite")
    yield Hub(journal)
    await journal.close()


async def test_messages_of_nobody_are_told_ever_more_seldom_and_none_is_lost(hub: Hub):
    for second in range(int(AN_HOUR_S)):
        hub.clock.now_s = float(second)
        await hub.junk()
    hub.clock.now_s = AN_HOUR_S
    await hub.junk("bad_signature")
    events = await hub.waiting(Lane.EVENT)
    assert len(events) <= MOST_AN_HOUR + 2
    assert sum(event["detail"]["times"] for event in events) == AN_HOUR_S + 1
    assert MORE in [event["reason"] for event in events]


async def test_each_topic_has_a_budget_of_its_own(hub: Hub):
    for n in range(100):
        await hub.junk(f"reason {n}")
    await hub.junk(role=Role.SECURITY_CENTRE)
    topics = [event["detail"]["topic"] for event in await hub.waiting(Lane.EVENT)]
    assert topics == ["manage"] * MOST_AN_HOUR + ["security"]


async def test_what_waits_already_is_not_put_there_again_and_what_the_head_end_has_is_said_anew(hub: Hub):
    for _ in range(100):
        await hub.refuse("order-1")
    assert await hub.orders_answered() == ["order-1"]
    await hub.journal.commit(lambda c: outbox.delete_stored(c, {Lane.RECEIPT: 1}))
    await hub.refuse("order-1")
    assert await hub.orders_answered() == ["order-1"], "it is asked again: it has missed the answer"


async def test_of_one_role_so_many_answers_wait_and_another_role_s_order_is_answered_all_the_same(hub: Hub):
    for n in range(20):
        await hub.refuse(f"order-{n}")
    await hub.refuse("theirs", Role.NETWORK_OPERATOR)
    assert await hub.orders_answered() == [f"order-{n}" for n in range(FEW)] + ["theirs"]
    (event,) = await hub.waiting(Lane.EVENT)
    assert event["reason"] == TOO_MANY_REFUSED
    await hub.journal.commit(lambda c: outbox.delete_stored(c, {Lane.RECEIPT: 2}))
    await hub.refuse("order-20")
    assert (await hub.orders_answered())[-1] == "order-20", "as the head-end stores them, there is room again"


async def test_an_answer_whose_transaction_failed_is_put_there_when_it_is_tried_again(hub: Hub):
    def fails(connection: sqlite3.Connection) -> None:
        hub.answers.answer(connection, AT, Role.MANAGEMENT, refused("order-1"))
        raise LookupError

    with contextlib.suppress(LookupError):
        await hub.journal.commit(fails)
    await hub.refuse("order-2")  # bears the number that was rolled back
    await hub.refuse("order-1")
    assert await hub.orders_answered() == ["order-2", "order-1"]


async def test_a_message_of_nobody_is_counted_once_however_often_its_writing_is_tried(hub: Hub):
    write = hub.answers.of_nobody(Role.MANAGEMENT, "not_a_token")

    def fails(connection: sqlite3.Connection) -> None:
        write(connection)
        raise LookupError

    for _ in range(3):
        with contextlib.suppress(LookupError):
            await hub.journal.commit(fails)
    await hub.journal.commit(write)
    (event,) = await hub.waiting(Lane.EVENT)
    assert event["detail"] == {"topic": "manage", "times": 1}


async def test_events_about_an_order_are_answers_too(hub: Hub):
    for n in range(20):
        order = f"order-{n % 2}"
        await hub.journal.commit(
            lambda c, order=order: hub.answers.tell(c, AT, Role.VENDING, EventName.COMMAND_REPEATED, order=order)
        )
    assert [event["order"] for event in await hub.waiting(Lane.EVENT)] == ["order-0", "order-1"]
