"""What the daemon reckons of its capacitor is what `hubctl supply size` reckoned when it was chosen (R42)."""

from dataclasses import replace

import pytest

from hubd.model.stamp import Stamp, TimeTrust
from hubd.power import sizing
from hubd.power.ageing import Condition
from hubd.power.charge import Charge, Held
from hubd.power.outage import LossBegan, Outage, State
from hubd.power.phases import Phase
from hubd.power.rules import Policy, Rules
from hubd.utility.outage_energy import OutageEnergy
from hubd.utility.supply_config import CapacitorTable

LOADS = CapacitorTable(capacitance_f=1.0, riding_w=3.0, shed_w=1.5, sending_w=3.5, shutdown_w=2.0)
OFF = Outage("one", LossBegan.at(Stamp(0.0, TimeTrust.NETWORK)), 1, 0.0, off_since_s=0.0)


def left_s_after_the_worst_way(table: CapacitorTable, estimates_f: tuple[float, ...] = ()) -> float:
    """How much longer the hub may wait when its policy, the reclosers and the spread are over, from full."""
    state = State(Rules(), Phase.DIP, OFF)
    held = Held(Charge(table.full_v, 0.0), 0.0)
    energy = OutageEnergy(table, state.rules, list(estimates_f), held, 0.0)
    energy.follow(state, 0.0)
    energy.follow(replace(state, phase=Phase.RIDING, shed=True), sizing.UNSHED_S)
    worst_s = sizing.WORST_RIDING_S + sizing.WAIT_S[Policy.CONFIRMED] + sizing.Durations().spread_s
    return energy.left(worst_s).send_by_s - worst_s


@pytest.mark.parametrize("coldest_c", [25.0, -20.0])
def test_the_bank_that_supply_size_calls_enough_is_just_enough_to_the_daemon_r42(coldest_c: float):
    table = replace(LOADS, coldest_c=coldest_c)
    legs = sizing.way_down(table.loads(), Policy.CONFIRMED, sizing.Durations())
    needed_f = sizing.needed_f(table.as_new(), legs, coldest_c)
    assert needed_f is not None
    assert 0 < left_s_after_the_worst_way(replace(table, capacitance_f=needed_f * 1.01)) < 5
    assert left_s_after_the_worst_way(replace(table, capacitance_f=needed_f * 0.99)) == 0


def test_a_bank_is_taken_as_old_until_losses_have_shown_it_r42():
    table = replace(LOADS, capacitance_f=60.0)
    taken_as_old_s = left_s_after_the_worst_way(table)
    assert taken_as_old_s < left_s_after_the_worst_way(replace(table, aged_share=0.5))
    assert taken_as_old_s == left_s_after_the_worst_way(table, (60.0,))
    assert taken_as_old_s < left_s_after_the_worst_way(table, (60.0, 60.0, 60.0))


def test_a_wider_spread_makes_a_capacitor_too_small_that_was_good_r42():
    table = replace(LOADS, capacitance_f=70.0)

    def verdict(spread_s: float) -> Condition:
        return OutageEnergy(table, Rules(spread_s=spread_s), [68.0] * 3, None, 0.0).condition

    assert (verdict(0.0), verdict(30.0), verdict(200.0)) == (Condition.GOOD, Condition.GOOD, Condition.TOO_OLD)


def covered_s(table: CapacitorTable, charging_s: float) -> float:
    """How much longer the hub may wait before it sends, where supply is lost so long after its first look at it."""
    state = State(Rules(), Phase.DIP, OFF)
    energy = OutageEnergy(table, state.rules, [], None, 0.0)
    energy.follow(State(Rules()), 0.0)
    energy.follow(state, charging_s)
    energy.follow(replace(state, phase=Phase.RIDING, shed=True), charging_s + sizing.UNSHED_S)
    return energy.left(charging_s + sizing.UNSHED_S).send_by_s - charging_s


@pytest.mark.parametrize("capacitance_f", [50.0, 75.0, 100.0])
def test_after_a_start_of_the_machine_an_alert_is_covered_when_the_page_says_so_whatever_the_bank_r42(
    capacitance_f: float,
):
    """docs/outage.md: 30 s to a provisional alert, a minute to the policy's own and half its spread."""
    table = replace(LOADS, capacitance_f=capacitance_f)
    provisional_s, in_full_s = 15.0, sizing.WAIT_S[Policy.CONFIRMED]
    assert covered_s(table, 25.0) < provisional_s <= covered_s(table, 30.0)
    assert covered_s(table, 40.0) < in_full_s <= covered_s(table, 60.0)
