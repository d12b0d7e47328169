"""Orders to hubs: queued once under a request's id, sent until their final receipt (`order_sendings.py`).

The request id is the customer's (a till, a script): the same request again gives the same order; the same id with
another body is refused. The `jti` is ours and names the order on the WAN; the counter names a sending.
"""

import hashlib
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any

import msgspec

from hubd.headend import audit, request_id
from hubd.headend.audit import Deed
from hubd.headend.refused import Refused
from hubd.model.identity import HubId
from hubd.model.roles import COMMANDS, Role
from hubd.model.top_up_case import TopUpCase
from hubd.wan.messages import EventBody, ReceiptBody, VendArgs

_SECRET_ARGS = frozenset({"admit"})
"""Commands whose arguments are wiped once their order is final (a vend's token stays, for a reprint)."""

SHOWS_RECEIPT = frozenset({"command_repeated", "top_up_undelivered"})
"""Events that name an order which the hub has taken up."""

TAKEN = frozenset({"accepted", "duplicate"})
"""Outcomes by which a meter has a code."""

WITHDRAWN = "reversed"
"""The outcome of an order that was held, and was turned back before it was ever sent."""

_REFUSED = "refused"
NEVER_UNIX_S = 9e15
"""When an order is due that is held."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order, as it stands in the book. `args` may hold a token or an install code: never for a log."""

    request: str
    jti: str
    role: Role
    hub: HubId
    device: str | None
    cmd: str
    args: dict[str, Any]
    created_unix_s: float
    expires_unix_s: float
    sendings: int
    outcome: str | None
    final: bool
    receipt: ReceiptBody | None
    receipt_unix_s: float | None
    issuer: str
    """Whose key signs it; empty: the role's first."""
    refusal: str | None
    """Why the hub refused the last sending, where the order stays open all the same."""
    received: bool
    """The hub has given a sign that it has taken the order up."""
    held: bool
    """Kept back until it is released: it has never been sent."""

    def overdue(self, now_unix_s: float) -> bool:
        """Its time is over without a final receipt: it is sent no more, and how it ended is not known. What its hub
        says of it later counts all the same.
        """
        return not self.final and not self.held and self.expires_unix_s <= now_unix_s

    @property
    def turned_down(self) -> bool:
        """The hub refused it, as far as is known without having taken it up, and no receipt says so yet."""
        return self.refusal is not None and not self.received

    def __repr__(self) -> str:
        return f"Order({self.request!r}, {self.cmd} to {self.hub}, {self.outcome or 'open'})"


def body_hash(*parts: object) -> str:
    """What a request asked for, as a hash: to know the same request again without keeping its words."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def repeated(connection: sqlite3.Connection, request: str, body_sha256: str) -> Order | Refused | None:
    """The order this request made before, or None; refused where its body was another, or where it has not the form
    of a request's id.
    """
    row = connection.execute("SELECT body_sha256 FROM orders WHERE request = ?", (request,)).fetchone()
    if row is None:
        return None if (fault := request_id.fault_of(request)) is None else Refused(fault)
    if row[0] != body_sha256:
        return Refused(
            f"request {request!r} was made before with another body (conflict, as HTTP 409); nothing was issued. "
            "Cure: a new request id for a new payment"
        )
    return find(connection, request)


def queue(
    connection: sqlite3.Connection,
    request: str,
    body_sha256: str,
    role: Role,
    hub: HubId,
    cmd: str,
    args: msgspec.Struct,
    now_unix_s: float,
    lifetime_s: float,
    issuer: str = "",
) -> Order:
    """Write a new order, due at once. In the caller's transaction."""
    if cmd not in COMMANDS[role]:
        raise ValueError(f"{cmd} is not a command of {role}")
    connection.execute(
        """INSERT INTO orders (request, body_sha256, jti, role, hub, device, cmd, args,
               created_unix_s, expires_unix_s, due_unix_s, issuer) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)""",
        (
            request, body_sha256, uuid.uuid4().hex, role, hub, getattr(args, "device", None), cmd,
            msgspec.json.encode(args), now_unix_s, now_unix_s + lifetime_s, now_unix_s, issuer,
        ),
    )  # fmt: skip
    return find(connection, request)


def hold(connection: sqlite3.Connection, request: str) -> None:
    """Keep an order back until `release`: it is never due."""
    connection.execute("UPDATE orders SET due_unix_s = ? WHERE request = ?", (NEVER_UNIX_S, request))


def release(
    connection: sqlite3.Connection, request: str, hub: HubId, args: VendArgs, now_unix_s: float, lifetime_s: float
) -> None:
    """A held order is due now, to where its meter is now, and its life begins now."""
    connection.execute(
        "UPDATE orders SET hub = ?2, device = ?3, args = ?4, due_unix_s = ?5, expires_unix_s = ?6 WHERE request = ?1",
        (request, hub, args.device, msgspec.json.encode(args), now_unix_s, now_unix_s + lifetime_s),
    )


def withdraw(connection: sqlite3.Connection, request: str) -> None:
    """End an order that is open and was held, by the office's own word; one that has ended keeps its end."""
    connection.execute(
        "UPDATE orders SET final = 1, outcome = ?2 WHERE request = ?1 AND NOT final", (request, WITHDRAWN)
    )


def find(connection: sqlite3.Connection, request: str) -> Order:
    """The order of a request. Raises KeyError."""
    row = connection.execute("SELECT * FROM orders WHERE request = ?", (request,)).fetchone()
    if row is None:
        raise KeyError(request)
    return order_of(row)


