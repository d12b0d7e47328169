"""The answers to the security centre's `admit`: each order has one, whatever becomes of its devices (R15).

All of it in the caller's transaction. The inbox says whether an order has had its answer.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from hubd.model.roles import Role
from hubd.model.stamp import Stamp
from hubd.store import commissioning, inbox
from hubd.utility.commissioning.guest import Guest, guest_if_readable
from hubd.utility.outgoing import put_receipt
from hubd.utility.receipts import command_receipt


def answer(connection: sqlite3.Connection, order: str | None, everyone: Sequence[Guest], at: Stamp) -> str | None:
    """The order is answered once for all its devices: done when all are in, failed when one is held before. Returns
    the order where it has its answer.
    """
    if order is None:
        return None
    named = [guest for guest in everyone if guest.admit_order == order]
    if any(guest.admission is None for guest in named):
        return None
    failed = [f"{guest.device}: {guest.admission}" for guest in named if guest.admission]
    _finish(connection, order, "; ".join(failed) or None, named, at)
    return order


def let_go(connection: sqlite3.Connection, orders: Iterable[str], words: str, at: Stamp) -> None:
    """A device does not belong to these orders any more: one that has no other device fails with these words, one
    whose other devices are all decided is answered.
    """
    guests = [guest_if_readable(row) for row in commissioning.every(connection)]
    everyone = [guest for guest in guests if guest is not None]
    for order in orders:
        if any(guest.admit_order == order for guest in everyone):
            answer(connection, order, everyone, at)
        else:
            _finish(connection, order, words, (), at)


def _finish(
    connection: sqlite3.Connection, order: str, failed: str | None, named: Sequence[Guest], at: Stamp
) -> None:
    row = inbox.find(connection, order)
    if row is not None and not row.finished:
        device = named[0].device if len(named) == 1 else None
        outcome = "failed" if failed else "done"
        inbox.finish(connection, order)
        put_receipt(connection, at, command_receipt(order, "admit", Role.SECURITY_CENTRE, outcome, failed, device))
    commissioning.admission_told(connection, order)
