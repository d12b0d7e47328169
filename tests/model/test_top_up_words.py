"""The table of plain words: whole, plain, distinct, and the page that is made from it."""

from pathlib import Path

import pytest

from hubd.model.top_up_case import TopUpCase, case_of, case_of_result
from hubd.model.top_up_words import DISPLAY_LETTERS, WORDS, in_markdown
from hubd.model.topup import Outcome, TopUpResult

HOME_ASSISTANT_STATE = 255
_WORDS_OF_ENGINEERS = ("token", "TID", "CRC", "queue", "EUI", "result", "0x", "cluster", "HAN")


def test_every_case_has_its_row_and_every_row_its_own_words_r30() -> None:
    assert set(WORDS) == set(TopUpCase)
    assert len({words.happened for words in WORDS.values()}) == len(WORDS)


@pytest.mark.parametrize("case", TopUpCase)
def test_a_row_is_plain_and_fits_where_it_is_shown(case: TopUpCase) -> None:
    words = WORDS[case]
    assert words.display.isascii()
    assert len(words.display) <= DISPLAY_LETTERS
    assert len(words.both) <= HOME_ASSISTANT_STATE
    assert words.happened.endswith(".")
    assert words.to_do.endswith(".")
    assert not [word for word in _WORDS_OF_ENGINEERS if word in words.both + words.display]
    assert not any(run.isdigit() and len(run) > 3 for run in words.both.split()), "no digits of a code"


def test_the_page_is_current() -> None:
    page = Path(__file__).parents[2] / "docs" / "top-up-messages.md"
    assert page.read_text() == in_markdown(), "make it: python -m hubd.model.top_up_words > docs/top-up-messages.md"


@pytest.mark.parametrize("result", TopUpResult)
def test_every_answer_of_a_meter_is_a_case_and_accepted_ones_say_credited(result: TopUpResult) -> None:
    assert case_of_result(result) is not TopUpCase.UNKNOWN_ANSWER
    assert WORDS[case_of_result(result)].happened.startswith("Credited") == result.accepted


@pytest.mark.parametrize(
    ("result", "value_e5", "case"),
    [
        (TopUpResult.ACCEPTED, 0, TopUpCase.NO_CREDIT),
        (TopUpResult.ACCEPTED_SUPPLY_ENABLED, 0, TopUpCase.NO_CREDIT),
        (TopUpResult.ACCEPTED_SUPPLY_DISABLED, 0, TopUpCase.NO_CREDIT),
        (TopUpResult.ACCEPTED_SUPPLY_ARMED, 0, TopUpCase.CREDITED_SUPPLY_ARMED),
        (TopUpResult.ACCEPTED, 1, TopUpCase.CREDITED),
        (TopUpResult.ACCEPTED, None, TopUpCase.CREDITED),
        (TopUpResult.REJECTED_ERROR, 0, TopUpCase.OLD),
    ],
)
def test_a_code_that_added_nothing_is_not_called_a_top_up(
    result: TopUpResult, value_e5: int | None, case: TopUpCase
) -> None:
    assert case_of_result(result, value_e5) is case
    assert case_of(Outcome.ACCEPTED if result.accepted else Outcome.REJECTED, result, value_e5) is case


def test_a_code_that_was_taken_at_an_earlier_try_stays_a_top_up_whatever_a_duplicate_is_worth() -> None:
    said = case_of(Outcome.ACCEPTED, TopUpResult.REJECTED_DUPLICATE_TOP_UP, 0)
    assert said is TopUpCase.CREDITED_EARLIER


@pytest.mark.parametrize(
    ("outcome", "result", "case"),
    [
        (None, None, TopUpCase.UNDER_WAY),
        (Outcome.ACCEPTED, TopUpResult.REJECTED_DUPLICATE_TOP_UP, TopUpCase.CREDITED_EARLIER),
        (Outcome.ACCEPTED, TopUpResult.ACCEPTED_SUPPLY_ARMED, TopUpCase.CREDITED_SUPPLY_ARMED),
        (Outcome.DUPLICATE, TopUpResult.REJECTED_DUPLICATE_TOP_UP, TopUpCase.USED),
        (Outcome.REJECTED, TopUpResult.REJECTED_ERROR, TopUpCase.OLD),
        (Outcome.REJECTED, 0x7F, TopUpCase.UNKNOWN_ANSWER),
        (Outcome.DEFERRED, TopUpResult.REJECTED_KEYPAD_LOCK, TopUpCase.LOCKED),
        (Outcome.NO_ANSWER, TopUpResult.REJECTED_KEYPAD_LOCK, TopUpCase.NO_ANSWER),
        (Outcome.UNREACHABLE, None, TopUpCase.UNREACHABLE),
        (Outcome.REJECTED, None, TopUpCase.KEY_CHANGE_REFUSED),
    ],
)
def test_an_order_in_the_ledger_is_the_case_that_it_ended_as(
    outcome: Outcome | None, result: int | None, case: TopUpCase
) -> None:
    assert case_of(outcome, result) is case
