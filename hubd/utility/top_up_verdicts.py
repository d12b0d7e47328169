"""What each result of Consumer Top Up Response (0x0705, 0x03) means for an order, in plain words. Pure.

    0x00, 0x10-0x12   credited: final
    0x01, 0x03, 0x06  rejected: final, and never tried again, because wrong codes lock the customer's keypad
    0x02              duplicate: final; the meter had the token before, which after a lost answer means success
    0x04, 0x05        full, locked: not final; tried again after the meter's own waiting time
    anything else     rejected: a code nobody understands is no reason to try again

The words are those of the one table (`model/top_up_words.py`): what happened, and what to do.
"""

from dataclasses import dataclass

from hubd.model.top_up_case import TopUpCase, case_of, case_of_result
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome, TopUpResult

KEYPAD_LOCK_RETRY_S = 1_290.0
"""A little more than the longest lock that meters are known to impose (1,280 s)."""
MAX_CREDIT_RETRY_S = 3_600.0
"""Credit has to be used up first: there is no hurry."""
NOT_READY_RETRY_S = 300.0
"""A meter that cannot take a command at all just now (it starts, is being set up, or lacks its keys)."""


LATER_RETRY_S = {
    TopUpCase.LOCKED: KEYPAD_LOCK_RETRY_S,
    TopUpCase.TOO_MUCH_CREDIT: MAX_CREDIT_RETRY_S,
    TopUpCase.NOT_READY: NOT_READY_RETRY_S,
}
"""The reasons for which a meter wants a token later, and how long it is left alone for each."""


@dataclass(frozen=True, slots=True)
class Later:
    """The meter wants this token later, for this reason: a key of LATER_RETRY_S."""

    case: TopUpCase

    @property
    def retry_in_s(self) -> float:
        """How long it is left alone."""
        return LATER_RETRY_S[self.case]

    @property
    def words(self) -> str:
        """For people."""
        return WORDS[self.case].both


@dataclass(frozen=True, slots=True)
class Verdict:
    """The order ends so."""

    outcome: Outcome
    words: str


def judge(result: TopUpResult | int, fate_unknown: bool, value_e5: int | None = None) -> Later | Verdict:
    """`fate_unknown`: an earlier try may have worked without our hearing of it. `value_e5`: what the token added."""
    case = case_of_result(result, value_e5)
    if case in LATER_RETRY_S:
        return Later(case)
    if case is TopUpCase.USED:
        outcome = Outcome.ACCEPTED if fate_unknown else Outcome.DUPLICATE
        return Verdict(outcome, WORDS[case_of(outcome, result)].both)
    if case is TopUpCase.UNKNOWN_ANSWER:
        return Verdict(Outcome.REJECTED, f"{WORDS[case].both} (0x{int(result):02X})")
    accepted = TopUpResult(result).accepted
    return Verdict(Outcome.ACCEPTED if accepted else Outcome.REJECTED, WORDS[case].both)
