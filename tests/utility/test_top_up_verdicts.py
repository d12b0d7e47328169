"""Every result that a meter may answer to a top-up has its meaning and its plain words (R30)."""

import pytest

from hubd.model.top_up_case import TopUpCase
from hubd.model.top_up_words import WORDS
from hubd.model.topup import Outcome, TopUpResult
from hubd.utility.top_up_verdicts import Later, Verdict, judge

MEANING = {
    0x00: (Outcome.ACCEPTED, "Credited."),
    0x01: (Outcome.REJECTED, "it is not this meter's"),
    0x02: (Outcome.DUPLICATE, "had this code before; it counts once"),
    0x03: (Outcome.REJECTED, "too old, expired"),
    0x04: (Later, "as much credit as it may"),
    0x05: (Later, "locked after wrong codes"),
    0x06: (Outcome.REJECTED, "larger than the meter takes"),
    0x10: (Outcome.ACCEPTED, "the supply is on"),
    0x11: (Outcome.ACCEPTED, "the supply is still off"),
    0x12: (Outcome.ACCEPTED, "can be switched on at the meter"),
}


@pytest.mark.parametrize("code", [*range(0x13), 0x7F, 0xFF], ids=lambda code: f"0x{code:02X}")
def test_every_result_has_its_meaning_in_plain_words_r30(code: int) -> None:
    result = TopUpResult(code) if code in list(TopUpResult) else code
    verdict = judge(result, fate_unknown=False)
    outcome, words = MEANING.get(code, (Outcome.REJECTED, f"(0x{code:02X})"))
    assert words in verdict.words
    if isinstance(verdict, Verdict):
        assert verdict.outcome is outcome
    else:
        assert outcome is Later
        assert verdict.retry_in_s >= 1_280.0, "not before the longest lock that meters impose"


def test_the_words_of_all_results_differ_so_that_each_misuse_can_be_told() -> None:
    assert len({judge(result, fate_unknown=False).words for result in TopUpResult}) == len(TopUpResult)


def test_duplicate_after_silence_means_that_it_was_taken_r30() -> None:
    assert judge(TopUpResult.REJECTED_DUPLICATE_TOP_UP, fate_unknown=True) == Verdict(
        Outcome.ACCEPTED, WORDS[TopUpCase.CREDITED_EARLIER].both
    )
