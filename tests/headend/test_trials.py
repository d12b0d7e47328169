"""Trial tokens: of no value, under the meter's own key, with an identifier of their own, and never booked (R13)."""

import sqlite3

from hubd.headend import meters, trials
from hubd.headend.home import HeadEndConfig
from hubd.headend.orders import Order
from hubd.headend.refused import Refused
from hubd.sts import Decoded, Rejected, decode

from .conftest import ADDRESS, NOW, PAN, meter

OTHER_PAN = "600727000000000009"


def issued(connection: sqlite3.Connection, request: str, now: float = NOW) -> Order:
    order = trials.trial(connection, request, PAN, HeadEndConfig(), now)
    assert isinstance(order, Order)
    return order


def test_a_trial_opens_at_its_meter_alone_and_carries_nothing_r13_r31(connection: sqlite3.Connection) -> None:
    order = issued(connection, "t-1")
    assert (order.cmd, order.args["trial"], order.device) == ("vend", True, ADDRESS)
    opened = decode(meter().key, order.args["token"])
    assert isinstance(opened, Decoded)
    assert opened.amount_e5 == 0
    assert isinstance(decode(meter(pan=OTHER_PAN).key, order.args["token"]), Rejected)


def test_each_trial_has_an_identifier_of_its_own_and_nothing_is_booked_r13_r35(
    connection: sqlite3.Connection,
) -> None:
    first, second = issued(connection, "t-1"), issued(connection, "t-2")
    assert first.args["token"] != second.args["token"]
    kept = meters.find(connection, PAN)
    assert not isinstance(kept, Refused)
    opened = decode(meter().key, second.args["token"])
    assert isinstance(opened, Decoded)
    assert kept.last_tid == opened.tid
    assert connection.execute("SELECT count(*) FROM ledger").fetchone()[0] == 0


def test_the_same_request_is_the_same_order_and_another_body_is_refused_r13(connection: sqlite3.Connection) -> None:
    first = issued(connection, "t-1")
    assert issued(connection, "t-1", NOW + 600).jti == first.jti
    given = trials.trial_with(connection, "t-1", PAN, "1" * 20, HeadEndConfig(), NOW)
    assert isinstance(given, Refused)
    assert isinstance(trials.trial(connection, "t-3", "000000000000000000", HeadEndConfig(), NOW), Refused)
