"""Receipts: how an order stands, in the words and fields of the WAN."""

from hubd.model.identity import Eui64
from hubd.model.roles import Role
from hubd.model.top_up_case import TopUpCase, case_of
from hubd.model.topup import Outcome, TopUpAnswer
from hubd.wan.messages import ReceiptBody

LOCAL = "local:"
"""Orders that were keyed in on the hub itself start with this."""


def receipt_of(
    order: str,
    device: Eui64,
    outcome: Outcome,
    reason: str,
    attempts: int,
    answer: TopUpAnswer | None,
    case: TopUpCase | None = None,
) -> ReceiptBody:
    """The receipt of a top-up. `case` where outcome and answer alone do not say it."""
    return ReceiptBody(
        order=order,
        command="vend",
        outcome=str(outcome),
        final=outcome is not Outcome.DEFERRED,
        device=device,
        reason=reason,
        result_code=int(answer.result) if answer else None,
        top_up_value_e5=answer.top_up_value_e5 if answer else None,
        credit_remaining_e5=answer.credit_remaining_e5 if answer else None,
        attempts=attempts,
        source="local" if order.startswith(LOCAL) else "wan",
        case=str(case or _case(outcome, answer)),
        role=None if order.startswith(LOCAL) else Role.VENDING,
    )


def _case(outcome: Outcome, answer: TopUpAnswer | None) -> TopUpCase:
    return case_of(outcome, None) if answer is None else case_of(outcome, answer.result, answer.top_up_value_e5)


def command_receipt(
    order: str, command: str, role: Role, outcome: str, reason: str | None, device: Eui64 | None
) -> ReceiptBody:
    """The final receipt of any other command: done, failed or refused. `role`: whose command it answers."""
    return ReceiptBody(
        order=order, command=command, outcome=outcome, final=True, device=device, reason=reason, role=role
    )
