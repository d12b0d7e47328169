"""What a message of a hub says about an order: its receipt, a refusal, or a sign that the hub has it."""

import sqlite3

from hubd.headend import key_change_end, orders
from hubd.headend.inbound import Arrived
from hubd.headend.orders import Order
from hubd.wan.messages import EventBody, ReceiptBody


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
