"""Selling credit: debts first, the rest encrypted for one meter, all in one transaction (R30, R35).

The token's identifier, the token, the ledger and the order stand or fall together, so the same request returns the
same token through any crash, and no identifier is ever used twice for a meter.

A sale may be held: booked, but neither shown nor sent, until the same request comes again without `held`. That is the
one sale that can be turned back for certain (`reversal.py`).
"""

import sqlite3
from dataclasses import dataclass

from hubd.headend import audit, debts, issuing, key_change_end, ledger, meters, orders
from hubd.headend.audit import Deed
from hubd.headend.debts import Deduction, Split
from hubd.headend.home import HeadEndConfig
from hubd.headend.issuing import Issued
from hubd.headend.meters import Meter
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.model.money import format_pence
from hubd.model.roles import Role
from hubd.wan.messages import VendArgs


@dataclass(frozen=True, slots=True, repr=False)
class Vend:
    """What the customer is told. `token` is a bearer value until the meter has taken it: never for a log."""

    request: str
    pan: str
    currency: str
    tendered_pence: int
    deductions: tuple[Deduction, ...]
    debt_pence: int
    debt_remaining_pence: int
    """Of all debts, when it was sold."""
    credit_pence: int
    encoded_e5: int
    """What the token really carries: the coding of STS has 14 bits of mantissa, and rounds up; a UTRN is exact."""
    tid: int
    """STS: the token's identifier, minutes since the base date. UTRN: the number of the meter's code."""
    token: str
    order: Order
    repeated: bool
    """This request was made before; nothing new was issued."""
    held: bool
    """Neither shown nor sent yet."""
    reversed_unix_s: float | None
    key_name: str


@dataclass(frozen=True, slots=True)
class _Sale:
    """What is to be booked."""

    request: str
    body: str
    meter: Meter
    tendered_pence: int
    split: Split
    held: bool


def vend(
    connection: sqlite3.Connection,
    request: str,
    meter_name: str,
    tendered_pence: int,
    config: HeadEndConfig,
    now: float,
    *,
    held: bool = False,
) -> Vend | Refused:
    """Sell, in the caller's transaction. `now` in Unix seconds."""
    meter = meters.find(connection, meter_name)
    if isinstance(meter, Refused):
        return meter
    body = orders.body_hash("vend", meter.pan, tendered_pence)
    before = orders.repeated(connection, request, body)
    if before is not None:
        return before if isinstance(before, Refused) else _again(connection, request, config, now, held=held)
    terms = _terms(connection, meter, tendered_pence, config, now)
    if isinstance(terms, Refused):
        return terms
    issued = issuing.credit(meter, terms.credit_pence, now)
    if isinstance(issued, Refused):
        return issued
    return _book(connection, _Sale(request, body, meter, tendered_pence, terms, held), issued, config, now)


def send_token(
    connection: sqlite3.Connection, request: str, meter_name: str, digits: str, config: HeadEndConfig, now: float
) -> Order | Refused:
    """Queue a given code for a meter as it is: nothing is issued, checked or booked. In the caller's transaction."""
    meter = meters.find(connection, meter_name)
    if isinstance(meter, Refused):
        return meter
    body = orders.body_hash("token", meter.pan, digits)
    before = orders.repeated(connection, request, body)
    return before if before is not None else _queue(connection, request, body, meter, digits, config, now)


def find(connection: sqlite3.Connection, request: str) -> Vend | None:
    """The sale of a request, or None where it was none."""
    row = connection.execute("SELECT 1 FROM vends WHERE request = ?", (request,)).fetchone()
    return _read(connection, request, repeated=True) if row else None


def of_meter(connection: sqlite3.Connection, pan: str) -> list[Vend]:
    """Every sale to a meter, in the order of selling."""
    rows = connection.execute("SELECT request FROM vends WHERE pan = ? ORDER BY rowid", (pan,)).fetchall()
    return [_read(connection, row[0], repeated=True) for row in rows]


def reprint(connection: sqlite3.Connection, request: str, by_whom: str, now: float) -> Vend | Refused:
    """The same token again, with a row in the audit. Refused for what was never shown, or was turned back."""
    sold = find(connection, request)
    if sold is None:
        return Refused(f"no sale was made under request {request!r}. Cure: look at: hubctl head orders")
    if sold.held:
        return Refused(f"{request!r} is held: the same vend without --hold releases it")
    if sold.reversed_unix_s is not None:
        return Refused(f"{request!r} was reversed: its code is not to be given to anybody")
    audit.note(connection, now, Deed.REPRINTED, by_whom, sold.pan, request)
    return sold


def _again(
    connection: sqlite3.Connection, request: str, config: HeadEndConfig, now: float, *, held: bool
) -> Vend | Refused:
    sold = _read(connection, request, repeated=True)
    if sold.reversed_unix_s is not None:
        return Refused(f"request {request!r} was reversed. Cure: a new request id for a new payment")
    if sold.held and not held:
        return _release(connection, sold, config, now)
    if not sold.held:
        audit.note(connection, now, Deed.REPRINTED, "till", sold.pan, request, "the same vend again")
    return sold


