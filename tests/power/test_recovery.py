"""Starting again in the middle of an outage (R42)."""

import pytest

from hubd.model.stamp import Stamp, TimeTrust
from hubd.power.last_gasp import next_deadline_s, step
from hubd.power.outage import LossBegan, Row, State
from hubd.power.outage_effects import Effect, RecordMomentary, SendAlert, SendRestored, ShedLoad, TakeLoad
from hubd.power.outage_events import Clock, Event, Started, SupplyReturned
from hubd.power.phases import AlertKind, Phase
from hubd.power.recovery import unseen
from hubd.power.rules import Policy, Rules

THEN = Stamp(1_800_000_000.0, TimeTrust.NETWORK)
NOW = Stamp(1_800_000_300.0, TimeTrust.UNSYNCED)


def row(alert: AlertKind | None = None, stored: bool = False) -> Row:
    return Row("one", LossBegan.at(THEN), 1_000.0, 2, alert is not None, alert, stored, None)


def started(on: bool, of: Row | None, same_boot: bool = True, lost_at_most_s: float | None = None) -> Started:
    return Started(on, of, same_boot, "fresh", NOW, lost_at_most_s)


def run(
    events: list[tuple[float, Event]], until_s: float, policy: Policy = Policy.CONFIRMED
) -> list[tuple[float, Effect]]:
    state = State(Rules(policy))
    did: list[tuple[float, Effect]] = []
    for at_s, event in [*events, (until_s, Clock())]:
        while (due_s := next_deadline_s(state)) is not None and due_s < at_s:
            state, effects = step(state, Clock(), due_s)
            did += [(due_s, effect) for effect in effects]
        state, effects = step(state, event, at_s)
        did += [(at_s, effect) for effect in effects]
    return did


def told(did: list[tuple[float, Effect]]) -> list[tuple[float, str, str, int]]:
    kinds = (SendAlert, SendRestored, RecordMomentary)
    return [
        (at_s, type(effect).__name__, effect.outage_id, effect.operations)
        for at_s, effect in did
        if isinstance(effect, kinds)
    ]


def test_killed_in_the_wait_the_alert_comes_after_60_s_of_loss_that_was_seen_and_under_the_same_id() -> None:
    did = run([(1_030.0, started(False, row()))], 1_200.0)
    assert told(did)[0] == (1_090.0, "SendAlert", "one", 2)
    assert isinstance(did[0][1], ShedLoad)


def test_after_a_crash_the_earliest_policy_assumes_that_supply_may_just_have_come_back() -> None:
    did = run([(1_030.0, started(False, row()))], 1_200.0, Policy.EARLIEST)
    assert told(did)[0] == (1_090.0, "SendAlert", "one", 2)


def test_killed_in_the_send_the_alert_goes_out_again_at_once() -> None:
    did = run([(1_063.0, started(False, row(AlertKind.CONFIRMED)))], 1_064.0)
    assert told(did) == [(1_063.0, "SendAlert", "one", 2)]
    [alert] = [effect for _, effect in did if isinstance(effect, SendAlert)]
    assert (alert.off_for_s, alert.since_first_s) == (0.0, 63.0)


def test_killed_after_the_alert_was_stored_nothing_is_sent_again() -> None:
    events = [(1_100.0, started(False, row(AlertKind.CONFIRMED, True))), (1_200.0, SupplyReturned())]
    assert told(run(events, 1_300.0)) == [(1_260.0, "SendRestored", "one", 2)]


def test_killed_while_supply_was_back_without_an_alert_the_event_is_momentary() -> None:
    assert told(run([(1_030.0, started(True, row()))], 1_200.0)) == [(1_090.0, "RecordMomentary", "one", 2)]


def test_after_a_deep_discharge_the_restoration_carries_the_true_start() -> None:
    did = run([(50.0, started(True, row(AlertKind.CONFIRMED, True), same_boot=False))], 200.0)
    [(at_s, restored)] = [(at_s, effect) for at_s, effect in did if isinstance(effect, SendRestored)]
    assert (at_s, restored.alert_sent, restored.lasted_s) == (110.0, True, None)
    assert restored.began == LossBegan.at(THEN)


@pytest.mark.parametrize(
    ("lost_at_most_s", "end"), [(None, "SendRestored"), (400.0, "SendRestored"), (59.0, "RecordMomentary")]
)
def test_after_a_silent_shutdown_the_outage_is_told_unless_it_is_known_to_have_been_short(
    lost_at_most_s: float | None, end: str
) -> None:
    did = run([(50.0, started(True, row(), False, lost_at_most_s))], 200.0)
    assert told(did) == [(110.0, end, "one", 2)]


def test_an_outage_that_left_no_row_began_between_the_last_sign_of_life_and_the_start() -> None:
    did = run([(50.0, started(True, unseen("found", THEN, NOW), same_boot=False))], 200.0)
    [restored] = [effect for _, effect in did if isinstance(effect, SendRestored)]
    assert restored.began == LossBegan(THEN, NOW)
    assert not restored.alert_sent


def test_a_start_without_supply_and_without_a_row_is_a_loss() -> None:
    assert told(run([(50.0, started(False, None))], 120.0))[0] == (110.0, "SendAlert", "fresh", 1)


def test_a_start_with_supply_and_without_a_row_is_normal() -> None:
    state, effects = step(State(Rules()), started(True, None), 50.0)
    assert (state.phase, effects) == (Phase.NORMAL, (TakeLoad(),))


def test_load_that_a_kill_left_shed_is_taken_at_the_next_start_or_at_the_end_of_the_loss_it_starts_in() -> None:
    did = run([(50.0, started(False, None)), (50.4, SupplyReturned())], 120.0)
    kinds = [(at_s, type(effect)) for at_s, effect in did if isinstance(effect, ShedLoad | TakeLoad)]
    assert kinds == [(50.0, ShedLoad), (110.4, TakeLoad)]


def test_supply_that_went_again_during_the_boot_is_one_more_operation() -> None:
    assert told(run([(50.0, started(False, row(), same_boot=False))], 120.0))[0] == (110.0, "SendAlert", "one", 3)
