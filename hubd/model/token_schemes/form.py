"""The form that codes of all schemes share: 20 decimal digits."""

from hubd.model.top_up_case import TopUpCase

DIGITS = 20


def tidy(typed: str) -> str:
    """A code as people write it, without the spaces and dashes between its groups."""
    return "".join(typed.split()).replace("-", "")


def form_fault(code: str) -> TopUpCase | None:
    """What is wrong with its form. Digits of other alphabets are no digits here: the meter knows ASCII alone."""
    if not (code.isascii() and code.isdigit()) and code:
        return TopUpCase.NOT_DIGITS
    if len(code) < DIGITS:
        return TopUpCase.TOO_SHORT
    return TopUpCase.TOO_LONG if len(code) > DIGITS else None
