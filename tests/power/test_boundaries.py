"""The edges of the last-gasp rules: boundary cases, answers, energy (R41-R44)."""

import math
from dataclasses import replace

import pytest

from hubd.errors import ConfigurationError
from hubd.model.stamp import Stamp, TimeTrust
from hubd.power.last_gasp import next_deadline_s, step
from hubd.power.outage import State
from hubd.power.outage_effects import Effect, RecordMomentary, SendAlert, SendRestored, ShedLoad, ShutDown, TakeLoad
from hubd.power.outage_events import AlertStored, Clock, EnergyLeft, Event, SupplyLost, SupplyReturned
from hubd.power.phases import AlertKind, Failure, Phase
from hubd.power.replay import replay
from hubd.power.rules import Policy, Rules
from hubd.power.sequence import edges
from hubd.power.spread import share

LOST = SupplyLost("one", Stamp(1_800_000_000.0, TimeTrust.NETWORK))
BACK = SupplyReturned()


class Hub:
    """A state driven from deadline to deadline, and everything it was told to do, with the moment."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.state = State(rules or Rules(), Phase.NORMAL)
        self.did: list[tuple[float, Effect]] = []

    def at(self, now_s: float, event: Event | None = None) -> "Hub":
        while (due_s := next_deadline_s(self.state)) is not None and due_s < now_s:
            self._step(Clock(), due_s)
        self._step(event or Clock(), now_s)
        return self

    def of(self, kind: type) -> list:
        return [(at_s, effect) for at_s, effect in self.did if isinstance(effect, kind)]

    def _step(self, event: Event, now_s: float) -> None:
        self.state, effects = step(self.state, event, now_s)
        self.did += [(now_s, effect) for effect in effects]


def told(supply: list, policy: Policy) -> list[tuple[str, int]]:
    return [(item.event, item.operations) for item in replay(edges(supply, "test"), Rules(policy))]


@pytest.mark.parametrize(("off_s", "first"), [(14.999, "momentary"), (15.0, "momentary"), (15.001, "alert")])
def test_the_earliest_alert_stands_on_more_than_15_s(off_s: float, first: str) -> None:
    assert told([[off_s, "hold"]], Policy.EARLIEST)[0] == (first, 1)


@pytest.mark.parametrize(("policy", "rule_s"), [(Policy.CONFIRMED, 60.0), (Policy.SUSTAINED, 180.0)])
def test_supply_that_returns_at_the_very_moment_of_the_alert_wins(policy: Policy, rule_s: float) -> None:
    assert told([[rule_s, "hold"]], policy) == [("momentary", 1)]
    assert told([[rule_s + 0.000001, "hold"]], policy) == [("alert", 1), ("restored", 1)]


@pytest.mark.parametrize("start_s", [0.1, 0.3, 5.1, 17.7, 1e6 + 0.1])
def test_the_tie_is_exact_wherever_it_falls(start_s: float) -> None:
    """Sums such as 5.1 + 15 are not exact in binary: the grid of microseconds makes them so."""
    hub = Hub(Rules(Policy.EARLIEST)).at(start_s, LOST).at(start_s + 15.0, BACK)
    assert hub.of(SendAlert) == []


def test_an_event_closes_at_60_s_of_supply_and_not_before() -> None:
    assert told([[5, 59.99], [5, "hold"]], Policy.CONFIRMED) == [("momentary", 2)]
    assert told([[5, 60.0], [5, "hold"]], Policy.CONFIRMED) == [("momentary", 1), ("momentary", 1)]
    assert told([[5, 60.01], [5, "hold"]], Policy.CONFIRMED) == [("momentary", 1), ("momentary", 1)]


def test_fifty_bounces_of_20_ms_are_one_event_without_an_alert_and_shed_nothing() -> None:
    hub = Hub()
    for number in range(50):
        hub.at(number * 0.04, LOST).at(number * 0.04 + 0.02, BACK)
    hub.at(200.0)
    assert [effect.operations for _, effect in hub.of(RecordMomentary)] == [50]
    assert len(hub.did) == 1


def test_load_is_shed_within_2_s_and_taken_again_when_the_event_closes() -> None:
    hub = Hub().at(0.0, LOST).at(5.0, BACK).at(6.0, LOST).at(11.0, BACK).at(100.0)
    assert [at_s for at_s, _ in hub.of(ShedLoad)] == [1.0]
    assert [at_s for at_s, _ in hub.of(TakeLoad)] == [71.0]


def test_supply_back_during_the_spread_cancels_the_alert_and_is_told_as_restored() -> None:
    hub = Hub(Rules(spread_s=30.0)).at(0.0, LOST).at(75.0, BACK).at(200.0)
    assert hub.of(SendAlert) == []
    [(at_s, restored)] = hub.of(SendRestored)
    assert (at_s, restored.alert_sent, restored.failure) == (135.0, False, Failure.CANCELLED_IN_SPREAD)


def test_supply_back_after_sending_and_before_the_answer_is_restored_under_the_same_id() -> None:
    hub = Hub().at(0.0, LOST).at(61.0, BACK).at(62.0, AlertStored("one")).at(200.0)
    [(_, alert)] = hub.of(SendAlert)
    [(at_s, restored)] = hub.of(SendRestored)
    assert (at_s, restored.outage_id, restored.alert_sent) == (121.0, alert.outage_id, True)


def test_an_alert_that_nobody_stores_goes_out_three_times_and_says_so() -> None:
    hub = Hub().at(0.0, LOST).at(100.0)
    assert [(at_s, alert.attempt, alert.off_for_s) for at_s, alert in hub.of(SendAlert)] == [
        (60.0, 1, 60.0),
        (63.0, 2, 63.0),
        (68.0, 3, 68.0),
    ]
    assert hub.state.outage is not None
    assert (hub.state.phase, hub.state.outage.failure) == (Phase.SENT, Failure.NOT_STORED)
    hub.at(101.0, AlertStored("one"))
    assert hub.state.outage is not None
    assert hub.state.outage.failure is None


def test_a_stored_alert_is_not_sent_again_and_another_outage_s_answer_is_not_ours() -> None:
    hub = Hub().at(0.0, LOST).at(60.5, AlertStored("another"))
    assert hub.state.phase is Phase.SENDING
    hub.at(61.0, AlertStored("one")).at(100.0)
    assert len(hub.of(SendAlert)) == 1
    assert hub.state.phase is Phase.SENT


def test_an_unanswered_alert_is_repeated_in_the_next_loss_only_after_15_s_of_it() -> None:
    hub = Hub().at(0.0, LOST).at(61.0, BACK).at(62.0, LOST).at(100.0)
    assert [(at_s, alert.off_for_s, alert.outage_id) for at_s, alert in hub.of(SendAlert)] == [
        (60.0, 60.0, "one"),
        (77.0, 15.0, "one"),
        (82.0, 20.0, "one"),
    ]


def test_energy_for_less_than_the_wait_makes_a_provisional_alert() -> None:
    hub = Hub().at(0.0, LOST).at(0.0, EnergyLeft(40.0, 60.0)).at(42.0)
    [(at_s, alert)] = hub.of(SendAlert)
    assert (at_s, alert.kind) == (40.0, AlertKind.PROVISIONAL)
    hub.at(42.0, AlertStored("one")).at(55.0, BACK).at(200.0)
    assert [(at_s, end.alert_sent) for at_s, end in hub.of(SendRestored)] == [(115.0, True)]


def test_a_provisional_alert_waits_for_15_s_and_uses_what_is_left_of_the_window() -> None:
    hub = Hub().at(0.0, LOST).at(0.0, EnergyLeft(3.0, 17.5)).at(30.0)
    assert [(at_s, alert.kind) for at_s, alert in hub.of(SendAlert)] == [(15.0, AlertKind.PROVISIONAL)]
    assert [(at_s, end.alert_sent) for at_s, end in hub.of(ShutDown)] == [(17.5, True)]


@pytest.mark.parametrize("down_by_s", [0.5, 8.0, 14.9, 16.9])
def test_energy_for_less_than_15_s_and_a_send_ends_silently(down_by_s: float) -> None:
    hub = Hub().at(0.0, LOST).at(0.0, EnergyLeft(0.0, down_by_s)).at(100.0)
    assert hub.of(SendAlert) == []
    assert [(at_s, end) for at_s, end in hub.of(ShutDown)] == [
        (down_by_s, ShutDown(alert_sent=False, failure=Failure.ENERGY_BEFORE_ALERT))
    ]


def test_the_spread_is_cut_to_what_the_energy_allows() -> None:
    hub = Hub(Rules(spread_s=30.0)).at(0.0, LOST).at(0.0, EnergyLeft(70.0, 90.0)).at(71.0)
    assert hub.state.outage is not None
    assert [at_s for at_s, _ in hub.of(SendAlert)] == [70.0]
    assert hub.state.outage.failure is Failure.SPREAD_CUT


@pytest.mark.parametrize("event", [BACK, LOST, AlertStored("one"), EnergyLeft(200.0, 300.0), Clock()])
def test_nothing_stops_a_shutdown_that_has_begun_and_nothing_is_done_any_more(event: Event) -> None:
    hub = Hub().at(0.0, LOST).at(0.0, EnergyLeft(70.0, 90.0)).at(91.0)
    assert hub.state.phase is Phase.SHUTTING_DOWN
    did = len(hub.did)
    hub.at(92.0, event)
    assert hub.state.phase is Phase.SHUTTING_DOWN
    assert next_deadline_s(hub.state) is None
    assert len(hub.did) == did


def test_a_wall_clock_three_years_off_moves_no_timer() -> None:
    """Wall times are carried, never read."""
    runs = []
    for years in (-3, 0, 3):
        lost = replace(LOST, at=Stamp(LOST.at.unix_s + years * 31_557_600, TimeTrust.UNSYNCED))
        hub = Hub().at(0.0, LOST).at(5.0, BACK).at(7.0, lost).at(100.0)
        runs.append([(at_s, effect) for at_s, effect in hub.did])
    assert runs[0] == runs[1] == runs[2]


def test_a_moment_before_the_last_one_and_a_repeated_level_change_nothing() -> None:
    hub = Hub().at(10.0, LOST)
    before = hub.state
    hub.state, effects = step(hub.state, LOST, 3.0)
    assert (hub.state, effects) == (before, ())


@pytest.mark.parametrize("wrong", [{"spread_s": -1.0}, {"shed_after_s": 15.0}, {"send_s": 0.0}])
def test_rules_that_make_no_sense_are_an_error(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match="last-gasp rules"):
        replace(Rules(), **wrong)


def test_the_share_of_the_spread_is_the_hub_s_own_and_even_over_the_fleet() -> None:
    shares = sorted(share(f"hub-{number:05}", "outage") for number in range(10_000))
    assert share("hub-00001", "a") == share("hub-00001", "a") != share("hub-00001", "b")
    assert all(math.isclose(value, index / 10_000, abs_tol=0.02) for index, value in enumerate(shares))
