"""Two inputs that should say the same."""

from hubd.power.disagreement import TOLD_AFTER_S, Disagreement, compare


def test_a_board_that_is_late_by_seconds_is_no_fault():
    state = Disagreement()
    for n in range(40):
        state, told = compare(state, False, n < 35, n * 0.1)
        assert not told
    assert state == Disagreement()


def test_inputs_that_stay_apart_are_told_once():
    state, tellings = Disagreement(), []
    for n in range(200):
        state, told = compare(state, True, False, n * 0.1)
        tellings += [n * 0.1] if told else []
    assert tellings == [TOLD_AFTER_S]
    state, _ = compare(state, True, True, 20.0)
    assert state == Disagreement()
