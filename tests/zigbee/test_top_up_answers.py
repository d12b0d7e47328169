"""R30, R31: an answer is never taken for another token's, whatever is late, lost or sent again."""

from hypothesis import example, given
from hypothesis import strategies as st

from hubd.model.secret import Secret
from hubd.zigbee.top_up_answers import TopUpAnswers

A, B = Secret("11111111111111111111"), Secret("22222222222222222222")


def test_the_answer_under_the_tokens_own_number_is_taken_once():
    answers = TopUpAnswers(30.0)
    answers.sent(7, A, 0.0)
    assert answers.takes(7, 1.0)
    assert not answers.takes(7, 1.1)


def test_an_answer_nobody_waits_for_is_not_taken():
    assert not TopUpAnswers(30.0).takes(7, 0.0)


def test_a_meter_that_numbers_by_itself_is_understood():
    answers = TopUpAnswers(30.0)
    answers.sent(7, A, 0.0)
    assert answers.takes(200, 1.0)


def test_a_late_answer_under_its_own_number_is_not_the_next_tokens():
    answers = TopUpAnswers(30.0)
    answers.sent(7, A, 0.0)
    answers.gave_up()
    answers.sent(8, B, 11.0)
    assert not answers.takes(7, 12.0)
    assert answers.takes(8, 13.0)


def test_a_late_answer_to_the_same_token_speaks_for_it():
    answers = TopUpAnswers(30.0)
    answers.sent(7, A, 0.0)
    answers.gave_up()
    answers.sent(8, A, 11.0)
    assert answers.takes(7, 12.0)
    answers.sent(9, B, 13.0)
    assert not answers.takes(8, 14.0), "the answer to the second sending of A is still to come"
    assert answers.takes(9, 15.0)


def test_in_doubt_nothing_is_taken_until_the_earlier_token_is_forgotten():
    answers = TopUpAnswers(30.0)
    answers.sent(7, A, 0.0)
    answers.gave_up()
    answers.sent(8, B, 11.0)
    assert not answers.takes(200, 12.0)
    assert not answers.takes(201, 13.0), "the two may have come in any order"
    answers.gave_up()
    answers.sent(9, B, 22.0)
    assert not answers.takes(202, 23.0)
    answers.gave_up()
    answers.sent(10, B, 32.0)
    assert answers.takes(203, 33.0), "the earlier token is forgotten"


def test_an_answer_that_comes_twice_is_not_the_next_tokens_r31():
    answers = TopUpAnswers(30.0)
    answers.sent(7, A, 0.0)
    assert answers.takes(7, 1.0)
    answers.sent(8, B, 2.0)
    assert not answers.takes(7, 3.0)
    assert not answers.takes(200, 3.0), "nor one under a number of the meter's own"
    assert answers.takes(8, 4.0)


def test_a_young_process_takes_no_answer_that_may_be_to_one_before_it_r31():
    answers = TopUpAnswers(30.0, since_s=100.0)
    answers.sent(7, B, 101.0)
    assert not answers.takes(200, 102.0)
    assert answers.takes(7, 103.0)
    answers.sent(8, B, 140.0)
    assert answers.takes(201, 141.0)


def test_what_was_never_answered_is_forgotten_in_time():
    answers = TopUpAnswers(30.0)
    answers.sent(7, A, 0.0)
    answers.gave_up()
    answers.sent(8, B, 31.0)
    assert answers.takes(200, 32.0)


def test_a_token_that_never_left_is_owed_nothing():
    answers = TopUpAnswers(30.0)
    answers.sent(7, A, 0.0)
    answers.gave_up(unsent=True)
    answers.sent(8, B, 1.0)
    assert answers.takes(200, 2.0)


@example(echoes=False, tokens=[(0, False, 7.0), (1, False, 0.0), (1, True, 0.0)], answer_timeout_s=3.0)
@given(
    echoes=st.booleans(),
    tokens=st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.floats(0.0, 25.0)), min_size=1, max_size=12),
    answer_timeout_s=st.floats(1.0, 10.0),
)
def test_no_history_mixes_tokens_up(echoes, tokens, answer_timeout_s):
    """Each sending: which token, whether the answer is lost, how long it takes. One at a time."""
    answers = TopUpAnswers(30.0)
    on_the_way: list[tuple[float, int, int]] = []
    now_s, own_number = 0.0, 128
    for tsn, (token, lost, takes_s) in enumerate(tokens):
        answers.sent(tsn, Secret(str(token)), now_s)
        own_number += 1
        if not lost:
            on_the_way.append((now_s + takes_s, tsn if echoes else own_number, token))
        deadline_s, answered = now_s + answer_timeout_s, False
        for arrives_s, number, about in sorted(each for each in on_the_way if each[0] <= deadline_s):
            if answered:
                break
            on_the_way.remove((arrives_s, number, about))
            if answers.takes(number, arrives_s):
                assert about == token
                answered, now_s = True, arrives_s
        if not answered:
            answers.gave_up()
            now_s = deadline_s
            assert lost or takes_s > answer_timeout_s or not echoes, "an echoing meter in time is always understood"
