"""The ledger of top-ups: every token that was ever accepted for delivery, and how it ended.

The digits stand here only while the order is under way; afterwards their SHA-256 and last four digits remain.
"""

import hashlib
import sqlite3
from dataclasses import dataclass

from hubd.model.identity import Eui64
from hubd.model.secret import Secret
from hubd.model.stamp import Stamp, TimeTrust
from hubd.model.top_up_case import TopUpCase, case_of
from hubd.model.topup import Outcome, TopUpAnswer, TopUpResult


@dataclass(frozen=True, slots=True)
class TopUpRow:
    """One order. `outcome` is None while it is under way. Amounts in 10^-5 of the currency unit."""

    order: str
    device: Eui64
    token: Secret[str] | None
    last4: str
    source: str
    received_at: Stamp
    give_up_at: Stamp
    attempts: int
    outcome: Outcome | None
    reason: str | None
    result_code: int | None
    top_up_value_e5: int | None
    credit_remaining_e5: int | None
    offered: bool = False
    """Its code was offered for entry by hand."""
    before: tuple[Secret[str], ...] = ()
    """Sections of a key change that come first."""
    progress: int = 0
    """How far those went: a value of `utility.key_change_course.Progress`."""
    finished_unix_s: float | None = None
    """When it ended, by the hub's clock."""
    told_case: TopUpCase | None = None
    """Why it had to wait, as its issuer heard last."""
    held_until_unix_s: float | None = None
    """Its meter asked for time, until then; None: nothing was sent to the meter that it has not ended."""
    fate_known: bool = False
    """No try so far may have worked: the last was answered so, and none before it is open."""

    @property
    def case(self) -> TopUpCase:
        """How it stands."""
        if self.outcome is None and self.held_until_unix_s is not None and self.told_case is not None:
            return self.told_case
        return case_of(self.outcome, self.result_code, self.top_up_value_e5)

    def answer(self) -> TopUpAnswer | None:
        """The meter's answer that ended it, where there was one."""
        if self.result_code is None:
            return None
        known = self.result_code in list(TopUpResult)
        result = TopUpResult(self.result_code) if known else self.result_code
        return TopUpAnswer(result, self.top_up_value_e5, self.credit_remaining_e5)


_COLUMNS = (
    "order_id, device, token, last4, source, received_unix_s, received_trust, give_up_unix_s, give_up_trust, "
    "attempts, outcome, reason, result_code, top_up_value_e5, credit_remaining_e5, offered_unix_s, before, progress, "
    "finished_unix_s, told_case, held_until_unix_s, fate_known"
)


def add(
    connection: sqlite3.Connection,
    *,
    order: str,
    device: Eui64,
    token: Secret[str],
    source: str,
    at: Stamp,
    give_up_at: Stamp,
    before: tuple[Secret[str], ...] = (),
) -> None:
    """A token was accepted for delivery. Raises sqlite3.IntegrityError where the order is known."""
    digits = token.reveal()
    connection.execute(
        "INSERT INTO top_up (order_id, device, token, token_sha256, last4, source, received_unix_s, received_trust, "
        "give_up_unix_s, give_up_trust, before) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            order,
            device,
            digits,
            _sha256(token),
            digits[-4:],
            source,
            at.unix_s,
            str(at.trust),
            give_up_at.unix_s,
            str(give_up_at.trust),
            " ".join(section.reveal() for section in before) or None,
        ),
    )


def meter_of_code(connection: sqlite3.Connection, token: Secret[str]) -> Eui64 | None:
    """The meter of this house that these digits belong to, where the ledger knows it: it has taken them, or their
    issuer has sent them for it. Digits that were only tried on a meter by hand say nothing.
    """
    row = connection.execute(
        "SELECT device FROM top_up WHERE token_sha256 = ? AND (outcome IN ('accepted', 'duplicate') "
        "OR outcome IS NULL AND source = 'wan') AND device IN (SELECT address FROM device) "
        "ORDER BY number DESC LIMIT 1",
        (_sha256(token),),
    ).fetchone()
    return None if row is None else Eui64(str(row[0]))


def mark_sending(connection: sqlite3.Connection, order: str, progress: int = 0) -> None:
    """The token, or a section before it, is about to leave: from now on its fate may be unknown, and its meter is
    held no longer.
    """
    connection.execute(
        "UPDATE top_up SET attempts = attempts + 1, progress = ?, fate_known = 0 WHERE order_id = ?",
        (progress, order),
    )
    connection.execute(
        "UPDATE top_up SET held_until_unix_s = NULL WHERE outcome IS NULL AND held_until_unix_s IS NOT NULL "
        "AND device = (SELECT device FROM top_up WHERE order_id = ?)",
        (order,),
    )