def with_code(connection: sqlite3.Connection, digits: str) -> list[Order]:
    """Every order that brings this code to a meter, oldest first: a sale's own, and those that sent it again."""
    rows = connection.execute(
        """SELECT * FROM orders WHERE cmd = 'vend' AND json_extract(CAST(args AS TEXT), '$.token') = ?
           ORDER BY created_unix_s, rowid""",
        (digits,),
    )
    return [order_of(row) for row in rows]


def recent(connection: sqlite3.Connection, limit: int) -> list[Order]:
    """The newest orders, newest first."""
    rows = connection.execute("SELECT * FROM orders ORDER BY created_unix_s DESC, rowid DESC LIMIT ?", (limit,))
    return [order_of(row) for row in rows]


def mark_receipt(connection: sqlite3.Connection, hub: str, receipt: ReceiptBody, now_unix_s: float) -> Order | None:
    """Write a receipt on its order. The first final one stands, but for a refusal: a hub that has more to say of the
    order has it after all. None where this hub has no such order of this role.

    A refusal of what the hub has taken up before is not believed: it answers a sending, and the order goes on. It is
    noted for somebody to look at.
    """
    row = connection.execute(
        "SELECT * FROM orders WHERE jti = ? AND hub = ? AND cmd = ?", (receipt.order, hub, receipt.command)
    ).fetchone()
    if row is None or receipt.role not in (None, row["role"]):
        return None
    refused = receipt.outcome == _REFUSED
    if refused and row["received_unix_s"] is not None and not row["final"]:
        _note_refused_late(connection, row, receipt.reason or _REFUSED, now_unix_s)
    elif not row["final"] or (row["outcome"] == _REFUSED and not refused):
        _write_receipt(connection, row, receipt, now_unix_s)
    return find(connection, row["request"])


def _write_receipt(connection: sqlite3.Connection, row: sqlite3.Row, receipt: ReceiptBody, now_unix_s: float) -> None:
    wiped = receipt.final and row["cmd"] in _SECRET_ARGS
    received_unix_s = None if receipt.outcome == _REFUSED else now_unix_s
    connection.execute(
        """UPDATE orders SET outcome = ?2, final = ?3, receipt = ?4, receipt_unix_s = ?5, refusal = NULL,
           received_unix_s = coalesce(received_unix_s, ?6),
           args = CASE WHEN ?7 THEN CAST('{}' AS BLOB) ELSE args END WHERE jti = ?1""",
        (
            receipt.order, receipt.outcome, receipt.final, msgspec.json.encode(receipt), now_unix_s, received_unix_s,
            wiped,
        ),
    )  # fmt: skip


def _note_refused_late(connection: sqlite3.Connection, row: sqlite3.Row, reason: str, now_unix_s: float) -> None:
    if row["refusal"] != reason:
        connection.execute("UPDATE orders SET refusal = ? WHERE jti = ?", (reason, row["jti"]))
        audit.note(connection, now_unix_s, Deed.REFUSED_LATE, row["hub"], None, row["request"], reason)


def mark_refusal(connection: sqlite3.Connection, hub: str, event: EventBody) -> Order | None:
    """Note that the hub refused a sending (event `command_refused`). None where this hub has no such open order, or
    where it was a command of another role (`detail.topic`).
    """
    row = connection.execute(
        "SELECT request, role FROM orders WHERE jti = ? AND hub = ? AND NOT final", (event.order, hub)
    ).fetchone()
    if row is None or (event.detail or {}).get("topic", row["role"]) != row["role"]:
        return None
    connection.execute(
        "UPDATE orders SET refusal = coalesce(refusal, ?) WHERE request = ?",
        (event.reason or _REFUSED, row["request"]),
    )
    return find(connection, row["request"])


def mark_received(connection: sqlite3.Connection, hub: str, event: EventBody, now_unix_s: float) -> Order | None:
    """An event shows that the hub has taken an order up (`SHOWS_RECEIPT`). None where this hub has no such order."""
    row = connection.execute(
        """UPDATE orders SET received_unix_s = coalesce(received_unix_s, ?3) WHERE jti = ?1 AND hub = ?2
           RETURNING request""",
        (event.order, hub, now_unix_s),
    ).fetchone()
    return None if row is None else find(connection, row[0])


def is_misaddressed(receipt: ReceiptBody) -> bool:
    """The hub has no device of the address that the order named. The order has ended; the code is unused."""
    named = receipt.case == TopUpCase.UNKNOWN_METER or (receipt.reason or "").startswith("unknown_device")
    return receipt.command == "vend" and receipt.outcome == _REFUSED and named


def order_of(row: sqlite3.Row) -> Order:
    """An order from a whole row of its table."""
    return Order(
        request=row["request"], jti=row["jti"], role=Role(row["role"]), hub=HubId(row["hub"]), device=row["device"],
        cmd=row["cmd"], args=msgspec.json.decode(row["args"], type=dict[str, Any]),
        created_unix_s=row["created_unix_s"], expires_unix_s=row["expires_unix_s"], sendings=row["sendings"],
        outcome=row["outcome"], final=bool(row["final"]),
        receipt=msgspec.json.decode(row["receipt"], type=ReceiptBody) if row["receipt"] else None,
        receipt_unix_s=row["receipt_unix_s"], issuer=row["issuer"], refusal=row["refusal"],
        received=row["received_unix_s"] is not None, held=row["due_unix_s"] >= NEVER_UNIX_S,
    )  # fmt: skip
