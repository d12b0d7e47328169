"""Loss and latency of the simulated air, all from one seed."""

import pytest

from hubd.bench.air.conditions import APS_ACK_WAIT_S, Conditions, Confirmed


def shares(loss: float, *, acknowledged: bool, frames: int = 4000):
    air = Conditions(seed=5, loss=loss)
    passages = [air.passage(acknowledged=acknowledged) for _ in range(frames)]
    arrived = sum(p.arrives for p in passages) / frames
    confirmed = sum(p.confirmed is Confirmed.YES for p in passages) / frames
    return arrived, confirmed, passages


def test_good_air_loses_nothing_and_takes_no_time():
    passage = Conditions(seed=1).passage(acknowledged=True)
    assert (passage.arrives, passage.after_s, passage.confirmed) == (True, 0.0, Confirmed.YES)


def test_a_frame_is_lost_when_all_four_transmissions_are():
    arrived, confirmed, _ = shares(0.5, acknowledged=False)
    assert arrived == pytest.approx(1 - 0.5**4, abs=0.02)
    assert confirmed == pytest.approx(1 - 0.75**4, abs=0.02)


def test_an_acknowledged_frame_is_sent_again_and_arrives_more_often():
    arrived, confirmed, passages = shares(0.5, acknowledged=True)
    assert arrived == pytest.approx(1 - 0.5**12, abs=0.01)
    assert confirmed > 0.95
    assert any(p.after_s > APS_ACK_WAIT_S for p in passages)


def test_a_frame_may_arrive_though_its_sender_is_told_otherwise():
    _, _, passages = shares(0.5, acknowledged=False)
    assert any(p.arrives and p.confirmed is Confirmed.NO_MAC_ACK for p in passages)
    assert not any(not p.arrives and p.confirmed is Confirmed.YES for p in passages)


def test_the_same_seed_gives_the_same_air():
    first, second = (Conditions(9, 0.3, 0.02) for _ in range(2))
    assert [first.passage(acknowledged=True) for _ in range(50)] == [
        second.passage(acknowledged=True) for _ in range(50)
    ]


def test_latency_is_spread_around_its_mean():
    air = Conditions(3, latency_s=0.02)
    delays_s = [air.delay_s() for _ in range(500)]
    assert 0.01 <= min(delays_s) < 0.011
    assert 0.029 < max(delays_s) <= 0.03
