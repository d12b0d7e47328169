"""Orders: a redelivery is a repetition, and a handler's error ends its command, not the daemon (R30)."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hubd.model.identity import HubId
from hubd.model.lane import Lane
from hubd.model.roles import Role
from hubd.store import inbox, outbox
from hubd.store.journal import Journal
from hubd.utility.clock import HubClock
from hubd.utility.command_answers import CommandAnswers
from hubd.utility.orders import Orders
from hubd.utility.receipts import command_receipt
from hubd.wan.commands import Command
from hubd.wan.messages import ReceiptBody
from hubd.wan.role_keys import RoleKey

HUB = HubId("hub-0001")
PRIVATE = Ed25519PrivateKey.generate()
VENDS = Ed25519PrivateKey.generate()
KEYS = {
    "manage-1": RoleKey("manage-1", Role.MANAGEMENT, PRIVATE.public_key()),
    "vend-1": RoleKey("vend-1", Role.VENDING, VENDS.public_key()),
}
DEVICE = "00:0d:6f:00:0a:90:69:e7"


class OwnError(Exception):
    """What no handler should raise."""


@dataclass
class Handler:
    """A handler that notes what it is told, and fails where it is asked to."""

    fails_at: str = ""
    started: list[str] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    def _step(self, name: str) -> None:
        if self.fails_at == name:
            raise OwnError("a secret that no log may show")

    def objection(self, command: Command) -> str | None:
        self._step("objection")
        return None

    def record(self, connection: sqlite3.Connection, command: Command) -> None:
        self._step("record")

    def start(self, command: Command) -> None:
        self._step("start")
        self.started.append(command.jti)

    def standing(self, connection: sqlite3.Connection, order: str) -> ReceiptBody | None:
        if order not in self.ended:
            return None
        return command_receipt(order, "read", Role.MANAGEMENT, "done", None, None)


def signed(jti: str, ctr: int, **others: Any) -> bytes:
    """By the management of metering, to read a meter; `others` replace what it claims."""
    claims: dict[str, Any] = {"iss": "manage-1", "aud": HUB, "jti": jti, "iat": 1, "exp": 1 << 40, "ctr": ctr}
    claims |= {"cmd": "read", "args": {"device": DEVICE}, **others}
    key = VENDS if claims["iss"] == "vend-1" else PRIVATE
    return jwt.api_jws.encode(
        json.dumps(claims).encode(), key, algorithm="EdDSA", headers={"kid": claims["iss"]}
    ).encode()


def vend(jti: str, ctr: int, **others: Any) -> bytes:
    """By the vending office, a code for the same meter."""
    code = {"device": DEVICE, "token": "59386323472137426967"}
    return signed(jti, ctr, **{"iss": "vend-1", "cmd": "vend", "args": code, **others})


@asynccontextmanager
async def running(
    path: Path, handler: Handler, vends: Handler | None = None
) -> AsyncIterator[tuple[Orders, Journal]]:
    """Orders on the journal of this folder: entered again, it is what comes after a kill."""
    journal = await Journal.open(path / "journal.sqlite")
    try:
        clock, handlers = HubClock(True), {"read": handler, "vend": vends or Handler()}
        answers = CommandAnswers(journal, clock, lambda: None)
        orders = Orders(HUB, KEYS, journal, clock, lambda: None, handlers, answers)
        await orders.recover()
        yield orders, journal
    finally:
        await journal.close()


async def told(journal: Journal, lane: Lane) -> list[dict[str, Any]]:
    rows = await journal.read(lambda c: outbox.waiting(c, lane, 0, 100))
    return [json.loads(row.body) for row in rows]


async def test_the_same_bytes_after_a_kill_are_a_repetition_and_no_refusal_r30(tmp_path: Path):
    payload = signed("order-1", 7)
    async with running(tmp_path, handler := Handler()) as (orders, _):
        await orders.take(Role.MANAGEMENT, payload)
        assert handler.started == ["order-1"]
    async with running(tmp_path, again := Handler(ended={"order-1"})) as (orders, journal):
        assert again.started == ["order-1"], "it had not ended: begun again, once"
        await orders.take(Role.MANAGEMENT, payload)
        assert again.started == ["order-1"]
        assert [event["name"] for event in await told(journal, Lane.EVENT)] == ["command_repeated"]
        assert [receipt["outcome"] for receipt in await told(journal, Lane.RECEIPT)] == ["done"], "how it stands"


async def test_other_bytes_under_a_used_counter_are_refused_r4(tmp_path: Path):
    async with running(tmp_path, handler := Handler()) as (orders, journal):
        await orders.take(Role.MANAGEMENT, signed("order-1", 7))
        await orders.take(Role.MANAGEMENT, signed("order-2", 7))
        assert handler.started == ["order-1"]
        events = await told(journal, Lane.EVENT)
        assert [(event["name"], event["reason"]) for event in events] == [("command_refused", "replayed_counter")]


@pytest.fixture
def no_secret_in_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert "a secret" not in caplog.text


@pytest.mark.usefixtures("no_secret_in_logs")
@pytest.mark.parametrize(
    ("fails_at", "outcome"), [("objection", "refused"), ("record", "refused"), ("start", "failed")]
)
async def test_a_handler_s_error_ends_its_command_and_nothing_else(tmp_path: Path, fails_at: str, outcome: str):
    async with running(tmp_path, Handler(fails_at)) as (orders, journal):
        await orders.take(Role.MANAGEMENT, signed("order-1", 7))
        (event,) = await told(journal, Lane.EVENT)
        (receipt,) = await told(journal, Lane.RECEIPT)
        assert (event["name"], event["order"]) == ("command_failed", "order-1")
        assert "OwnError at test_orders.py:" in event["reason"]
        assert "a secret" not in str((event, receipt))
        assert (receipt["outcome"], receipt["final"]) == (outcome, True)
        await orders.take(Role.MANAGEMENT, signed("order-1", 7))
        assert len(await told(journal, Lane.EVENT)) == 2, "delivered twice: a repetition"
    async with running(tmp_path, after := Handler()) as (orders, journal):
        assert after.started == [], "it does not come back"
        await orders.take(Role.MANAGEMENT, signed("order-2", 8))
        assert after.started == ["order-2"], "and the next command is obeyed"


async def test_an_error_at_the_start_after_a_restart_does_not_keep_the_daemon_from_starting(tmp_path: Path):
    async with running(tmp_path, Handler()) as (orders, _):
        await orders.take(Role.MANAGEMENT, signed("order-1", 7))
    async with running(tmp_path, Handler("start")) as (_, journal):
        assert [receipt["outcome"] for receipt in await told(journal, Lane.RECEIPT)] == ["failed"]
        assert await journal.read(inbox.unfinished) == []


async def test_a_refused_sending_under_another_roles_order_leaves_that_order_alone_r5(tmp_path: Path):
    async with running(tmp_path, Handler()) as (orders, journal):
        await orders.take(Role.VENDING, vend("sale-1", 7))
        await orders.take(Role.MANAGEMENT, signed("sale-1", 8, cmd="vend"))
        (event,) = await told(journal, Lane.EVENT)
        assert (event["name"], event["reason"], event["order"]) == ("command_refused", "unknown_command", "sale-1")
        assert event["detail"]["topic"] == "manage"
        assert await told(journal, Lane.RECEIPT) == [], "the vending office hears nothing final from management's key"
        assert [row.jti for row in await journal.read(inbox.unfinished)] == ["sale-1"]


@pytest.mark.parametrize(
    "late", [{"exp": 1}, {"args": {"device": DEVICE}}, {"cmd": "read"}], ids=["expired", "arguments", "command"]
)
async def test_a_refused_sending_does_not_end_an_order_that_is_under_way_r30(tmp_path: Path, late: dict[str, Any]):
    async with running(tmp_path, Handler()) as (orders, journal):
        await orders.take(Role.VENDING, vend("sale-1", 7))
        await orders.take(Role.VENDING, vend("sale-1", 8, **late))
        assert [event["name"] for event in await told(journal, Lane.EVENT)] == ["command_refused"]
        assert await told(journal, Lane.RECEIPT) == [], "the hub carries it: nobody may sell it a second time"


async def test_a_refused_sending_of_an_order_that_has_ended_is_answered_with_its_end_r30(tmp_path: Path):
    async with running(tmp_path, Handler(), vends := Handler()) as (orders, journal):
        await orders.take(Role.VENDING, vend("sale-1", 7))
        vends.ended.add("sale-1")
        await orders.take(Role.VENDING, vend("sale-1", 8, exp=1))
        assert [receipt["outcome"] for receipt in await told(journal, Lane.RECEIPT)] == ["done"]
        await orders.take(Role.MANAGEMENT, signed("sale-1", 9, cmd="vend"))
        assert len(await told(journal, Lane.RECEIPT)) == 1, "not to another role"


async def test_an_order_that_only_the_ledger_remembers_is_not_refused_either_r30(tmp_path: Path):
    async with running(tmp_path, Handler(), Handler(ended={"sale-1"})) as (orders, journal):
        await orders.take(Role.VENDING, vend("sale-1", 7, exp=1))
        await orders.take(Role.VENDING, vend("sale-1", 8))
        assert [receipt["outcome"] for receipt in await told(journal, Lane.RECEIPT)] == ["done"], (
            "once while it waits"
        )
        names = [event["name"] for event in await told(journal, Lane.EVENT)]
        assert names == ["command_refused", "command_repeated"]
        await orders.take(Role.MANAGEMENT, signed("sale-1", 9, cmd="vend"))
        assert len(await told(journal, Lane.RECEIPT)) == 1


async def test_every_answer_to_a_signed_command_names_the_role_that_it_answers_r5(tmp_path: Path):
    async with running(tmp_path, Handler("start")) as (orders, journal):
        await orders.take(Role.MANAGEMENT, signed("order-1", 7))
        await orders.take(Role.MANAGEMENT, signed("order-2", 8, cmd="vend"))
        await orders.take(Role.VENDING, vend("sale-1", 7, exp=1))
        roles = {receipt["order"]: receipt["role"] for receipt in await told(journal, Lane.RECEIPT)}
        assert roles == {"order-1": "manage", "order-2": "manage", "sale-1": "vend"}


async def test_a_handlers_error_ends_no_order_of_another_role_r5(tmp_path: Path):
    async with running(tmp_path, handler := Handler()) as (orders, journal):
        await orders.take(Role.VENDING, vend("sale-1", 7))
        handler.fails_at = "objection"
        await orders.take(Role.MANAGEMENT, signed("sale-1", 8))
        assert [event["name"] for event in await told(journal, Lane.EVENT)] == ["command_failed"]
        assert await told(journal, Lane.RECEIPT) == []
        assert [row.jti for row in await journal.read(inbox.unfinished)] == ["sale-1"]


async def test_an_order_whose_taking_was_cancelled_begins_with_the_next_message_and_once_r30(tmp_path: Path):
    async with running(tmp_path, handler := Handler()) as (orders, journal):
        card = threading.Event()
        slow = asyncio.ensure_future(journal.read(lambda c: card.wait(5.0)))
        await asyncio.sleep(0)
        taking = asyncio.ensure_future(orders.take(Role.MANAGEMENT, signed("order-1", 7)))
        await asyncio.sleep(0)
        taking.cancel()
        card.set()
        await asyncio.wait({slow, taking})
        assert [row.jti for row in await journal.read(inbox.unfinished)] == ["order-1"], "the disk wrote on"
        await orders.take(Role.MANAGEMENT, signed("order-1", 7))
        assert handler.started == ["order-1"], "the broker brought it again"
        await orders.take(Role.MANAGEMENT, signed("order-1", 8))
        assert handler.started == ["order-1"], "begun once, however often it comes"


async def test_who_has_no_key_fills_no_outbox_and_genuine_orders_are_answered_all_the_same_r4(tmp_path: Path):
    async with running(tmp_path, Handler()) as (orders, journal):
        recorded = signed("order-1", 7)
        await orders.take(Role.MANAGEMENT, recorded)
        for n in range(200):
            await orders.take(Role.MANAGEMENT, b"no token %d" % n)
            await orders.take(Role.MANAGEMENT, recorded)
        await orders.take(Role.MANAGEMENT, signed("order-2", 8, cmd="vend"))
        told_of = [(event["name"], event.get("order")) for event in await told(journal, Lane.EVENT)]
        assert told_of == [
            ("command_refused", None), ("command_repeated", "order-1"), ("command_refused", "order-2"),
        ]  # fmt: skip
        assert [receipt["order"] for receipt in await told(journal, Lane.RECEIPT)] == ["order-2"]
