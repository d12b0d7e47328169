"""How an order stands, in words for people and in fields for programs. No arguments of it: they may be secret."""

import time
from typing import Any

from hubd.headend import orders
from hubd.headend.orders import WITHDRAWN, Order
from hubd.model.money import format_e5
from hubd.wan.messages import ReceiptBody

_MISADDRESSED = (
    ". Cure: correct the address (hubctl head meter-add), then send the code: hubctl head vend --token DIGITS "
    "(hubctl head reprint shows them)"
)


def standing(order: Order) -> str:
    """How the order stands now, for people."""
    words = _unanswered(order) if order.receipt is None else _answered(order, order.receipt)
    if order.overdue(time.time()):
        words = _overdue(order)
    if order.refusal is not None and order.received:
        words += f"; a later sending was refused ({order.refusal}), which ends nothing: look into it"
    return words


def _unanswered(order: Order) -> str:
    if order.outcome == WITHDRAWN:
        return "reversed: never sent, and its money was given back"
    if order.held:
        return "held: neither shown nor sent before it is released"
    if order.turned_down:
        return f"refused by the hub: {order.refusal}"
    if order.received:
        return "the hub has it, and goes on"
    return (
        "queued; it is sent by hubctl head listen"
        if not order.sendings
        else f"sent ({order.sendings}x), no receipt yet"
    )


def _overdue(order: Order) -> str:
    words = f"no receipt in time, and sent no more ({order.sendings}x)"
    if order.cmd != "vend":
        return f"{words}; whether it was done is not known"
    if order.args.get("before"):
        return f"{words}; which key the meter is on says: hubctl head key-change --probe"
    return f"{words}. Cure: have the code keyed in at the meter (hubctl head reprint shows it); it counts once"


def _answered(order: Order, receipt: ReceiptBody) -> str:
    words = order.outcome or ""
    if receipt.credit_remaining_e5 is not None:
        words += f"; balance at the meter {format_e5(receipt.credit_remaining_e5)}"
    if receipt.read_back:
        words += "; the meter says " + ", ".join(f"{name} {value}" for name, value in receipt.read_back.items())
    if receipt.reason:
        words += f" ({receipt.reason})"
    if orders.is_misaddressed(receipt):
        words += _MISADDRESSED
    return words if order.final else f"{words}; not final, the hub goes on"


def order_fields(order: Order) -> dict[str, Any]:
    """The order for --json."""
    return {
        "request": order.request,
        "order": order.jti,
        "hub": order.hub,
        "device": order.device,
        "command": order.cmd,
        "status": _status(order),
        "final": order.final,
        "sendings": order.sendings,
        "received": order.received,
        "created_unix_s": order.created_unix_s,
        "refusal": order.refusal,
        "receipt": order.receipt,
    }


def _status(order: Order) -> str:
    if order.held and not order.final:
        return "held"
    if order.overdue(time.time()):
        return "overdue"
    if order.outcome is not None:
        return order.outcome
    if order.turned_down:
        return "refused"
    return "sent" if order.sendings else "queued"
