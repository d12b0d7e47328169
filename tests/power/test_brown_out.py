"""A low voltage is not a lost one (R22, R27)."""

from hubd.power.brown_out import BrownOut, BrownOutBegan, BrownOutEnded, Effect, step


def run(voltages: list[tuple[float, float]]) -> list[tuple[float, Effect]]:
    state, did = BrownOut(), []
    for now_s, supply_pu in voltages:
        state, effects = step(state, supply_pu, now_s)
        did += [(now_s, effect) for effect in effects]
    return did


def seconds(begin: int, end: int, supply_pu: float) -> list[tuple[float, float]]:
    return [(float(now_s), supply_pu) for now_s in range(begin, end)]


def test_30_s_at_0_6_are_one_brown_out_of_30_s() -> None:
    assert run(seconds(0, 10, 1.0) + seconds(10, 40, 0.6) + seconds(40, 50, 0.98)) == [
        (13.0, BrownOutBegan(3.0, 0.6)),
        (43.0, BrownOutEnded(30.0, 0.6, became_loss=False)),
    ]


def test_a_sag_of_2_s_is_told_to_nobody() -> None:
    assert run(seconds(0, 10, 1.0) + seconds(10, 12, 0.5) + seconds(12, 30, 1.0)) == []


def test_a_voltage_around_the_bound_makes_one_brown_out() -> None:
    wobble = [(float(now_s), 0.91 if now_s % 3 == 0 else 0.85) for now_s in range(10, 40)]
    did = run(seconds(0, 10, 0.8) + wobble + seconds(40, 50, 1.0))
    assert [type(effect) for _, effect in did] == [BrownOutBegan, BrownOutEnded]


def test_a_brown_out_that_becomes_a_loss_ends_there() -> None:
    assert run(seconds(0, 10, 0.7) + seconds(10, 12, 0.0) + seconds(12, 20, 1.0)) == [
        (3.0, BrownOutBegan(3.0, 0.7)),
        (10.0, BrownOutEnded(10.0, 0.7, became_loss=True)),
    ]


def test_a_loss_at_once_is_no_brown_out() -> None:
    assert run(seconds(0, 5, 1.0) + seconds(5, 30, 0.02) + seconds(30, 40, 1.0)) == []
