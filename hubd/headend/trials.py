"""Trial tokens: of no value, for one meter alone, to show that a payment would reach it (R13; docs/adr/0008).

A trial is a credit of 0.00 under the meter's own key, with a token identifier of its own: it takes the way of a
payment in everything but the money. Nothing is booked, because nothing is sold.
"""

import sqlite3
from datetime import UTC, datetime

from hubd.headend import meters, orders
from hubd.headend.home import HeadEndConfig
from hubd.headend.meters import Meter
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.model.device import DeviceKind
from hubd.model.roles import Role
from hubd.sts.issue import issue_currency
from hubd.sts.tid import tid_after
from hubd.wan.messages import VendArgs

_SUBCLASS = {DeviceKind.ELECTRICITY_METER: 4, DeviceKind.GAS_METER: 6}
"""Token subclass for an amount of money (IEC 62055-41, class 0)."""


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
    if meter.kind not in _SUBCLASS:
        return Refused(f"{meter.pan} is a device of kind {meter.kind}: it takes no tokens")
    moment = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    try:
        tid = tid_after(meter.last_tid, moment, meter.key.base)
        digits = issue_currency(meter.key, _SUBCLASS[meter.kind], 0, tid)
    except ValueError as error:
        return Refused(f"no token can be issued: {error}")
    meters.raise_last_tid(connection, meter.pan, tid)
    return digits


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
    return orders.queue(connection, request, body, Role.VENDING, meter.hub, "vend", args, now, lifetime_s)
