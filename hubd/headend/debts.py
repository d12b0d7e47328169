"""Debt recovered as a percentage of each payment (R35), in whole pence.

The rule: the debt takes `floor(tendered x percentage / 100)` pence, never more than what is owed; the rest is credit.
Rounding is down, in the customer's favour, and since the percentage stays under 100 every payment buys something.
"""

import sqlite3
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from hubd.headend import ledger


@dataclass(frozen=True, slots=True)
class Split:
    """A payment divided. `debt_pence + credit_pence` is what was tendered."""

    debt_pence: int
    credit_pence: int
    debt_remaining_pence: int


def split(tendered_pence: int, owed_pence: int, percent_e2: int) -> Split:
    """Divide a payment by the rule above. `percent_e2` is the percentage in hundredths: 20 % is 2000."""
    debt = min(max(owed_pence, 0), tendered_pence * percent_e2 // 10_000)
    return Split(debt, tendered_pence - debt, owed_pence - debt)


def parse_percent_e2(text: str) -> int:
    """`20` or `12.5` as hundredths of a percent. Raises ValueError outside 0 to 99.99."""
    try:
        hundredths = Decimal(text) * 100
    except InvalidOperation:
        hundredths = Decimal(-1)
    if not hundredths.is_finite() or hundredths != hundredths.to_integral_value() or not 0 <= hundredths <= 9999:
        raise ValueError(f"{text!r} is not a percentage from 0 to 99.99, as 20 or 12.5")
    return int(hundredths)


def format_percent(percent_e2: int) -> str:
    """`20` or `12.5`."""
    return f"{Decimal(percent_e2) / 100:f}".rstrip("0").rstrip(".") if percent_e2 % 100 else str(percent_e2 // 100)


def owed_pence(connection: sqlite3.Connection, pan: str) -> int:
    """What is still owed: the balance of the meter's debt account in the ledger, and nothing else."""
    return ledger.balance_pence(connection, pan, "debt")


def percent_e2(connection: sqlite3.Connection, pan: str) -> int:
    """The percentage that payments for this meter lose to the debt; 0 where none was agreed."""
    row = connection.execute("SELECT percent_e2 FROM debt_terms WHERE pan = ?", (pan,)).fetchone()
    return int(row[0]) if row else 0


def set_terms(connection: sqlite3.Connection, pan: str, agreed_percent_e2: int) -> None:
    """Agree another percentage, for payments from now on."""
    connection.execute(
        "INSERT INTO debt_terms (pan, percent_e2) VALUES (?, ?) ON CONFLICT (pan) DO UPDATE SET percent_e2 = ?2",
        (pan, agreed_percent_e2),
    )


def set_owed(connection: sqlite3.Connection, pan: str, pence: int, at_unix_s: float) -> None:
    """Make the debt this large, by a posting of the difference against arrears; none where there is no difference."""
    change = pence - owed_pence(connection, pan)
    if change:
        ledger.post(connection, "debt set", at_unix_s, pan, {"debt": change, "arrears": -change})