def hold(connection: sqlite3.Connection, order: str, until_unix_s: float, *, fate_known: bool) -> None:
    """The meter of this order wants nothing until then. `fate_known`: no try of this order may have worked."""
    connection.execute("UPDATE top_up SET fate_known = ? WHERE order_id = ?", (fate_known, order))
    connection.execute(
        "UPDATE top_up SET held_until_unix_s = ? WHERE outcome IS NULL "
        "AND device = (SELECT device FROM top_up WHERE order_id = ?)",
        (until_unix_s, order),
    )


def told(connection: sqlite3.Connection, order: str, case: TopUpCase) -> None:
    """The issuer is told why the order has to wait: part of the transaction that puts down the receipt."""
    connection.execute("UPDATE top_up SET told_case = ? WHERE order_id = ?", (str(case), order))


def under_way(connection: sqlite3.Connection, device: Eui64, token: Secret[str]) -> TopUpRow | None:
    """The order that carries these digits to this meter already; None where there is none."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM top_up WHERE token_sha256 = ? AND device = ? AND outcome IS NULL "
        "ORDER BY number LIMIT 1",
        (_sha256(token), device),
    ).fetchone()
    return None if row is None else _row(row)


def mark_offered(connection: sqlite3.Connection, order: str, at: Stamp) -> str:
    """The code is offered for entry by hand. Returns its last four digits, by which people know it."""
    row = connection.execute(
        "UPDATE top_up SET offered_unix_s = ? WHERE order_id = ? RETURNING last4", (at.unix_s, order)
    ).fetchone()
    return str(row[0])


def finish(
    connection: sqlite3.Connection,
    order: str,
    outcome: Outcome,
    reason: str,
    answer: TopUpAnswer | None,
    at: Stamp,
) -> None:
    """The order has ended: its digits are erased."""
    connection.execute(
        "UPDATE top_up SET token = NULL, before = NULL, outcome = ?, reason = ?, result_code = ?, "
        "top_up_value_e5 = ?, credit_remaining_e5 = ?, finished_unix_s = ? WHERE order_id = ?",
        (
            str(outcome),
            reason,
            int(answer.result) if answer else None,
            answer.top_up_value_e5 if answer else None,
            answer.credit_remaining_e5 if answer else None,
            at.unix_s,
            order,
        ),
    )


def unfinished(connection: sqlite3.Connection) -> list[TopUpRow]:
    """Orders under way, in the order of their coming."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM top_up WHERE outcome IS NULL ORDER BY number")
    return [_row(row) for row in rows]


def recent(connection: sqlite3.Connection, most: int) -> list[TopUpRow]:
    """The latest orders, newest first."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM top_up ORDER BY number DESC LIMIT ?", (most,))
    return [_row(row) for row in rows]


def latest_of_each(connection: sqlite3.Connection) -> list[TopUpRow]:
    """The latest order of each meter."""
    latest = "SELECT max(number) FROM top_up GROUP BY device"
    rows = connection.execute(f"SELECT {_COLUMNS} FROM top_up WHERE number IN ({latest}) ORDER BY number")
    return [_row(row) for row in rows]


def find(connection: sqlite3.Connection, order: str) -> TopUpRow | None:
    """One order; None where it is not known."""
    row = connection.execute(f"SELECT {_COLUMNS} FROM top_up WHERE order_id = ?", (order,)).fetchone()
    return None if row is None else _row(row)


def _row(row: tuple[object, ...]) -> TopUpRow:
    (
        order,
        device,
        token,
        last4,
        source,
        at,
        trust,
        until,
        until_trust,
        attempts,
        outcome,
        reason,
        code,
        value,
        left,
        offered,
        before,
        progress,
        finished,
        told_case,
        held_until,
        fate_known,
    ) = row
    return TopUpRow(
        order=str(order),
        device=Eui64(str(device)),
        token=None if token is None else Secret(str(token)),
        last4=str(last4),
        source=str(source),
        received_at=Stamp(float(str(at)), TimeTrust(str(trust))),
        give_up_at=Stamp(float(str(until)), TimeTrust(str(until_trust))),
        attempts=int(str(attempts)),
        outcome=None if outcome is None else Outcome(str(outcome)),
        reason=None if reason is None else str(reason),
        result_code=None if code is None else int(str(code)),
        top_up_value_e5=None if value is None else int(str(value)),
        credit_remaining_e5=None if left is None else int(str(left)),
        offered=offered is not None,
        before=tuple(map(Secret, str(before).split())) if before else (),
        progress=int(str(progress)),
        finished_unix_s=None if finished is None else float(str(finished)),
        told_case=None if told_case is None else TopUpCase(str(told_case)),
        held_until_unix_s=None if held_until is None else float(str(held_until)),
        fate_known=bool(fate_known),
    )


def _sha256(token: Secret[str]) -> bytes:
    return hashlib.sha256(token.reveal().encode()).digest()
