"""What a message of a hub says about orders: a receipt, a refusal, a sign that it has one, or that it is back."""

import sqlite3

from hubd.headend import key_change_end, order_sendings, orders
from hubd.headend.inbound import Arrived
from hubd.headend.orders import Order
from hubd.wan.messages import EventBody, ReceiptBody, Status


def take(connection: sqlite3.Connection, arrived: Arrived, now_unix_s: float) -> Order | None:
    """Write it on its order, in the transaction that stores the message. The order as it stands then; None where the
    message is about none of this hub's.
    """
    hub = arrived.up.hub
    match arrived.body:
        case ReceiptBody() as receipt:
            order = orders.mark_receipt(connection, hub, receipt, now_unix_s)
            if order is not None:
                key_change_end.settle(connection, order, now_unix_s)
            return order
        case EventBody(name="command_refused") as event:
            return orders.mark_refusal(connection, hub, event)
        case EventBody() as event if event.name in orders.SHOWS_RECEIPT:
            return orders.mark_received(connection, hub, event, now_unix_s)
        case _:
            return None


def take_status(connection: sqlite3.Connection, status: Status) -> None:
    """A hub that says it is online has begun a session with the broker: what it may have missed goes again."""
    if status.state == "online":
        order_sendings.may_be_lost(connection, status.hub)
