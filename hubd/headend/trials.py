"""Trial tokens: of no value, for one meter alone, to show that a payment would reach it (R13; docs/adr/0008).

A trial is a credit of 0.00 under the meter's own key, with a token identifier of its own: it takes the way of a
payment in everything but the money. Nothing is booked, because nothing is sold.
"""

import sqlite3

from hubd.headend import issuing, meters, orders
from hubd.headend.home import HeadEndConfig
from hubd.headend.meters import Meter
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.model.roles import Role
from hubd.wan.messages import VendArgs


def trial(
    connection: sqlite3.Connection, request: str, meter_name: str, config: HeadEndConfig, now: float
) -> Order | Refused:
    """Issue a token of no value and queue it as a trial, in the caller's transaction. The same request again gives
    the same order.
    """
    meter = meters.find(connection, meter_name)
    if isinstance(meter, Refused):
        return meter
    body = orders.body_hash("trial", meter.pan)
    if (before := orders.repeated(connection, request, body)) is not None:
        return before
    digits = _issue(connection, meter, now)
    return digits if isinstance(digits, Refused) else _queue(connection, request, body, meter, digits, config, now)


def trial_with(
    connection: sqlite3.Connection, request: str, meter_name: str, digits: str, config: HeadEndConfig, now: float
) -> Order | Refused:
    """Queue a given code as a trial, as it is: for a token that another system issued."""
    meter = meters.find(connection, meter_name)
    if isinstance(meter, Refused):
        return meter
    body = orders.body_hash("trial", meter.pan, digits)
    before = orders.repeated(connection, request, body)
    return before if before is not None else _queue(connection, request, body, meter, digits, config, now)


def _issue(connection: sqlite3.Connection, meter: Meter, now: float) -> str | Refused:
    issued = issuing.credit(meter, 0, now)
    if isinstance(issued, Refused):
        return issued
    meters.raise_last_tid(connection, meter.pan, issued.tid)
    return issued.token


def _queue(
    connection: sqlite3.Connection,
    request: str,
    body: str,
    meter: Meter,
    digits: str,
    config: HeadEndConfig,
    now: float,
) -> Order:
    args = VendArgs(device=meter.address, token=digits, trial=True)
    lifetime_s = config.orders.vend_lifetime_s
    return orders.queue(
        connection, request, body, Role.VENDING, meter.hub, "vend", args, now, lifetime_s, meter.issuer
    )