def _release(connection: sqlite3.Connection, sold: Vend, config: HeadEndConfig, now: float) -> Vend | Refused:
    """Show and send what was held; not under a key that the meter has left, or may have."""
    meter = meters.find(connection, sold.pan)
    if isinstance(meter, Refused):
        return meter
    if (objection := key_change_end.objection_to_selling(connection, sold.pan, now)) is not None:
        return Refused(objection)
    if meter.key_name != sold.key_name:
        return Refused(
            f"the code of {sold.request!r} is under a key that the meter has left ({sold.key_name}). "
            "Cure: turn it back (hubctl head reverse-advice), and sell anew"
        )
    connection.execute("UPDATE vends SET held = 0 WHERE request = ?", (sold.request,))
    args = VendArgs(device=meter.address, token=sold.token)
    orders.release(connection, sold.request, meter.hub, args, now, config.orders.vend_lifetime_s)
    audit.note(connection, now, Deed.RELEASED, "till", sold.pan, sold.request)
    return _read(connection, sold.request, repeated=True)


def _terms(
    connection: sqlite3.Connection,
    meter: Meter,
    tendered_pence: int,
    config: HeadEndConfig,
    now: float,
) -> Split | Refused:
    if (objection := key_change_end.objection_to_selling(connection, meter.pan, now)) is not None:
        return Refused(objection)
    if tendered_pence <= 0:
        return Refused("an amount of 0.00 buys nothing. Cure: an amount above 0")
    if tendered_pence > config.vending.max_pence:
        most = format_pence(config.vending.max_pence)
        return Refused(
            f"{format_pence(tendered_pence)} is more than one payment may be ({most}). "
            "Cure: several payments, or vending.max_pence in headend.toml"
        )
    return debts.split(tendered_pence, debts.standing(connection, meter.pan), config.vending.max_debt_percent * 100)


def _book(connection: sqlite3.Connection, sale: _Sale, issued: Issued, config: HeadEndConfig, now: float) -> Vend:
    meter, split = sale.meter, sale.split
    meters.raise_last_tid(connection, meter.pan, issued.tid)
    _queue(connection, sale.request, sale.body, meter, issued.token, config, now)
    connection.execute(
        "INSERT INTO vends (request, pan, token, tid, tendered_pence, debt_pence, debt_remaining_pence, "
        "credit_pence, encoded_e5, currency, key_name, held) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            sale.request, meter.pan, issued.token, issued.tid, sale.tendered_pence, split.debt_pence,
            split.debt_remaining_pence, split.credit_pence, issued.encoded_e5, meter.currency, meter.key_name,
            sale.held,
        ),
    )  # fmt: skip
    connection.executemany(
        "INSERT INTO deductions VALUES (?, ?, ?, ?, ?)",
        [(sale.request, n, d.debt, d.pence, d.remaining_pence) for n, d in enumerate(split.deductions, 1)],
    )
    to_debts = {f"debt:{deduction.debt}": -deduction.pence for deduction in split.deductions}
    accounts = {"till": sale.tendered_pence, **to_debts, "sold": -split.credit_pence}
    ledger.post(connection, sale.request, now, meter.pan, accounts)
    if sale.held:
        orders.hold(connection, sale.request)
        audit.note(connection, now, Deed.HELD, "till", meter.pan, sale.request)
    return _read(connection, sale.request, repeated=False)


def _queue(
    connection: sqlite3.Connection,
    request: str,
    body: str,
    meter: Meter,
    digits: str,
    config: HeadEndConfig,
    now: float,
) -> Order:
    args = VendArgs(device=meter.address, token=digits)
    lifetime_s = config.orders.vend_lifetime_s
    return orders.queue(
        connection, request, body, Role.VENDING, meter.hub, "vend", args, now, lifetime_s, meter.issuer
    )


def _read(connection: sqlite3.Connection, request: str, *, repeated: bool) -> Vend:
    row = connection.execute("SELECT * FROM vends WHERE request = ?", (request,)).fetchone()
    taken = connection.execute(
        "SELECT debt, pence, remaining_pence FROM deductions WHERE request = ? ORDER BY place", (request,)
    )
    return Vend(
        request=request, pan=row["pan"], currency=row["currency"], tendered_pence=row["tendered_pence"],
        deductions=tuple(Deduction(*one) for one in taken), debt_pence=row["debt_pence"],
        debt_remaining_pence=row["debt_remaining_pence"], credit_pence=row["credit_pence"],
        encoded_e5=row["encoded_e5"], tid=row["tid"], token=row["token"], order=orders.find(connection, request),
        repeated=repeated, held=bool(row["held"]), reversed_unix_s=row["reversed_unix_s"], key_name=row["key_name"],
    )  # fmt: skip
