"""Selling credit: debt first, the rest encrypted for one meter, all in one transaction (R30, R35).

The token's identifier, the token, the ledger and the order stand or fall together, so the same request returns the
same token through any crash, and no identifier is ever used twice for a meter.
"""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from hubd.headend import debts, ledger, meters, orders
from hubd.headend.home import HeadEndConfig
from hubd.headend.meters import Meter
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.model.device import DeviceKind
from hubd.model.money import E5_PER_PENNY, format_pence
from hubd.model.roles import Role
from hubd.sts.currency import encoded_e5
from hubd.sts.issue import issue_currency
from hubd.sts.tid import tid_after
from hubd.wan.messages import VendArgs

_SUBCLASS = {DeviceKind.ELECTRICITY_METER: 4, DeviceKind.GAS_METER: 6}
"""Token subclass for an amount of money (IEC 62055-41, class 0)."""


@dataclass(frozen=True, slots=True, repr=False)
class Vend:
    """What the customer is told. `token` is a bearer value until the meter has taken it: never for a log."""

    request: str
    pan: str
    currency: str
    tendered_pence: int
    debt_pence: int
    debt_remaining_pence: int
    credit_pence: int
    encoded_e5: int
    """What the token really carries: its coding has 14 bits of mantissa, and rounds up."""
    tid: int
    token: str
    order: Order
    repeated: bool
    """This request was made before; nothing new was issued."""


@dataclass(frozen=True, slots=True, repr=False)
class _Issued:
    tid: int
    token: str
    encoded_e5: int


def vend(
    connection: sqlite3.Connection,
    request: str,
    meter_name: str,
    tendered_pence: int,
    config: HeadEndConfig,
    now: float,
) -> Vend | Refused:
    """Sell, in the caller's transaction. `now` in Unix seconds."""
    meter = meters.find(connection, meter_name)
    if isinstance(meter, Refused):
        return meter
    body = orders.body_hash("vend", meter.pan, tendered_pence)
    before = orders.repeated(connection, request, body)
    if before is not None:
        return before if isinstance(before, Refused) else _read(connection, request, repeated=True)
    terms = _terms(connection, meter, tendered_pence, config)
    if isinstance(terms, Refused):
        return terms
    issued = _issue(meter, terms.credit_pence, now)
    if isinstance(issued, Refused):
        return issued
    return _book(connection, request, body, meter, tendered_pence, terms, issued, config, now)


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


def _terms(
    connection: sqlite3.Connection, meter: Meter, tendered_pence: int, config: HeadEndConfig
) -> debts.Split | Refused:
    if meter.kind not in _SUBCLASS:
        return Refused(f"{meter.pan} is a device of kind {meter.kind}: nothing is sold to it")
    if tendered_pence <= 0:
        return Refused("an amount of 0.00 buys nothing. Cure: an amount above 0")
    if tendered_pence > config.vending.max_pence:
        most = format_pence(config.vending.max_pence)
        return Refused(
            f"{format_pence(tendered_pence)} is more than one payment may be ({most}). "
            "Cure: several payments, or vending.max_pence in headend.toml"
        )
    owed = debts.owed_pence(connection, meter.pan)
    return debts.split(tendered_pence, owed, debts.percent_e2(connection, meter.pan))


def _issue(meter: Meter, credit_pence: int, now: float) -> _Issued | Refused:
    moment = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    credit_e5 = credit_pence * E5_PER_PENNY
    try:
        tid = tid_after(meter.last_tid, moment, meter.key.base)
        token = issue_currency(meter.key, _SUBCLASS[meter.kind], credit_e5, tid)
        return _Issued(tid, token, encoded_e5(credit_e5))
    except ValueError as error:
        return Refused(f"no token can be issued: {error}")


def _book(
    connection: sqlite3.Connection,
    request: str,
    body: str,
    meter: Meter,
    tendered_pence: int,
    terms: debts.Split,
    issued: _Issued,
    config: HeadEndConfig,
    now: float,
) -> Vend:
    meters.raise_last_tid(connection, meter.pan, issued.tid)
    _queue(connection, request, body, meter, issued.token, config, now)
    connection.execute(
        "INSERT INTO vends VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            request, meter.pan, issued.token, issued.tid, tendered_pence, terms.debt_pence,
            terms.debt_remaining_pence, terms.credit_pence, issued.encoded_e5, meter.currency,
        ),
    )  # fmt: skip
    accounts = {"till": tendered_pence, "debt": -terms.debt_pence, "sold": -terms.credit_pence}
    ledger.post(connection, request, now, meter.pan, accounts)
    return _read(connection, request, repeated=False)


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
    return orders.queue(connection, request, body, Role.VENDING, meter.hub, "vend", args, now, lifetime_s)


def _read(connection: sqlite3.Connection, request: str, *, repeated: bool) -> Vend:
    row = connection.execute("SELECT * FROM vends WHERE request = ?", (request,)).fetchone()
    return Vend(
        request=request, pan=row["pan"], currency=row["currency"], tendered_pence=row["tendered_pence"],
        debt_pence=row["debt_pence"], debt_remaining_pence=row["debt_remaining_pence"],
        credit_pence=row["credit_pence"], encoded_e5=row["encoded_e5"], tid=row["tid"], token=row["token"],
        order=orders.find(connection, request), repeated=repeated,
    )  # fmt: skip
