"""Debts recovered as a share of each payment (R35), in whole pence.

The rule, debt by debt in the order of their priority (1 before 2; among equals by name):

    wanted  = the larger of floor(tendered x percentage / 100) and the minimum of this debt
    taken   = the smallest of: wanted, the cap of this debt, what is still owed on it, and what is left of the share
              of one payment that all debts together may take (`vending.max_debt_percent`)

The percentage is always of the whole payment, not of what an earlier debt has left. What remains is credit. Fractions
of a penny stay with the customer, and since the share stays under 100 % every payment buys something.
"""

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from hubd.headend import ledger

USUAL = "debt"
"""The name of a debt where none is given."""
USUAL_PRIORITY = 100
WHOLE_E2 = 10_000
MOST_SHARE_E2 = 9_999
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed for one debt. Amounts are of each payment; `cap_pence` None: no cap."""

    debt: str = USUAL
    priority: int = USUAL_PRIORITY
    percent_e2: int = 0
    minimum_pence: int = 0
    cap_pence: int | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A debt as it stands."""

    terms: Terms
    owed_pence: int


@dataclass(frozen=True, slots=True)
class Deduction:
    """What one payment gave to one debt, and what is left of it."""

    debt: str
    pence: int
    remaining_pence: int


@dataclass(frozen=True, slots=True)
class Split:
    """A payment divided. `debt_pence + credit_pence` is what was tendered."""

    deductions: tuple[Deduction, ...]
    credit_pence: int
    debt_remaining_pence: int
    """Of all debts of the meter, also of those that took nothing."""

    @property
    def debt_pence(self) -> int:
        """What all debts together took."""
        return sum(deduction.pence for deduction in self.deductions)


def split(tendered_pence: int, owed: Sequence[Owed], share_e2: int = MOST_SHARE_E2) -> Split:
    """Divide a payment by the rule above. `share_e2`: the most that all debts may take, 99 % is 9900."""
    room = tendered_pence * share_e2 // WHOLE_E2
    deductions = []
    for one in sorted(owed, key=lambda one: (one.terms.priority, one.terms.debt)):
        taken = min(_wanted(tendered_pence, one.terms), max(one.owed_pence, 0), room)
        if taken:
            room -= taken
            deductions.append(Deduction(one.terms.debt, taken, one.owed_pence - taken))
    taken = sum(deduction.pence for deduction in deductions)
    return Split(tuple(deductions), tendered_pence - taken, sum(one.owed_pence for one in owed) - taken)


def _wanted(tendered_pence: int, terms: Terms) -> int:
    wanted = max(tendered_pence * terms.percent_e2 // WHOLE_E2, terms.minimum_pence)
    return wanted if terms.cap_pence is None else min(wanted, terms.cap_pence)


def parse_name(text: str) -> str:
    """A debt's name: 1 to 24 of a-z, 0-9 and dash. Raises ValueError."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not a debt's name: 1 to 24 of a-z, 0-9 and -, as fuel-2025")
    return text


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


def owed_pence(connection: sqlite3.Connection, pan: str, debt: str | None = None) -> int:
    """What is still owed, on one debt or on all: the balance in the ledger, and nothing else."""
    return ledger.balance_pence(connection, pan, "debt", debt)


def standing(connection: sqlite3.Connection, pan: str) -> list[Owed]:
    """Every debt of the meter that has terms or a balance, in the order in which they are deducted."""
    rows = connection.execute(
        "SELECT debt, priority, percent_e2, minimum_pence, cap_pence FROM debt_agreed WHERE pan = ?", (pan,)
    )
    terms = {row["debt"]: Terms(*row) for row in rows}
    owed = ledger.debts_pence(connection, pan)
    found = [Owed(terms.get(name, Terms(name)), owed.get(name, 0)) for name in {*terms, *owed}]
    return sorted(found, key=lambda one: (one.terms.priority, one.terms.debt))


def terms_of(connection: sqlite3.Connection, pan: str, debt: str) -> Terms:
    """What was agreed for this debt; nothing is deducted where nothing was."""
    return next((one.terms for one in standing(connection, pan) if one.terms.debt == debt), Terms(debt))


def agree(connection: sqlite3.Connection, pan: str, terms: Terms) -> None:
    """Agree other terms, for payments from now on."""
    connection.execute(
        "INSERT OR REPLACE INTO debt_agreed VALUES (?, ?, ?, ?, ?, ?)",
        (pan, terms.debt, terms.priority, terms.percent_e2, terms.minimum_pence, terms.cap_pence),
    )


def set_owed(connection: sqlite3.Connection, pan: str, pence: int, at_unix_s: float, debt: str = USUAL) -> None:
    """Make the debt this large, by a posting of the difference against arrears; none where there is no difference."""
    change = pence - owed_pence(connection, pan, debt)
    if change:
        ledger.post(connection, f"{debt} set", at_unix_s, pan, {f"debt:{debt}": change, "arrears": -change})
