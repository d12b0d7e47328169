"""What each result of Consumer Top Up Response (0x0705, 0x03) means for an order, in plain words. Pure.

    0x00, 0x10-0x12   credited: final
    0x01, 0x03, 0x06  rejected: final, and never tried again, because wrong codes lock the customer's keypad
    0x02              duplicate: final; the meter had the token before, which after a lost answer means success
    0x04, 0x05        full, locked: not final; tried again after the meter's own waiting time
    anything else     rejected: a code nobody understands is no reason to try again

The words end on receipts, screens and bills: they say what happened and what to do.
"""

from dataclasses import dataclass

from hubd.model.topup import Outcome, TopUpResult

KEYPAD_LOCK_RETRY_S = 1_290.0
"""A little more than the longest lock that meters are known to impose (1,280 s)."""
MAX_CREDIT_RETRY_S = 3_600.0
"""Credit has to be used up first: there is no hurry."""
NOT_READY_RETRY_S = 300.0
"""A meter that cannot take a command at all just now (it starts, is being set up, or lacks its keys)."""


@dataclass(frozen=True, slots=True)
class Later:
    """The meter wants this token later."""

    retry_in_s: float
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The order ends so."""

    outcome: Outcome
    words: str


def judge(result: TopUpResult | int, fate_unknown: bool) -> Later | Verdict:
    """`fate_unknown`: an earlier try may have worked without our hearing of it."""
    if (later := _LATER.get(result)) is not None:
        return later
    if result == TopUpResult.REJECTED_DUPLICATE_TOP_UP:
        return _DUPLICATE_AFTER_SILENCE if fate_unknown else _DUPLICATE
    if (accepted := _ACCEPTED.get(result)) is not None:
        return Verdict(Outcome.ACCEPTED, accepted)
    unknown = f"the meter answered with a code the hub does not know (0x{int(result):02X}): ask the meter's maker"
    return Verdict(Outcome.REJECTED, _REJECTED.get(result, unknown))


_LATER: dict[TopUpResult | int, Later] = {
    TopUpResult.REJECTED_KEYPAD_LOCK: Later(
        KEYPAD_LOCK_RETRY_S,
        "the meter is locked after wrong codes; the token is kept and tried again when the lock is over",
    ),
    TopUpResult.REJECTED_MAX_CREDIT_REACHED: Later(
        MAX_CREDIT_RETRY_S,
        "the meter holds as much credit as it may; the token is kept and tried again when some is used up",
    ),
}
_DUPLICATE = Verdict(Outcome.DUPLICATE, "the meter has had this token before; it counts once")
_DUPLICATE_AFTER_SILENCE = Verdict(
    Outcome.ACCEPTED, "the meter had taken it before this try: at an earlier one whose answer was lost, or by hand"
)
_REJECTED: dict[TopUpResult | int, str] = {
    TopUpResult.REJECTED_INVALID_TOP_UP: "not this meter's token: another meter's, or a typing error; look at the "
    "meter's number and have the code read out again",
    TopUpResult.REJECTED_ERROR: "the meter cannot take this token: too old, expired or not of a kind it knows; have "
    "a new one issued",
    TopUpResult.REJECTED_TOP_UP_VALUE_TOO_LARGE: "the value is larger than the meter takes in one token; have it "
    "issued again in smaller ones",
}
_ACCEPTED: dict[TopUpResult | int, str] = {
    TopUpResult.ACCEPTED: "credited",
    TopUpResult.ACCEPTED_SUPPLY_ENABLED: "credited; the supply is on",
    TopUpResult.ACCEPTED_SUPPLY_DISABLED: "credited; the supply is still off: what was owed is paid first",
    TopUpResult.ACCEPTED_SUPPLY_ARMED: "credited; the supply can be switched on at the meter",
}
