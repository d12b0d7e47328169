"""What can become of a top-up, as the customer is told it: a closed list, and the case of each answer of a meter."""

from enum import StrEnum

from hubd.model.topup import Outcome, TopUpResult


class TopUpCase(StrEnum):
    """One row of the table in `top_up_words.py`. The value crosses to the consumer's side: it holds no digits."""

    CREDITED = "credited"
    CREDITED_SUPPLY_ON = "credited_supply_on"
    CREDITED_SUPPLY_ARMED = "credited_supply_armed"
    CREDITED_SUPPLY_OFF = "credited_supply_off"
    CREDITED_EARLIER = "credited_earlier"
    """Duplicate to a token whose fate was unknown: an earlier try had worked."""
    NO_CREDIT = "no_credit"
    """Accepted, and the meter says that it added nothing: a trial code, or one that sets the meter."""
    UNDER_WAY = "under_way"

    NOT_DIGITS = "not_digits"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    WRONG_SCHEME = "wrong_scheme"
    MISTYPED = "mistyped"
    """Its check digit does not fit, or no code of its scheme can be so large: a typing error for certain."""
    OTHER_METER = "other_meter"
    """The hub knows these digits from another meter of this house."""
    UNKNOWN_METER = "unknown_meter"
    """The order names a device that is not, or no longer, of this house."""

    USED = "used"
    NOT_THIS_METERS = "not_this_meters"
    """The meter cannot open it: one digit altered, or another meter's. Nobody but the seller can tell which."""
    OLD = "old"
    TOO_MUCH_CREDIT = "too_much_credit"
    VALUE_TOO_LARGE = "value_too_large"
    LOCKED = "locked"
    LOCKED_UNSENT = "locked_unsent"
    """Keyed in on the hub while the meter is locked: neither sent nor kept."""
    BEHIND = "behind"
    """The meter wants the one before it later."""
    METER_LEFT = "meter_left"
    """The meter is of this house, but has left its network."""
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    NOT_READY = "not_ready"
    EXPIRED = "expired"
    """Its time ran out while the meter wanted it later."""
    KEY_CHANGE_REFUSED = "key_change_refused"
    """The meter did not take a section of a change of its key."""
    UNKNOWN_ANSWER = "unknown_answer"
    """The meter refused with a code that the hub does not know."""


_OF_RESULT = {
    TopUpResult.ACCEPTED: TopUpCase.CREDITED,
    TopUpResult.ACCEPTED_SUPPLY_ENABLED: TopUpCase.CREDITED_SUPPLY_ON,
    TopUpResult.ACCEPTED_SUPPLY_ARMED: TopUpCase.CREDITED_SUPPLY_ARMED,
    TopUpResult.ACCEPTED_SUPPLY_DISABLED: TopUpCase.CREDITED_SUPPLY_OFF,
    TopUpResult.REJECTED_INVALID_TOP_UP: TopUpCase.NOT_THIS_METERS,
    TopUpResult.REJECTED_DUPLICATE_TOP_UP: TopUpCase.USED,
    TopUpResult.REJECTED_ERROR: TopUpCase.OLD,
    TopUpResult.REJECTED_MAX_CREDIT_REACHED: TopUpCase.TOO_MUCH_CREDIT,
    TopUpResult.REJECTED_KEYPAD_LOCK: TopUpCase.LOCKED,
    TopUpResult.REJECTED_TOP_UP_VALUE_TOO_LARGE: TopUpCase.VALUE_TOO_LARGE,
}
_OF_OUTCOME = {
    "accepted": TopUpCase.CREDITED,
    "duplicate": TopUpCase.USED,
    "deferred": TopUpCase.NOT_READY,
    "rejected": TopUpCase.KEY_CHANGE_REFUSED,
    "no_answer": TopUpCase.NO_ANSWER,
    "unreachable": TopUpCase.UNREACHABLE,
    "expired": TopUpCase.EXPIRED,
}
_CREDITS = frozenset(
    {TopUpResult.ACCEPTED, TopUpResult.ACCEPTED_SUPPLY_ENABLED, TopUpResult.ACCEPTED_SUPPLY_DISABLED}
)
"""Answers that say of a code without value that it was credit. An armed supply is told all the same."""
_WHATEVER_IT_ANSWERED = frozenset({"no_answer", "unreachable", "expired"})
"""Outcomes that say more than the last answer of the meter does."""


def case_of_result(result: TopUpResult | int, value_e5: int | None = None) -> TopUpCase:
    """The case that a meter's own answer to a token is. `value_e5`: what the meter says that the token added."""
    if value_e5 == 0 and result in _CREDITS:
        return TopUpCase.NO_CREDIT
    known = TopUpResult(result) if result in list(TopUpResult) else None
    return TopUpCase.UNKNOWN_ANSWER if known is None else _OF_RESULT[known]


def case_of(outcome: Outcome | None, result: TopUpResult | int | None, value_e5: int | None = None) -> TopUpCase:
    """The case of an order as it stands in the ledger; `outcome` is None while it is under way."""
    if outcome is Outcome.ACCEPTED and result == TopUpResult.REJECTED_DUPLICATE_TOP_UP:
        return TopUpCase.CREDITED_EARLIER
    if outcome is None:
        return TopUpCase.UNDER_WAY
    if outcome in _WHATEVER_IT_ANSWERED or result is None:
        return _OF_OUTCOME.get(outcome, TopUpCase.UNKNOWN_ANSWER)
    return case_of_result(result, value_e5)
