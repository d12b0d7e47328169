"""Putting messages for the head-end into the outbox. Every call is part of a transaction its caller owns."""

import sqlite3

import msgspec

from hubd.model.identity import Eui64
from hubd.model.lane import Lane
from hubd.model.metering import MeterReading
from hubd.model.stamp import Stamp
from hubd.model.topup import PrepaymentState
from hubd.store import outbox
from hubd.utility.events import EventName, lane_of
from hubd.wan.messages import EventBody, ProfileBody, ReadingBody, ReceiptBody, When


def put_event(connection: sqlite3.Connection, at: Stamp, name: EventName, **facts: object) -> int:
    """An event, or an alarm where `events.lane_of` says so. `facts` are the other fields of EventBody. Returns the
    message's number.
    """
    body = EventBody(name=str(name), **facts)  # type: ignore[arg-type]
    return outbox.put(connection, lane_of(name), "event", msgspec.json.encode(body), at)


def put_receipt(connection: sqlite3.Connection, at: Stamp, receipt: ReceiptBody) -> None:
    """How an order stands."""
    outbox.put(connection, Lane.RECEIPT, "receipt", msgspec.json.encode(receipt), at)


def put_profile(connection: sqlite3.Connection, at: Stamp, profile: ProfileBody) -> None:
    """Half-hours of one channel."""
    outbox.put(connection, Lane.READING, "profile", msgspec.json.encode(profile), at)


def put_reading(connection: sqlite3.Connection, at: Stamp, body: ReadingBody) -> int:
    """Values of one device. Returns the message's number."""
    return outbox.put(connection, Lane.READING, "reading", msgspec.json.encode(body), at)


def reading_body(device: Eui64, reading: MeterReading | None, prepayment: PrepaymentState | None) -> ReadingBody:
    """The values of one moment as they go on the wire; what was not read stays absent. One of the two is needed."""
    source = reading or prepayment
    assert source is not None
    return ReadingBody(
        device=device,
        measured_at=When(source.measured_at.unix_s, source.measured_at.trust),
        import_wh=reading.import_wh if reading else None,
        export_wh=reading.export_wh if reading else None,
        power_w=reading.power_w if reading else None,
        supply=reading.supply.name.lower() if reading and reading.supply is not None else None,  # type: ignore[arg-type]
        balance_e5=prepayment.balance_e5 if prepayment else None,
        emergency_credit_e5=prepayment.emergency_credit_e5 if prepayment else None,
        debt_e5=prepayment.debt_e5 if prepayment else None,
        credit_status=prepayment.credit_status if prepayment else None,
        volume_l=reading.volume_l if reading else None,
    )
