"""What a customer may ask for: every sale to one meter, where each penny went, and what is still owed.

Made from the book alone, in its order, so that it agrees with the ledger by construction; `closing` is read from the
ledger and not added up here, and a test holds the two equal.
"""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from hubd.headend import ledger, meters, orders, vending
from hubd.headend.debts import Deduction, Terms, standing
from hubd.headend.ledger import Entry
from hubd.headend.refused import Refused
from hubd.headend.vending import Vend
from hubd.model.money import format_pence
from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. Amounts in pence; `encoded_e5` in 10^-5 of the currency unit, as the token carries it.

    `change_pence` is what the line did to all debts together; of a debt that was set, all the line says.
    """

    at_unix_s: float
    what: Literal["sale", "reversal", "debt set"]
    request: str | None
    tendered_pence: int
    deductions: tuple[Deduction, ...]
    credit_pence: int
    encoded_e5: int
    change_pence: int
    code_ends: str | None
    at_the_meter: str
    """What became of it, in the customer's words."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A debt as it stands at the end."""

    terms: Terms
    owed_pence: int


@dataclass(frozen=True, slots=True)
class Statement:
    """`opening_pence` and `closing_pence`: all debts before the first line and after the last."""

    pan: str
    address: str
    currency: str
    from_unix_s: float
    until_unix_s: float
    opening_pence: int
    lines: tuple[Line, ...]
    closing_pence: int
    debts: tuple[Closing, ...]
    """As they stand now."""
    tendered_pence: int
    to_debts_pence: int
    credit_pence: int


def of_meter(
    connection: sqlite3.Connection, meter_name: str, from_unix_s: float, until_unix_s: float, now: float
) -> Statement | Refused:
    """The statement of one meter over [from, until), as things stand now."""
    meter = meters.find(connection, meter_name)
    if isinstance(meter, Refused):
        return meter
    every = sorted(
        [*_sales(connection, meter.pan, now), *_debts_set(connection, meter.pan)], key=lambda line: line.at_unix_s
    )
    lines = tuple(line for line in every if from_unix_s <= line.at_unix_s < until_unix_s)
    opening = sum(line.change_pence for line in every if line.at_unix_s < from_unix_s)
    return Statement(
        pan=meter.pan,
        address=meter.address,
        currency=meter.currency,
        from_unix_s=from_unix_s,
        until_unix_s=until_unix_s,
        opening_pence=opening,
        lines=lines,
        closing_pence=opening + sum(line.change_pence for line in lines),
        debts=tuple(Closing(one.terms, one.owed_pence) for one in standing(connection, meter.pan)),
        tendered_pence=sum(line.tendered_pence for line in lines),
        to_debts_pence=sum(deduction.pence for line in lines for deduction in line.deductions),
        credit_pence=sum(line.credit_pence for line in lines),
    )


def _sales(connection: sqlite3.Connection, pan: str, now: float) -> list[Line]:
    lines = []
    for sold in vending.of_meter(connection, pan):
        lines.append(_sale(connection, sold, now))
        if sold.reversed_unix_s is not None:
            lines.append(_reversal(sold, sold.reversed_unix_s))
    return lines


def _sale(connection: sqlite3.Connection, sold: Vend, now: float) -> Line:
    return Line(
        at_unix_s=sold.order.created_unix_s,
        what="sale",
        request=sold.request,
        tendered_pence=sold.tendered_pence,
        deductions=sold.deductions,
        credit_pence=sold.credit_pence,
        encoded_e5=sold.encoded_e5,
        change_pence=-sold.debt_pence,
        code_ends=None if sold.held else sold.token[-4:],
        at_the_meter=_became(connection, sold, now),
    )


def _reversal(sold: Vend, at_unix_s: float) -> Line:
    back = tuple(Deduction(one.debt, -one.pence, one.remaining_pence + one.pence) for one in sold.deductions)
    return Line(
        at_unix_s=at_unix_s,
        what="reversal",
        request=sold.request,
        tendered_pence=-sold.tendered_pence,
        deductions=back,
        credit_pence=-sold.credit_pence,
        encoded_e5=-sold.encoded_e5,
        change_pence=sold.debt_pence,
        code_ends=None,
        at_the_meter="Given back.",
    )


def _became(connection: sqlite3.Connection, sold: Vend, now: float) -> str:
    if sold.reversed_unix_s is not None:
        return "Reversed."
    if sold.held:
        return "Held: neither shown nor sent."
    return became(_telling(connection, sold), now)


def _telling(connection: sqlite3.Connection, sold: Vend) -> orders.Order:
    """The order that tells how the code ended: where it was sent again and taken, that one."""
    if sold.order.outcome in orders.TAKEN:
        return sold.order
    again = (order for order in orders.with_code(connection, sold.token) if order.outcome in orders.TAKEN)
    return next(again, sold.order)


def became(order: orders.Order, now: float) -> str:
    """What became of a top-up's order, in the customer's words."""
    receipt = order.receipt
    if order.overdue(now):
        return "Not delivered in time: ask for the code and key it in, it counts once."
    if receipt is None:
        return f"Refused by the hub: {order.refusal}" if order.turned_down else "On its way to the meter."
    if orders.is_misaddressed(receipt):
        return "Not sent, because the meter's address was wrong: the code may be keyed in at the meter."
    if receipt.outcome == Outcome.DUPLICATE:
        return "Credited (keyed in by hand, or earlier)."
    if receipt.case is not None and receipt.case in list(TopUpCase):
        return WORDS[TopUpCase(receipt.case)].happened
    return receipt.reason or receipt.outcome


def _debts_set(connection: sqlite3.Connection, pan: str) -> list[Line]:
    return [
        Line(entry.at_unix_s, "debt set", None, 0, (), 0, 0, entry.pence, None, _debt_words(entry))
        for entry in ledger.entries(connection, pan)
        if entry.account == "debt" and entry.posting == f"{entry.debt} set"
    ]


def _debt_words(entry: Entry) -> str:
    change = "added to" if entry.pence > 0 else "taken off"
    return f"{format_pence(abs(entry.pence))} {change} debt {entry.debt!r}."
